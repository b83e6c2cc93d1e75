//! URIs: `sip:user:password@host:port;params?headers`, `tel:` and `urn:service:` (RFC 3261 section 19.1,
//! RFC 3966, RFC 5031).
//!
//! Takes and refuses what OpenSIPS takes and refuses; so almost anything may stand in a user or host.
//! [`UriParts`] is the reading without the text, [`Uri`] borrows the text, [`OwnedUri`] keeps it.

use std::fmt;

use bytes::Bytes;

use crate::chars::part;
use crate::host::Host;
use crate::params::{Param, Params};
use crate::transport::Transport;

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
}

impl UriParts {
    /// Reads a URI.
    pub fn parse(text: &[u8]) -> Result<UriParts, UriError> {
        if text.len() < 5 || text.len() > usize::from(u16::MAX) {
            return Err(UriError::Length);
        }
        let (scheme, start) = Scheme::read(text).ok_or(UriError::Scheme)?;
        let mut parts = UriParts::empty(scheme);
        let host = parts.read_user(text, start)?;
        let rest = parts.read_host(text, host)?;
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
        }
    }

    /// Reads what is before the first `@`; gives where the host begins.
    fn read_user(&mut self, text: &[u8], start: usize) -> Result<usize, UriError> {
        let rest = part(text, start, text.len());
        // users are short: one walk over the bytes finds all sooner than a search for each
        let (mut colon, mut seen, mut end) = (None, 0, None);
        for (n, c) in rest.iter().enumerate() {
            let mark = mark(*c) & (AT | COLON | BRACKET);
            if mark == 0 {
                continue;
            }
            if mark == AT {
                end = Some(n);
                break;
            }
            if mark == COLON && colon.is_none() {
                colon = Some(n);
            }
            seen |= mark;
        }
        let Some(length) = end else { return Ok(start) };
        let before = part(rest, 0, length);
        let (user, password) = match colon {
            Some(colon) => (part(before, 0, colon), Some(part(before, colon + 1, length))),
            None => (before, None),
        };
        if user.is_empty()
            || (seen & BRACKET != 0 && !is_user(user))
            || password.is_some_and(|p| !is_password(p))
        {
            return Err(UriError::User);
        }
        let user_end = start + user.len();
        let end = start + length;
        self.user = Some(Range16::new(start, user_end));
        self.password = password.map(|_| Range16::new(user_end + 1, end));
        Ok(end + 1)
    }

    /// Reads the host that begins at `start`; gives where it ends.
    fn read_host(&mut self, text: &[u8], start: usize) -> Result<usize, UriError> {
        let rest = part(text, start, text.len());
        let length = match rest.first() {
            None | Some(b']') => return Err(UriError::Host),
            Some(b'[') => reference(rest).ok_or(UriError::Host)?,
            Some(_) => name(rest, self.user.is_some()).ok_or(UriError::Host)?,
        };
        self.host = Range16::new(start, start + length);
        Ok(start + length)
    }

    /// Reads the port, if `start` is at a colon; gives where it ends.
    fn read_port(&mut self, text: &[u8], start: usize) -> Result<usize, UriError> {
        if text.get(start) != Some(&b':') {
            return Ok(start);
        }
        let rest = part(text, start + 1, text.len());
        let length = rest.iter().position(|c| matches!(c, b';' | b'?')).unwrap_or(rest.len());
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
        if memchr::memchr(b'@', rest).is_some() {
            return Err(UriError::Headers);
        }
        let question = memchr::memchr(b'?', rest).map_or(text.len(), |at| start + at);
        if text.get(start) == Some(&b';') {
            self.params = Range16::new(start + 1, question);
            check_push_params(self.params.of(text), question == text.len())?;
        }
        if question < text.len() {
            self.headers = Range16::new(question + 1, text.len());
        }
        let broken = memchr::memchr(b';', self.headers.of(text)).is_some();
        if broken { Err(UriError::Headers) } else { Ok(()) }
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

    /// The URI with its text, which must be the one that was read.
    pub fn with(self, text: &[u8]) -> Uri<'_> {
        Uri { text, parts: self }
    }
}

/// Brackets cannot stand in a user, except behind a `;` or `?`.
fn is_user(user: &[u8]) -> bool {
    let Some(bracket) = user.iter().position(|c| matches!(c, b'[' | b']')) else { return true };
    bracket > 0 && user.iter().take(bracket).any(|c| matches!(c, b';' | b'?'))
}

fn is_password(password: &[u8]) -> bool {
    !password.iter().any(|c| matches!(c, b':' | b';' | b'?'))
}

/// The length of the host in brackets that a text begins with.
fn reference(text: &[u8]) -> Option<usize> {
    let length = memchr::memchr(b']', text)? + 1;
    let ends = matches!(text.get(length), None | Some(b':' | b';' | b'?'));
    let odd = |c: &u8| matches!(c, b'[' | b'&' | b'@' | b';' | b'?');
    (ends && !part(text, 1, length).iter().any(odd)).then_some(length)
}

/// The length of the host without brackets that a text begins with. `&` cannot stand in one that follows a user;
/// without a user OpenSIPS does not look.
fn name(text: &[u8], after_user: bool) -> Option<usize> {
    let (mut seen, mut length) = (0, text.len());
    for (n, c) in text.iter().enumerate() {
        let mark = mark(*c);
        if mark & (COLON | REST) != 0 {
            length = n;
            break;
        }
        seen |= mark;
    }
    let odd = if after_user { AT | AMPERSAND } else { BRACKET };
    (length > 0 && seen & odd == 0).then_some(length)
}

/// What a byte can mean before the parameters, a bit each.
const AT: u8 = 1;
const COLON: u8 = 2;
/// `;` and `?`
const REST: u8 = 4;
const BRACKET: u8 = 8;
const AMPERSAND: u8 = 16;

static MARKS: [u8; 256] = {
    let mut marks = [0; 256];
    marks[b'@' as usize] = AT;
    marks[b':' as usize] = COLON;
    marks[b';' as usize] = REST;
    marks[b'?' as usize] = REST;
    marks[b'[' as usize] = BRACKET;
    marks[b']' as usize] = BRACKET;
    marks[b'&' as usize] = AMPERSAND;
    marks
};

#[inline]
fn mark(c: u8) -> u8 {
    MARKS[usize::from(c)]
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
    pub fn parse(text: &'a [u8]) -> Result<Uri<'a>, UriError> {
        UriParts::parse(text).map(|parts| Uri { text, parts })
    }

    /// The whole text.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The reading without the text.
    pub fn parts(&self) -> UriParts {
        self.parts
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.parts.scheme
    }

    /// The user as written, or the number of a `tel:` URI.
    pub fn user(&self) -> Option<&'a [u8]> {
        self.parts.user.map(|r| r.of(self.text))
    }

    /// The password as written.
    pub fn password(&self) -> Option<&'a [u8]> {
        self.parts.password.map(|r| r.of(self.text))
    }

    /// The host as written, brackets included; empty for `tel:`.
    pub fn host_text(&self) -> &'a [u8] {
        self.parts.host.of(self.text)
    }

    /// What kind of host it is.
    pub fn host(&self) -> Host<'a> {
        Host::of(self.host_text())
    }

    /// The port, when one is given that is not 0.
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The port as written; empty when absent.
    pub fn port_text(&self) -> &'a [u8] {
        self.parts.port_text.of(self.text)
    }

    /// The parameters.
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
    pub fn transport_text(&self) -> Option<&'a [u8]> {
        self.param(b"transport").and_then(|p| p.value).filter(|v| !v.is_empty())
    }

    /// The `transport` parameter, when it names one known here.
    pub fn transport(&self) -> Option<Transport> {
        self.transport_text().and_then(Transport::of)
    }

    /// The `maddr` parameter.
    pub fn maddr(&self) -> Option<&'a [u8]> {
        self.param(b"maddr").and_then(|p| p.value).filter(|v| !v.is_empty())
    }

    /// Whether the `lr` parameter is present (RFC 3261 section 16.12): a loose router.
    pub fn is_loose(&self) -> bool {
        self.param(b"lr").is_some()
    }

    /// The transport to use when nothing else says: the parameter, else TLS for `sips:`, else UDP. As in
    /// OpenSIPS a parameter wins over `sips:`; RFC 3261 section 26.2.2 would have TLS.
    pub fn transport_or_default(&self) -> Transport {
        let default = if self.scheme() == Scheme::Sips { Transport::Tls } else { Transport::Udp };
        self.transport().unwrap_or(default)
    }

    /// The port to use: the one given, else the transport's.
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
    pub fn parse(text: Bytes) -> Result<OwnedUri, UriError> {
        let parts = UriParts::parse(&text)?;
        Ok(OwnedUri { text, parts })
    }

    /// The URI, borrowed.
    pub fn view(&self) -> Uri<'_> {
        self.parts.with(&self.text)
    }

    /// The text.
    pub fn text(&self) -> &Bytes {
        &self.text
    }
}
