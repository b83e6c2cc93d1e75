//! A received message: its bytes and an index of its first line and headers.
//!
//! Nothing but the index is computed on arrival; typed views are made when someone asks. Changing a
//! message is the work of [`crate::Edits`].

use std::ops::Range;
use std::sync::OnceLock;

use bytes::Bytes;

use crate::error::{BadValue, ParseError, ParseErrorKind};
use crate::header::{Header, Headers, Others};
use crate::header_kind::HeaderKind;
use crate::index::{HeaderIndex, MAX_MESSAGE};
use crate::method::Method;
use crate::seen::Seen;
use crate::spare::Shared;
use crate::start_line::{self, RequestLine, Start, StartIndex, StartKind, StatusLine};
use crate::via::ViaIndex;

/// A received message. A clone shares everything.
#[derive(Debug, Clone)]
pub struct Message(Shared);

/// What the holders of a message share.
#[derive(Debug, Default)]
pub(crate) struct Inner {
    bytes: Bytes,
    start: StartIndex,
    headers: HeaderIndex,
    /// The Call-ID that it came with, when it has another one now.
    sender_call_id: Option<Bytes>,
    /// The top Via, once somebody has read it: it is asked for several times on the way of every message.
    top_via: OnceLock<Result<ViaIndex, BadValue>>,
    /// The tags of From and To, once somebody has read them.
    from_tag: Seen,
    to_tag: Seen,
}

impl Inner {
    /// Lets go of the message, but not of the memory its index is in.
    pub(crate) fn clear(&mut self) {
        self.bytes = Bytes::new();
        self.headers.shrink();
        self.sender_call_id = None;
        self.top_via = OnceLock::new();
        self.from_tag = Seen::default();
        self.to_tag = Seen::default();
    }
}

impl Message {
    /// Indexes a received message. Header values are not looked into: see [`Message::sanity`].
    pub fn parse(bytes: Bytes) -> Result<Message, ParseError> {
        let fail = |(kind, at)| ParseError { kind, at, partial: None };
        if bytes.len() > MAX_MESSAGE {
            return Err(fail((ParseErrorKind::TooLarge, MAX_MESSAGE)));
        }
        let start = start_line::index(&bytes).map_err(fail)?;
        let (shared, result) = Shared::new(|inner| {
            inner.start = start;
            inner.bytes = bytes;
            inner.headers.read(&inner.bytes, start.end as usize)
        });
        let message = Message(shared);
        match result {
            Ok(()) => Ok(message),
            Err((kind, at)) => Err(ParseError { kind, at, partial: Some(message) }),
        }
    }

    /// The same message with another Call-ID; replies to it that are made here carry the one it came with. `None` when
    /// it has no Call-ID.
    pub fn with_call_id(&self, call_id: &[u8]) -> Option<Message> {
        let old = self.call_id().filter(|c| !c.is_empty())?;
        let range = self.range_of(old)?;
        let bytes = self.bytes();
        let text = [&bytes[..range.start], call_id, &bytes[range.end..]].concat();
        let mut renamed = Message::parse(text.into()).ok()?;
        renamed.0.get_mut()?.sender_call_id = Some(bytes.slice(range));
        Some(renamed)
    }

    /// The Call-ID that the sender knows, when that is not the one that [`Message::call_id`] gives.
    pub fn sender_call_id(&self) -> Option<&Bytes> {
        self.0.sender_call_id.as_ref()
    }

    /// The whole text as received.
    #[inline]
    pub fn bytes(&self) -> &Bytes {
        &self.0.bytes
    }

    /// The first line.
    #[inline]
    pub fn start(&self) -> Start<'_> {
        let [first, second, third] = self.0.start.words.map(|w| w.of(&self.0.bytes));
        match self.0.start.what {
            StartKind::Request(method) => {
                Start::Request(RequestLine { method, method_name: first, uri: second, version: third })
            }
            StartKind::Response(code) => Start::Response(StatusLine { version: first, code, reason: third }),
        }
    }

    /// The first line of a request; `None` for a response.
    #[inline]
    pub fn request_line(&self) -> Option<RequestLine<'_>> {
        match self.start() {
            Start::Request(line) => Some(line),
            Start::Response(_) => None,
        }
    }

    /// The first line of a response; `None` for a request.
    #[inline]
    pub fn status_line(&self) -> Option<StatusLine<'_>> {
        match self.start() {
            Start::Request(_) => None,
            Start::Response(line) => Some(line),
        }
    }

    /// Whether it is a request.
    #[inline]
    pub fn is_request(&self) -> bool {
        matches!(self.0.start.what, StartKind::Request(_))
    }

    /// The method of a request; `None` for a response, whose method is in the CSeq.
    #[inline]
    pub fn method(&self) -> Option<Method> {
        match self.0.start.what {
            StartKind::Request(method) => Some(method),
            StartKind::Response(_) => None,
        }
    }

    /// The code of a response.
    #[inline]
    pub fn code(&self) -> Option<u16> {
        match self.0.start.what {
            StartKind::Request(_) => None,
            StartKind::Response(code) => Some(code),
        }
    }

    /// Where the second word of the first line is: Request-URI or response code.
    #[inline]
    pub fn target_range(&self) -> Range<usize> {
        self.0.start.words[1].range()
    }

    /// Where the reason phrase of a response (or the version of a request) is.
    pub fn reason_range(&self) -> Range<usize> {
        self.0.start.words[2].range()
    }

    /// Where the first line begins: not at 0 when line ends came before it.
    #[inline]
    pub fn first_byte(&self) -> usize {
        self.0.start.words[0].start as usize
    }

    /// Where the first header begins.
    #[inline]
    pub fn headers_start(&self) -> usize {
        self.0.start.end as usize
    }

    /// Where the empty line behind the headers begins; the end of the text if there is none.
    #[inline]
    pub fn headers_end(&self) -> usize {
        self.0.headers.end()
    }

    /// All headers in order.
    #[inline]
    pub fn headers(&self) -> Headers<'_> {
        Headers::all(self)
    }

    /// The first header of a kind. For `Other`, use [`Message::find_name`].
    #[inline]
    pub fn find(&self, kind: HeaderKind) -> Option<Header<'_>> {
        Header::first(self, kind)
    }

    /// The headers of a kind, in order.
    #[inline]
    pub fn find_all(&self, kind: HeaderKind) -> Headers<'_> {
        Headers::of_kind(self, kind)
    }

    /// The first header with that name; a known name also finds its compact form, and the reverse.
    pub fn find_name(&self, name: &[u8]) -> Option<Header<'_>> {
        let kind = HeaderKind::of(name);
        self.find_all(kind).find(|h| kind != HeaderKind::Other || h.name().eq_ignore_ascii_case(name))
    }

    /// The headers with that name, in order; see [`Message::find_name`].
    pub fn find_all_names<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = Header<'a>> + 'a {
        let kind = HeaderKind::of(name);
        self.find_all(kind).filter(move |h| kind != HeaderKind::Other || h.name().eq_ignore_ascii_case(name))
    }

    /// The headers of kind `Other` with that name, in order.
    #[inline]
    pub fn others<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = Header<'a>> + 'a {
        Others::of(self, name)
    }

    /// The first header of kind `Other` with that name.
    #[inline]
    pub fn other(&self, name: &[u8]) -> Option<Header<'_>> {
        Header::other(self, name)
    }

    /// Whether a header of that kind is present.
    #[inline]
    pub fn has(&self, kind: HeaderKind) -> bool {
        self.0.headers.first(kind).is_some()
    }

    /// How many headers it has.
    pub fn header_count(&self) -> usize {
        self.0.headers.entries().len()
    }

    #[inline]
    pub(crate) fn top_via(&self) -> &OnceLock<Result<ViaIndex, BadValue>> {
        &self.0.top_via
    }

    /// What is known of the tag of From or To.
    #[inline]
    pub(crate) fn seen_tag(&self, kind: HeaderKind) -> &Seen {
        if kind == HeaderKind::From { &self.0.from_tag } else { &self.0.to_tag }
    }

    #[inline]
    pub(crate) fn index(&self) -> &HeaderIndex {
        &self.0.headers
    }

    /// Where `part` is within the message; `None` when it is not a part of it.
    #[inline]
    pub fn range_of(&self, part: &[u8]) -> Option<Range<usize>> {
        let base = self.0.bytes.as_ptr() as usize;
        let start = (part.as_ptr() as usize).checked_sub(base)?;
        let end = start.checked_add(part.len())?;
        (end <= self.0.bytes.len()).then_some(start..end)
    }

    /// `part` of the message as `Bytes` that share its buffer; copied when it is not a part of it.
    pub fn share(&self, part: &[u8]) -> Bytes {
        match self.range_of(part) {
            Some(range) => self.0.bytes.slice(range),
            None => Bytes::copy_from_slice(part),
        }
    }
}
