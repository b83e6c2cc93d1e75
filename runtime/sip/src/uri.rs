//! URIs: `sip:user:password@host:port;params?headers`, `tel:` and `urn:service:` (RFC 3261 section 19.1,
//! RFC 3966, RFC 5031).
//!
//! Takes and refuses what OpenSIPS takes and refuses; so almost anything may stand in a user or host.
//! [`UriParts`] is the reading without the text, [`Uri`] borrows the text, [`OwnedUri`] keeps it.

use std::fmt;

use bytes::Bytes;

use crate::chars::{part, same_name};
use crate::host::Host;
use crate::params::{Param, Params};
use crate::scan;
use crate::transport::Transport;

mod splice;

/// What is wrong with a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UriError {
    /// Less than a scheme and a character, or more than 65,535 bytes.
    Length,
    /// A scheme without a meaning here.
    Scheme,
    /// No user before the `@`, or a user or password with a character that cannot stand in it.
    User,
    /// No host, or one with a character that cannot stand in it.
    Host,
    /// A port that is no number up to 65535.
    Port,
    /// A `pn-` parameter without a value (RFC 8599).
    Params,
    /// A `;` or `@` among the headers.
    Headers,
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UriError::Length => "too short or too long",
            UriError::Scheme => "unknown scheme",
            UriError::User => "bad user or password",
            UriError::Host => "bad host",
            UriError::Port => "bad port",
            UriError::Params => "bad parameter",
            UriError::Headers => "bad headers",
        })
    }
}

impl std::error::Error for UriError {}

/// The scheme of a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`; the number is the user, there is no host.
    Tel,
    /// `urn:service:`; the service is the host.
    UrnService,
    /// `urn:nena:service:`; the service is the host.
    UrnNenaService,
}

impl Scheme {
    /// Each scheme with the text before the rest of the URI.
    const TABLE: [(Scheme, &'static [u8]); 5] = [
        (Scheme::Sip, b"sip:"),
        (Scheme::Sips, b"sips:"),
        (Scheme::Tel, b"tel:"),
        (Scheme::UrnService, b"urn:service:"),
        (Scheme::UrnNenaService, b"urn:nena:service:"),
    ];

    /// The scheme and the length of its text.
    fn read(text: &[u8]) -> Option<(Scheme, usize)> {
        if let [b's' | b'S', b'i' | b'I', b'p' | b'P', b':', ..] = text {
            return Some((Scheme::Sip, 4));
        }
        let matches = |name: &&[u8]| {
            let opening = text.get(..name.len());
            opening.is_some_and(|o| o.eq_ignore_ascii_case(name))
        };
        let (scheme, name) = Scheme::TABLE.into_iter().find(|(_, name)| matches(name))?;
        Some((scheme, name.len()))
    }
}

/// A range in the text of a URI.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Range16 {
    start: u16,
    end: u16,
}

impl Range16 {
    /// Offsets are at most `u16::MAX`: `parse` refuses longer texts.
    fn new(start: usize, end: usize) -> Range16 {
        Range16 { start: start as u16, end: end as u16 }
    }

    /// Where a part of `text` is; all that are empty are the same.
    fn within(inner: &[u8], text: &[u8]) -> Range16 {
        if inner.is_empty() {
            return Range16::default();
        }
        let start = (inner.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        Range16::new(start, start + inner.len())
    }

    #[inline]
    fn of(self, text: &[u8]) -> &[u8] {
        part(text, self.start.into(), self.end.into())
    }

    fn range(self) -> std::ops::Range<usize> {
        self.start.into()..self.end.into()
    }
}

/// Where the parts of a URI are, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UriParts {
    scheme: Scheme,
    port: Option<u16>,
    user: Option<Range16>,
    password: Option<Range16>,
    host: Range16,
    port_text: Range16,
    params: Range16,
    headers: Range16,
    known: KnownParams,
}

/// The parameters that say where a request goes, found while reading: of several of a name, the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct KnownParams {
    /// Their values; empty without one.
    transport: Range16,
    maddr: Range16,
    loose: bool,
}

impl UriParts {
    /// Reads a URI.
    pub fn parse(text: &[u8]) -> Result<UriParts, UriError> {
        if text.len() < 5 || text.len() > usize::from(u16::MAX) {
            return Err(UriError::Length);
        }
        let (scheme, start) = Scheme::read(text).ok_or(UriError::Scheme)?;
        let mut parts = UriParts::empty(scheme);
        let rest = match plain(text, start) {
            Some((user, host)) => {
                (parts.user, parts.host) = (Some(user), host);
                if host.range().end == text.len() && scheme == Scheme::Sip {
                    return Ok(parts);
                }
                host.range().end
            }
            None => {
                let host = parts.read_user(text, start)?;
                parts.read_host(text, host)?
            }
        };
        let rest = parts.read_port(text, rest)?;
        parts.read_params_and_headers(text, rest)?;
        parts.fix_scheme();
        Ok(parts)
    }

    fn empty(scheme: Scheme) -> UriParts {
        let none = Range16::default();
        UriParts {
            scheme,
            port: None,
            user: None,
            password: None,
            host: none,
            port_text: none,
            params: none,
            headers: none,
            known: KnownParams::default(),
        }
    }

    /// Reads what is before the first `@`; gives where the host begins.
    #[inline]
    fn read_user(&mut self, text: &[u8], start: usize) -> Result<usize, UriError> {
        let rest = part(text, start, text.len());
        let length = scan::find(rest, [b'@']);
        if length == rest.len() {
            return Ok(start);
        }
        let before = part(rest, 0, length);
        let user_length = scan::find(before, *b":[]");
        if user_length == 0 {
            return Err(UriError::User);
        }
        let end = start + length;
        if user_length == length {
            self.user = Some(Range16::new(start, end));
        } else {
            self.read_password(before, start)?;
        }
        Ok(end + 1)
    }

    /// What is before the `@`, when there is more to it than a user.
    fn read_password(&mut self, before: &[u8], start: usize) -> Result<(), UriError> {
        let (user, password) = match crate::chars::split_once(before, b':') {
            Some((user, password)) => (user, Some(password)),
            None => (before, None),
        };
        if user.is_empty() || !is_user(user) || password.is_some_and(|p| !is_password(p)) {
            return Err(UriError::User);
        }
        let user_end = start + user.len();
        self.user = Some(Range16::new(start, user_end));
        self.password = password.map(|_| Range16::new(user_end + 1, start + before.len()));
        Ok(())
    }

    /// Reads the host that begins at `start`; gives where it ends.
    #[inline]
    fn read_host(&mut self, text: &[u8], start: usize) -> Result<usize, UriError> {
        let rest = part(text, start, text.len());
        let length = match rest.first() {
            None | Some(b']') => return Err(UriError::Host),
            Some(b'[') => bracketed_host(rest)?,
            // `&` cannot stand in a host that follows a user; without a user OpenSIPS does not look
            Some(_) if self.user.is_some() => scan::find(rest, *b":;?&@"),
            Some(_) => scan::find(rest, *b":;?[]"),
        };
        let ends = matches!(rest.get(length), None | Some(b':' | b';' | b'?'));
        if !ends || length == 0 {
            return Err(UriError::Host);
        }
        self.host = Range16::new(start, start + length);
        Ok(start + length)
    }

    /// Reads the port, if `start` is at a colon; gives where it ends.
    fn read_port(&mut self, text: &[u8], start: usize) -> Result<usize, UriError> {
        if text.get(start) != Some(&b':') {
            return Ok(start);
        }
        let rest = part(text, start + 1, text.len());
        let length = rest.iter().take_while(|c| !matches!(c, b';' | b'?')).count();
        let digits = part(rest, 0, length);
        let end = start + 1 + length;
        if !digits.is_empty() {
            self.port = Some(crate::chars::port(digits).ok_or(UriError::Port)?).filter(|p| *p != 0);
        }
        self.port_text = Range16::new(start + 1, end);
        Ok(end)
    }

    fn read_params_and_headers(&mut self, text: &[u8], start: usize) -> Result<(), UriError> {
        let rest = part(text, start, text.len());
        if rest.is_empty() {
            return Ok(());
        }
        let mut question = start + scan::find(rest, *b"?@");
        if question < text.len() {
            if scan::find(rest, [b'@']) < rest.len() {
                return Err(UriError::Headers);
            }
        } else {
            question = text.len();
        }
        if text.get(start) == Some(&b';') {
            self.params = Range16::new(start + 1, question);
            self.read_params(text, question == text.len())?;
        }
        if question == text.len() {
            return Ok(());
        }
        self.headers = Range16::new(question + 1, text.len());
        let headers = self.headers.of(text);
        if scan::find(headers, [b';']) < headers.len() { Err(UriError::Headers) } else { Ok(()) }
    }

    /// Finds the known parameters; `last` when nothing follows them in the URI.
    #[inline]
    fn read_params(&mut self, text: &[u8], last: bool) -> Result<(), UriError> {
        let params = self.params.of(text);
        let mut rest = params;
        let mut push = false;
        while !rest.is_empty() {
            let (param, behind) = rest.split_at_checked(scan::find(rest, [b';'])).unwrap_or_default();
            rest = behind.get(1..).unwrap_or_default();
            push |= matches!(param, [b'p' | b'P', ..]);
            self.known.note(crate::chars::trim(param), text);
        }
        if push { check_push_params(params, last) } else { Ok(()) }
    }

    fn fix_scheme(&mut self) {
        match self.scheme {
            Scheme::Tel => {
                self.user = Some(self.host);
                self.host.end = self.host.start;
            }
            Scheme::UrnNenaService => self.user = None,
            _ => {}
        }
    }

    /// The URI with its text, which must be the one that was read, to keep.
    #[inline]
    pub fn keep(self, text: Bytes) -> OwnedUri {
        OwnedUri { text, parts: self }
    }

    /// The URI with its text, which must be the one that was read.
    #[inline]
    pub fn with(self, text: &[u8]) -> Uri<'_> {
        Uri { text, parts: self }
    }
}

/// User and host as nearly all write them: nothing before the `@` that means something, and a name or an IPv4 address behind it.
/// `None` for the others.
#[inline]
fn plain(text: &[u8], start: usize) -> Option<(Range16, Range16)> {
    let rest = part(text, start, text.len());
    let marks = scan::marks(rest, *b"@:;?[]&")?;
    let user = marks.trailing_zeros() as usize;
    let behind = (marks & marks.wrapping_sub(1)).trailing_zeros() as usize;
    let host = user + 1;
    let end = behind.min(rest.len());
    let ends = matches!(rest.get(end), None | Some(b':' | b';' | b'?'));
    if rest.get(user) != Some(&b'@') || user == 0 || host >= end || !ends {
        return None;
    }
    Some((Range16::new(start, start + user), Range16::new(start + host, start + end)))
}

/// Brackets cannot stand in a user, except behind a `;` or `?`.
fn is_user(user: &[u8]) -> bool {
    let Some(bracket) = user.iter().position(|c| matches!(c, b'[' | b']')) else { return true };
    bracket > 0 && user.iter().take(bracket).any(|c| matches!(c, b';' | b'?'))
}

fn is_password(password: &[u8]) -> bool {
    !password.iter().any(|c| matches!(c, b':' | b';' | b'?'))
}

/// How long the host in brackets is that `rest` begins with.
fn bracketed_host(rest: &[u8]) -> Result<usize, UriError> {
    let length = memchr::memchr(b']', rest).ok_or(UriError::Host)? + 1;
    let broken = part(rest, 1, length).iter().any(|c| matches!(c, b'[' | b'&' | b'@' | b';' | b'?'));
    if broken { Err(UriError::Host) } else { Ok(length) }
}

impl KnownParams {
    /// A parameter, without blanks around it.
    #[inline]
    fn note(&mut self, param: &[u8], text: &[u8]) {
        let Some(first) = param.first() else { return };
        if !matches!(first | 0x20, b'l' | b't' | b'm') {
            return;
        }
        let (name, value) = crate::chars::split_once(param, b'=').unwrap_or((param, b""));
        let (name, value) = (crate::chars::trim(name), crate::chars::trim(value));
        if same_name(name, b"lr") {
            self.loose = true;
        } else if same_name(name, b"transport") {
            self.transport = Range16::within(value, text);
        } else if same_name(name, b"maddr") {
            self.maddr = Range16::within(value, text);
        }
    }
}

/// The parameters of RFC 8599 that must have a value; `last` when nothing follows them in the URI.
fn check_push_params(params: &[u8], last: bool) -> Result<(), UriError> {
    let count = params.split(|c| *c == b';').count();
    for (i, param) in params.split(|c| *c == b';').enumerate() {
        let names: [&[u8]; 3] = [b"pn-prid", b"pn-param", b"pn-purr"];
        let opening = |n: &&[u8]| param.get(..n.len()).is_some_and(|p| p.eq_ignore_ascii_case(n));
        let Some(name) = names.iter().find(|n| opening(n)) else { continue };
        let value = part(param, name.len(), param.len());
        let cut_off = value == b"=" && last && i + 1 == count;
        if value.first() != Some(&b'=') || cut_off {
            return Err(UriError::Params);
        }
    }
    Ok(())
}

/// A URI that was read.
#[derive(Debug, Clone, Copy)]
pub struct Uri<'a> {
    text: &'a [u8],
    parts: UriParts,
}

impl<'a> Uri<'a> {
    /// Reads a URI.
    #[inline]
    pub fn parse(text: &'a [u8]) -> Result<Uri<'a>, UriError> {
        UriParts::parse(text).map(|parts| Uri { text, parts })
    }

    /// The user of a URI as nearly all write it, with a user and a host and nothing more; `None` for the others.
    #[inline]
    pub fn plain_user(text: &[u8]) -> Option<&[u8]> {
        let [b's' | b'S', b'i' | b'I', b'p' | b'P', b':', ..] = text else { return None };
        let (user, host) = plain(text, 4)?;
        if usize::from(host.end) == text.len() { Some(user.of(text)) } else { None }
    }

    /// The whole text.
    #[inline]
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The reading without the text.
    #[inline]
    pub fn parts(&self) -> UriParts {
        self.parts
    }

    /// The scheme.
    #[inline]
    pub fn scheme(&self) -> Scheme {
        self.parts.scheme
    }

    /// The user as written, or the number of a `tel:` URI.
    #[inline]
    pub fn user(&self) -> Option<&'a [u8]> {
        self.parts.user.map(|r| r.of(self.text))
    }

    /// The password as written.
    pub fn password(&self) -> Option<&'a [u8]> {
        self.parts.password.map(|r| r.of(self.text))
    }

    /// The host as written, brackets included; empty for `tel:`.
    #[inline]
    pub fn host_text(&self) -> &'a [u8] {
        self.parts.host.of(self.text)
    }

    /// What kind of host it is.
    pub fn host(&self) -> Host<'a> {
        Host::of(self.host_text())
    }

    /// The port, when one is given that is not 0.
    #[inline]
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The port as written; empty when absent.
    #[inline]
    pub fn port_text(&self) -> &'a [u8] {
        self.parts.port_text.of(self.text)
    }

    /// The parameters.
    #[inline]
    pub fn params(&self) -> Params<'a> {
        Params::of_uri(self.parts.params.of(self.text))
    }

    /// The headers.
    pub fn headers(&self) -> Params<'a> {
        Params::of_uri_headers(self.parts.headers.of(self.text))
    }

    /// The parameter of that name; of several the last.
    pub fn param(&self, name: &[u8]) -> Option<Param<'a>> {
        if self.parts.params.start == self.parts.params.end { None } else { self.params().find_last(name) }
    }

    /// The value of the `transport` parameter as written; `None` when absent or empty.
    #[inline]
    pub fn transport_text(&self) -> Option<&'a [u8]> {
        Some(self.parts.known.transport.of(self.text)).filter(|v| !v.is_empty())
    }

    /// The `transport` parameter, when it names one known here.
    #[inline]
    pub fn transport(&self) -> Option<Transport> {
        self.transport_text().and_then(Transport::of)
    }

    /// The `maddr` parameter.
    #[inline]
    pub fn maddr(&self) -> Option<&'a [u8]> {
        Some(self.parts.known.maddr.of(self.text)).filter(|v| !v.is_empty())
    }

    /// Whether the `lr` parameter is present (RFC 3261 section 16.12): a loose router.
    #[inline]
    pub fn is_loose(&self) -> bool {
        self.parts.known.loose
    }

    /// The transport to use when nothing else says: the parameter, else TLS for `sips:`, else UDP. As in
    /// OpenSIPS a parameter wins over `sips:`; RFC 3261 section 26.2.2 would have TLS.
    #[inline]
    pub fn transport_or_default(&self) -> Transport {
        let default = if self.scheme() == Scheme::Sips { Transport::Tls } else { Transport::Udp };
        self.transport().unwrap_or(default)
    }

    /// The port to use: the one given, else the transport's.
    #[inline]
    pub fn port_or_default(&self) -> u16 {
        self.port().unwrap_or(self.transport_or_default().default_port())
    }

    /// Where the user is in the text.
    pub fn user_range(&self) -> Option<std::ops::Range<usize>> {
        self.parts.user.map(Range16::range)
    }

    /// Where the password is in the text.
    pub fn password_range(&self) -> Option<std::ops::Range<usize>> {
        self.parts.password.map(Range16::range)
    }

    /// Where the host is in the text.
    pub fn host_range(&self) -> std::ops::Range<usize> {
        self.parts.host.range()
    }

    /// Where the port is in the text; empty when absent.
    pub fn port_range(&self) -> std::ops::Range<usize> {
        self.parts.port_text.range()
    }

    /// Where the parameters are in the text, without the `;` before them; empty when absent.
    pub fn params_range(&self) -> std::ops::Range<usize> {
        self.parts.params.range()
    }

    /// Where the headers are in the text, without the `?` before them; empty when absent.
    pub fn headers_range(&self) -> std::ops::Range<usize> {
        self.parts.headers.range()
    }
}

/// A URI with its text, to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedUri {
    text: Bytes,
    parts: UriParts,
}

impl OwnedUri {
    /// Reads a URI.
    #[inline]
    pub fn parse(text: Bytes) -> Result<OwnedUri, UriError> {
        let parts = UriParts::parse(&text)?;
        Ok(OwnedUri { text, parts })
    }

    /// The URI, borrowed.
    #[inline]
    pub fn view(&self) -> Uri<'_> {
        self.parts.with(&self.text)
    }

    /// The text.
    #[inline]
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// The reading without the text.
    #[inline]
    pub fn parts(&self) -> &UriParts {
        &self.parts
    }
}
