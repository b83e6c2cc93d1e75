//! One side of a call: the caller, or one of those that its INVITE reached.

use sipc_engine::Text;
use sipc_engine::network::SocketId;
use sipc_sip::{HeaderKind, Message, NameAddr};

/// Pairs of CSeq numbers that are kept for the ACKs of changed INVITEs.
const CSEQS_MAX: usize = 16;

/// Whether the last ping of one sort was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ping {
    /// It was, or there was none.
    #[default]
    Answered,
    /// Not yet.
    Waiting,
    /// It never will be, or the party knows nothing of the call.
    Failed,
}

/// One side.
#[derive(Debug, Clone, Default)]
pub struct Leg {
    /// Its tag; empty until it replies.
    pub tag: Text,
    /// Where requests to it go in the end.
    pub contact: Option<Text>,
    /// The routers before, as they stand in Route headers.
    pub routes: Vec<Text>,
    /// The CSeq number of the last request to it.
    pub cseq: u32,
    /// That of the one before.
    pub cseq_before: Option<u32>,
    /// The CSeq number of the last INVITE from it.
    pub invite_cseq: u32,
    /// Once requests were made here for it, theirs are counted here.
    pub made_cseq: Option<u32>,
    /// CSeq numbers of INVITEs to it: as received, as sent.
    pub changed: Vec<(u32, u32)>,
    /// The socket that it is reached from.
    pub socket: Option<SocketId>,
    /// The session description it sent last.
    pub sdp: Option<Text>,
    /// What it was sent, when that differs from what the other side sent.
    pub sent_sdp: Option<Text>,
    /// The Contact header that it was sent, when topology is hidden.
    pub shown_contact: Option<Text>,
    /// From and To URIs of the requests it gets, when they were replaced.
    pub from_uri: Option<Text>,
    /// See `from_uri`.
    pub to_uri: Option<Text>,
    /// The branch of the INVITE.
    pub branch: Option<usize>,
    /// Record-Route entries that were added on the way to it.
    pub recorded: usize,
    /// OPTIONS.
    pub ping: Ping,
    /// INVITEs.
    pub reinvite: Ping,
}

impl Leg {
    /// The number for a request made here.
    pub fn next_cseq(&mut self) -> u32 {
        let next = self.made_cseq.unwrap_or(self.cseq).wrapping_add(1) & 0x7fff_ffff;
        self.made_cseq = Some(next);
        next
    }

    /// The number that takes the place of the received one, once requests were made here.
    pub fn changed_cseq(&mut self, received: u32, is_invite: bool) -> Option<u32> {
        self.made_cseq?;
        let next = self.next_cseq();
        if is_invite {
            if self.changed.len() >= CSEQS_MAX {
                self.changed.remove(0);
            }
            self.changed.retain(|(number, _)| *number != received);
            self.changed.push((received, next));
        }
        Some(next)
    }

    /// The number for the ACK of an INVITE with this one.
    pub fn ack_cseq(&self, received: u32) -> Option<u32> {
        self.changed.iter().find(|(number, _)| *number == received).map(|(_, sent)| *sent)
    }
}

/// The CSeq number of a message.
pub fn cseq(message: &Message) -> Option<u32> {
    let cseq = message.cseq()?.ok()?;
    std::str::from_utf8(cseq.number_text).ok()?.parse().ok()
}

/// The URI of the one Contact of a message.
pub fn contact(message: &Message) -> Option<Text> {
    let mut all = message.addresses(HeaderKind::Contact);
    let first = all.next()?.ok()?;
    all.next().is_none().then(|| own(first.uri_text))
}

/// The Record-Route entries of a message, top first, as URIs in brackets with their parameters.
pub fn recorded(message: &Message) -> Vec<Text> {
    message.addresses(HeaderKind::RecordRoute).filter_map(Result::ok).map(|r| own(r.whole)).collect()
}

/// The URI in a Route entry.
pub fn uri_of(route: &Text) -> Option<Text> {
    let first = NameAddr::routes(route).next()?.ok()?;
    Some(route.slice_ref(first.uri_text))
}

/// The body of a message, if it has one.
pub fn body(message: &Message) -> Option<Text> {
    Some(message.body()).filter(|b| !b.is_empty()).map(|b| own(&b))
}

/// A copy, so that no received datagram is kept for as long as a call.
pub fn own(text: &[u8]) -> Text {
    Text::copy_from_slice(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_from_those_made_here() {
        let mut leg = Leg { cseq: 7, ..Leg::default() };
        assert_eq!(leg.changed_cseq(8, true), None);
        assert_eq!(leg.next_cseq(), 8);
        assert_eq!(leg.changed_cseq(8, true), Some(9));
        assert_eq!(leg.ack_cseq(8), Some(9));
        assert_eq!(leg.ack_cseq(7), None);
    }

    #[test]
    fn few_pairs_are_kept() {
        let mut leg = Leg::default();
        leg.next_cseq();
        for n in 0..100 {
            leg.changed_cseq(n, true);
        }
        assert!(leg.changed.len() <= CSEQS_MAX);
        assert_eq!(leg.ack_cseq(99), Some(101));
    }
}
