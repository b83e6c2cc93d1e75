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
        let mut vias = 0;
        for header in self.headers() {
            match header.kind() {
                HeaderKind::Via => {
                    vias += 1;
                    let top = (vias == 1).then(|| self.read_top_via(header));
                    let alone = matches!(top, Some(Ok(via)) if via.is_alone());
                    if !alone && !ViaIndex::reads_all(header.value()) {
                        return Err(ParseErrorKind::BadVia);
                    }
                }
                HeaderKind::CSeq | HeaderKind::To | HeaderKind::ContentLength => check(&header)?,
                _ => {}
            }
        }
        if vias > 0 { Ok(()) } else { Err(ParseErrorKind::NoVia) }
    }

    /// The top Via.
    #[inline(always)]
    pub fn via(&self) -> Option<Result<Via<'_>, BadValue>> {
        let header = self.find(HeaderKind::Via)?;
        let value = header.value();
        Some(self.read_top_via(header).map(|index| index.view(value)))
    }

    /// Reads the top Via, unless somebody did before.
    #[inline(always)]
    fn read_top_via(&self, header: Header<'_>) -> Result<&ViaIndex, BadValue> {
        match self.top_via().get() {
            Some(index) => Ok(index),
            None => self.read_top_via_first(header),
        }
    }

    #[inline(never)]
    fn read_top_via_first(&self, header: Header<'_>) -> Result<&ViaIndex, BadValue> {
        let index = ViaIndex::read(header.value())?;
        // who was faster has read the same
        Ok(self.top_via().get_or_init(|| index))
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
    pub fn from_tag(&self) -> Option<&[u8]> {
        self.from()?.ok()?.tag()
    }

    /// The tag of the To header; `None` when there is none or the header cannot be read.
    pub fn to_tag(&self) -> Option<&[u8]> {
        self.to()?.ok()?.tag()
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

    /// CSeq.
    pub fn cseq(&self) -> Option<Result<CSeq<'_>, BadValue>> {
        self.find(HeaderKind::CSeq).map(|h| CSeq::parse(h.value()))
    }

    /// Call-ID, without blanks around it.
    pub fn call_id(&self) -> Option<&[u8]> {
        self.find(HeaderKind::CallId).map(|h| trim(h.value()))
    }

    /// Content-Length.
    pub fn content_length(&self) -> Option<Result<usize, BadValue>> {
        self.find(HeaderKind::ContentLength).map(|h| content_length(h.value()))
    }

    /// Max-Forwards.
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
        let rest = self.bytes().slice(self.body_start()..);
        match self.content_length() {
            Some(Ok(length)) => rest.slice(..length.min(rest.len())),
            _ => rest,
        }
    }

    /// Where the body begins: behind the empty line, or at the end of the text without one.
    pub fn body_start(&self) -> usize {
        let end = self.headers_end();
        match self.bytes().get(end..).unwrap_or_default() {
            [b'\r', b'\n', ..] => end + 2,
            [b'\r' | b'\n', ..] => end + 1,
            _ => self.bytes().len(),
        }
    }
}

fn check(header: &Header<'_>) -> Result<(), ParseErrorKind> {
    let value = header.value();
    match header.kind() {
        HeaderKind::CSeq if CSeq::parse(value).is_err() => Err(ParseErrorKind::BadCSeq),
        HeaderKind::To if NameAddr::parse(value).is_err() => Err(ParseErrorKind::BadTo),
        HeaderKind::ContentLength if content_length(value).is_err() => Err(ParseErrorKind::BadContentLength),
        _ => Ok(()),
    }
}
