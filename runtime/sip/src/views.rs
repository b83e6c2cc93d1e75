//! The typed views of a message's headers, and the checks made on arrival.

use bytes::Bytes;

use crate::auth::Credentials;
use crate::chars::trim;
use crate::error::{BadValue, ParseErrorKind};
use crate::header::Header;
use crate::header_kind::HeaderKind;
use crate::message::Message;
use crate::name_addr::NameAddr;
use crate::params::split_list;
use crate::values::{CSeq, MediaType, content_length, whole_number};
use crate::via::{Via, ViaIndex};

/// How many headers of one kind a view looks into: bounds the work on hostile input.
const SAME_KIND_MAX: usize = 256;

/// The Contact header: addresses, or `*` (RFC 3261 section 10.2.2).
#[derive(Debug, Clone)]
pub enum Contacts<'a> {
    /// `*`: all of them.
    Star,
    /// The addresses of all Contact headers.
    List(Vec<NameAddr<'a>>),
}

impl Message {
    /// What OpenSIPS checks before it looks at a message: a Via, and every Via, CSeq, To and
    /// Content-Length readable. A message that fails is dropped, after running the error_route if it is
    /// a request.
    pub fn sanity(&self) -> Result<(), ParseErrorKind> {
        // as long as all is good, the order does not matter
        if !self.is_sane() {
            self.headers().try_for_each(|header| self.check(&header))?;
        }
        if self.has(HeaderKind::Via) { Ok(()) } else { Err(ParseErrorKind::NoVia) }
    }

    fn is_sane(&self) -> bool {
        self.find_all(HeaderKind::Via).all(|via| self.check_via(&via))
            && self.find_all(HeaderKind::CSeq).all(|cseq| CSeq::parse(cseq.value()).is_ok())
            && self.find_all(HeaderKind::To).all(|to| self.check_to(&to))
            && self.find_all(HeaderKind::ContentLength).all(|length| content_length(length.value()).is_ok())
    }

    /// Whether a header can be read, if that matters.
    fn check(&self, header: &Header<'_>) -> Result<(), ParseErrorKind> {
        let value = header.value();
        let (good, error) = match header.kind() {
            HeaderKind::Via => (self.check_via(header), ParseErrorKind::BadVia),
            HeaderKind::CSeq => (CSeq::parse(value).is_ok(), ParseErrorKind::BadCSeq),
            HeaderKind::To => (self.check_to(header), ParseErrorKind::BadTo),
            HeaderKind::ContentLength => (content_length(value).is_ok(), ParseErrorKind::BadContentLength),
            _ => return Ok(()),
        };
        if good { Ok(()) } else { Err(error) }
    }

    fn check_via(&self, header: &Header<'_>) -> bool {
        let value = header.value();
        let is_top = self.index().first(HeaderKind::Via) == Some(header.index());
        let alone = is_top && matches!(self.read_top_via(value), Ok(via) if via.is_alone());
        alone || ViaIndex::reads_all(value)
    }

    /// Remembers the tag: it is asked for soon.
    fn check_to(&self, header: &Header<'_>) -> bool {
        let is_first = self.index().first(HeaderKind::To) == Some(header.index());
        match NameAddr::parse_with_tag(header.value()) {
            Ok((_, tag)) if is_first => {
                self.seen_tag(HeaderKind::To).set(tag.and_then(|tag| self.range_of(tag)));
                true
            }
            read => read.is_ok(),
        }
    }

    /// The top Via.
    #[inline(always)]
    pub fn via(&self) -> Option<Result<Via<'_>, BadValue>> {
        let value = self.find(HeaderKind::Via)?.value();
        Some(self.read_top_via(value).map(|index| index.view(value)))
    }

    /// Reads the top Via from its header's value, unless somebody did before.
    #[inline(always)]
    fn read_top_via(&self, value: &[u8]) -> Result<&ViaIndex, BadValue> {
        let read = match self.top_via().get() {
            Some(read) => read,
            // who is faster reads the same
            None => self.top_via().get_or_init(|| ViaIndex::read(value)),
        };
        read.as_ref().map_err(|error| *error)
    }

    /// All Vias, top first, one header or many.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, BadValue>> {
        self.find_all(HeaderKind::Via).take(SAME_KIND_MAX).flat_map(|h| Via::list(h.value()))
    }

    /// From.
    pub fn from(&self) -> Option<Result<NameAddr<'_>, BadValue>> {
        self.address(HeaderKind::From)
    }

    /// To.
    pub fn to(&self) -> Option<Result<NameAddr<'_>, BadValue>> {
        self.address(HeaderKind::To)
    }

    /// The tag of the From header; `None` when there is none or the header cannot be read.
    #[inline]
    pub fn from_tag(&self) -> Option<&[u8]> {
        self.tag(HeaderKind::From)
    }

    /// The tag of the To header; `None` when there is none or the header cannot be read.
    #[inline]
    pub fn to_tag(&self) -> Option<&[u8]> {
        self.tag(HeaderKind::To)
    }

    #[inline]
    fn tag(&self, kind: HeaderKind) -> Option<&[u8]> {
        let range = match self.seen_tag(kind).get() {
            Some(range) => range,
            None => self.look_for_tag(kind),
        };
        self.bytes().get(range?)
    }

    #[inline(never)]
    fn look_for_tag(&self, kind: HeaderKind) -> Option<std::ops::Range<usize>> {
        let read = self.find(kind).map(|header| NameAddr::parse_with_tag(header.value()));
        let Some(Ok((_, tag))) = read else {
            self.seen_tag(kind).set_broken();
            return None;
        };
        let tag = tag.and_then(|tag| self.range_of(tag));
        self.seen_tag(kind).set(tag.clone());
        tag
    }

    /// Whether there is a To header that can be read.
    pub fn has_good_to(&self) -> bool {
        // looks, unless somebody did
        self.to_tag();
        !self.seen_tag(HeaderKind::To).is_broken()
    }

    /// The first header of a kind whose value is one address: From, To, Refer-To, P-Asserted-Identity …
    pub fn address(&self, kind: HeaderKind) -> Option<Result<NameAddr<'_>, BadValue>> {
        self.find(kind).map(|h| NameAddr::parse(h.value()))
    }

    /// The addresses of all headers of a kind, each kind with its own rules: Route, Record-Route, Path,
    /// Contact without `*`, and the identity headers.
    pub fn addresses(&self, kind: HeaderKind) -> impl Iterator<Item = Result<NameAddr<'_>, BadValue>> {
        self.find_all(kind).take(SAME_KIND_MAX).flat_map(move |h| match kind {
            HeaderKind::Contact => NameAddr::contacts(h.value()),
            HeaderKind::Route | HeaderKind::RecordRoute | HeaderKind::Path => NameAddr::routes(h.value()),
            _ => NameAddr::identities(h.value()),
        })
    }

    /// Contact.
    pub fn contacts(&self) -> Result<Contacts<'_>, BadValue> {
        let star = self.find(HeaderKind::Contact).is_some_and(|h| trim(h.value()) == b"*");
        if star {
            return Ok(Contacts::Star);
        }
        self.addresses(HeaderKind::Contact).collect::<Result<_, _>>().map(Contacts::List)
    }

    /// The whole Contact, when there is one header with one address as nearly all write it.
    pub fn lone_contact(&self) -> Option<&[u8]> {
        let mut headers = self.find_all(HeaderKind::Contact);
        let first = headers.next()?;
        if headers.next().is_some() { None } else { NameAddr::lone_contact(first.value()) }
    }

    /// CSeq.
    #[inline]
    pub fn cseq(&self) -> Option<Result<CSeq<'_>, BadValue>> {
        self.find(HeaderKind::CSeq).map(|h| CSeq::parse(h.value()))
    }

    /// Call-ID, without blanks around it.
    #[inline]
    pub fn call_id(&self) -> Option<&[u8]> {
        self.find(HeaderKind::CallId).map(|h| trim(h.value()))
    }

    /// Content-Length.
    #[inline]
    pub fn content_length(&self) -> Option<Result<usize, BadValue>> {
        self.find(HeaderKind::ContentLength).map(|h| content_length(h.value()))
    }

    /// Max-Forwards.
    #[inline]
    pub fn max_forwards(&self) -> Option<Result<u32, BadValue>> {
        self.find(HeaderKind::MaxForwards).map(|h| whole_number(h.value()))
    }

    /// Expires.
    pub fn expires(&self) -> Option<Result<u32, BadValue>> {
        self.find(HeaderKind::Expires).map(|h| whole_number(h.value()))
    }

    /// Content-Type.
    pub fn content_type(&self) -> Option<MediaType<'_>> {
        self.find(HeaderKind::ContentType).and_then(|h| MediaType::parse(h.value()))
    }

    /// The credentials of Authorization or Proxy-Authorization headers, or the challenges of
    /// WWW-Authenticate or Proxy-Authenticate.
    pub fn credentials(&self, kind: HeaderKind) -> impl Iterator<Item = Credentials<'_>> {
        self.find_all(kind).take(SAME_KIND_MAX).filter_map(|h| Credentials::parse(h.value()))
    }

    /// The items of all list headers of a kind: Supported, Require, Allow …
    pub fn items(&self, kind: HeaderKind) -> impl Iterator<Item = &[u8]> {
        self.find_all(kind).take(SAME_KIND_MAX).flat_map(|h| split_list(h.value()))
    }

    /// The body: what follows the empty line, no longer than Content-Length says. Empty when there is
    /// none.
    pub fn body(&self) -> Bytes {
        self.bytes().slice(self.body_range())
    }

    /// Where [`Message::body`] is.
    #[inline]
    pub fn body_range(&self) -> std::ops::Range<usize> {
        let (start, end) = (self.body_start(), self.bytes().len());
        match self.content_length() {
            Some(Ok(length)) => start..start.saturating_add(length).min(end),
            _ => start..end,
        }
    }

    /// Where the body begins: behind the empty line, or at the end of the text without one.
    #[inline]
    pub fn body_start(&self) -> usize {
        let end = self.headers_end();
        match self.bytes().get(end..).unwrap_or_default() {
            [b'\r', b'\n', ..] => end + 2,
            [b'\r' | b'\n', ..] => end + 1,
            _ => self.bytes().len(),
        }
    }
}
