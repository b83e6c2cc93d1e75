//! One branch of the destination set: where a request goes.

use sipc_sip::Message;

use crate::avp::AvpList;
use crate::network::{BondId, SocketId};
use crate::{Text, Value};

/// A branch: its URI and everything that says how to reach it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// Request URI of this branch; empty in replies.
    pub uri: Text,
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
        Target { uri: request_uri(message), ..Target::default() }
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
    pub fn next_hop(&self) -> &Text {
        self.dst_uri.as_ref().unwrap_or(&self.uri)
    }
}
