//! One branch of the destination set: where a request goes.

use std::ops::Deref;

use sipc_sip::Message;

use crate::avp::AvpList;
use crate::network::{BondId, SocketId};
use crate::{Text, Value};

/// A branch: its URI and everything that says how to reach it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// Request URI of this branch; empty in replies.
    pub uri: RequestUri,
    /// `$du`: next hop, if it is not the request URI.
    pub dst_uri: Option<Text>,
    /// Path set, for the Route header.
    pub path: Option<Text>,
    /// q in thousandths; `None` when unspecified.
    pub q: Option<u16>,
    /// The socket to send from, if forced.
    pub socket: Option<SocketId>,
    /// The bond to send from, if forced instead.
    pub bond: Option<BondId>,
    /// Branch flags.
    pub flags: u32,
    /// User attributes.
    pub attrs: Vec<(Text, Value)>,
    /// `$bavp(…)`.
    pub avps: AvpList,
}

/// The request URI of a received request; empty in replies.
pub fn request_uri(message: &Message) -> Text {
    message.request_line().map(|line| message.share(line.uri)).unwrap_or_default()
}

impl Target {
    /// The R-URI branch of a received message.
    pub fn of_request(message: &Message) -> Target {
        Target { uri: request_uri(message).into(), ..Target::default() }
    }

    /// An attribute; NULL when it has none of that name.
    pub fn attr(&self, name: &Text) -> Value {
        let found = self.attrs.iter().rev().find(|(n, _)| n == name);
        found.map_or(Value::Null, |(_, value)| value.clone())
    }

    /// Gives an attribute a value; NULL removes it.
    pub fn set_attr(&mut self, name: Text, value: Value) {
        self.attrs.retain(|(n, _)| *n != name);
        if !value.is_null() {
            self.attrs.push((name, value.stored()));
        }
    }

    /// Where to send it: the destination URI if set, else the request URI.
    pub fn next_hop(&self) -> Text {
        self.dst_uri.clone().unwrap_or_else(|| self.uri.to_text())
    }
}

/// A request URI: a text that others hold too, or one of its own, which scripts change part by part without making a new one
/// each time.
#[derive(Debug)]
pub struct RequestUri(Held);

#[derive(Debug)]
enum Held {
    Shared(Text),
    Own(Vec<u8>),
}

/// What a URI may grow by before it needs other memory.
const ROOM: usize = 32;

impl RequestUri {
    /// The text, to keep.
    pub fn to_text(&self) -> Text {
        match &self.0 {
            Held::Shared(text) => text.clone(),
            Held::Own(text) => Text::copy_from_slice(text),
        }
    }

    /// The text, when others may hold it too.
    pub(crate) fn shared(&self) -> Option<&Text> {
        match &self.0 {
            Held::Shared(text) => Some(text),
            Held::Own(_) => None,
        }
    }

    /// The text, to change it where it is.
    #[inline]
    pub(crate) fn own(&mut self) -> &mut Vec<u8> {
        if matches!(self.0, Held::Shared(_)) {
            self.take_over();
        }
        match &mut self.0 {
            Held::Own(text) => text,
            Held::Shared(_) => unreachable!("it has become its own"),
        }
    }

    #[inline(never)]
    fn take_over(&mut self) {
        let mut own = Vec::with_capacity(self.len() + ROOM);
        own.extend_from_slice(self);
        self.0 = Held::Own(own);
    }
}

impl Deref for RequestUri {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Held::Shared(text) => text,
            Held::Own(text) => text,
        }
    }
}

impl From<Text> for RequestUri {
    #[inline]
    fn from(text: Text) -> RequestUri {
        RequestUri(Held::Shared(text))
    }
}

impl From<Vec<u8>> for RequestUri {
    fn from(text: Vec<u8>) -> RequestUri {
        Text::from(text).into()
    }
}

impl Default for RequestUri {
    fn default() -> RequestUri {
        Text::new().into()
    }
}

/// A copy is never changed where it is: whoever has read the one that is, knows it by its place.
impl Clone for RequestUri {
    fn clone(&self) -> RequestUri {
        self.to_text().into()
    }
}

impl PartialEq for RequestUri {
    fn eq(&self, other: &RequestUri) -> bool {
        self[..] == other[..]
    }
}

impl Eq for RequestUri {}
