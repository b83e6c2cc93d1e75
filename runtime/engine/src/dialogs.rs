//! Calls as a whole (RFC 3261 section 12), as modules see them: module `dialog` keeps them and is reached through
//! these traits.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use crate::context::Context;
use crate::network::SocketId;
use crate::tm::Transaction;
use crate::worker::Worker;
use crate::{Text, Value};

/// How far a call is; the numbers are those that scripts see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Made by a request, not answered at all.
    Unconfirmed = 1,
    /// Ringing.
    Early = 2,
    /// Answered, the ACK has not been seen.
    Answered = 3,
    /// Answered and acknowledged.
    Confirmed = 4,
    /// Ended, or never established.
    Deleted = 5,
}

/// One of the two sides of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// Who sent the INVITE.
    Caller,
    /// Who answered it.
    Callee,
}

impl Party {
    /// The other one.
    pub fn other(self) -> Party {
        match self {
            Party::Caller => Party::Callee,
            Party::Callee => Party::Caller,
        }
    }
}

/// The name of a call within this process: where it is kept, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId {
    /// The part of the table.
    pub entry: u32,
    /// The number in it.
    pub number: u32,
}

impl DialogId {
    /// The text in Route URIs and in `$DLG_did`: both numbers in hexadecimal, lowest digit first.
    pub fn text(self) -> String {
        let reversed = |n: u32| format!("{n:x}").chars().rev().collect::<String>();
        format!("{}.{}", reversed(self.entry), reversed(self.number))
    }

    /// Reads that text.
    pub fn parse(text: &[u8]) -> Option<DialogId> {
        let dot = text.iter().position(|c| *c == b'.')?;
        let number = |digits: &[u8]| {
            let digits: String = digits.iter().rev().map(|c| char::from(*c)).collect();
            u32::from_str_radix(&digits, 16).ok()
        };
        Some(DialogId { entry: number(&text[..dot])?, number: number(&text[dot + 1..])? })
    }

    /// Both in one number, as databases and management commands have it.
    pub fn wide(self) -> u64 {
        u64::from(self.entry) << 32 | u64::from(self.number)
    }
}

/// What is known of one side of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// Its tag.
    pub tag: Text,
    /// Where requests to it go in the end.
    pub contact: Option<Text>,
    /// The routers between here and there, as URIs.
    pub routes: Vec<Text>,
    /// The socket that it is reached from.
    pub socket: Option<SocketId>,
    /// The Contact header that it was shown, when topology is hidden.
    pub shown_contact: Option<Text>,
}

/// A call.
pub trait Dialog: Send + Sync {
    /// Its name.
    fn id(&self) -> DialogId;
    /// How far it is.
    fn state(&self) -> State;
    /// Its Call-ID, on the caller's side.
    fn call_id(&self) -> Text;
    /// What is known of a side.
    fn side(&self, party: Party) -> Side;
    /// A value that scripts or modules keep with it.
    fn value(&self, name: &[u8]) -> Option<Value>;
    /// Keeps a value with it, or forgets it; `false` when it has too many.
    fn set_value(&self, name: &[u8], value: Option<Value>) -> bool;
    /// The call ends so many seconds from now, unless something else happens.
    fn set_lifetime(&self, worker: &Rc<Worker>, seconds: u32);
    /// Whether it is ended by BYEs when its time is over.
    fn end_by_timeout(&self, bye: bool);
    /// Ends it: cancelled while it rings, by BYEs to both sides once it is answered.
    fn end(&self, worker: &Rc<Worker>, reason: &'static str);
    /// Topology hiding takes part: routes and contacts of the other side are not shown. `how` is its own.
    fn hide_topology(&self, how: u32);
    /// How it takes part, if it does.
    fn hides_topology(&self) -> Option<u32>;
    /// The callee is to know the call under another Call-ID: requests made here carry that.
    fn show_call_id(&self, call_id: Text);
    /// A new CSeq number for a request to a party that was received with this one, and for all that follow.
    fn renumber(&self, to: Party, received: u32, is_invite: bool) -> u32;
    /// For who keeps it.
    fn as_any(&self) -> &dyn Any;
}

/// What happened to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogEvent {
    /// Its INVITE has a transaction.
    Created,
    /// It rings.
    Early,
    /// It was answered.
    Confirmed,
    /// A request within it passes.
    RequestWithin,
    /// It was not established.
    Failed,
    /// It was ended by a BYE.
    Terminated,
    /// Its time was over.
    Expired,
}

/// What a callback for calls gets.
pub struct DialogHook<'a> {
    /// The worker it runs on.
    pub worker: &'a Rc<Worker>,
    /// The call. Its locks are free.
    pub dialog: &'a Arc<dyn Dialog>,
    /// What happened.
    pub event: DialogEvent,
    /// Who the message at hand goes to, if there is one.
    pub to: Option<Party>,
    /// The request at hand, when a script is handling one.
    pub context: Option<&'a mut Context>,
}

/// The calls of the process; module `dialog` is that.
pub trait Dialogs: Send + Sync {
    /// The call of the INVITE at hand, made when there is none.
    fn create(&self, cx: &mut Context) -> Option<Arc<dyn Dialog>>;
    /// The call that the message at hand belongs to, as far as that is known.
    fn current(&self, cx: &Context) -> Option<Arc<dyn Dialog>>;
    /// The call that the request at hand belongs to; looked for when that is not known yet, in a way that
    /// `match_dialog` knows or in the usual one.
    fn find(&self, cx: &mut Context, mode: Option<Text>) -> Option<Arc<dyn Dialog>>;
    /// The call of a transaction.
    fn of_transaction(&self, t: &Transaction) -> Option<Arc<dyn Dialog>>;
    /// Who the message at hand goes to.
    fn heading(&self, cx: &Context) -> Option<Party>;
    /// Brings the request at hand on the way that the call remembers.
    fn fix_route(&self, cx: &mut Context) -> bool;
    /// By name.
    fn by_id(&self, id: DialogId) -> Option<Arc<dyn Dialog>>;
    /// The parameter of Record-Route and Contact URIs that names calls.
    fn parameter(&self) -> &str;
    /// A profile that modules use, made when new; `None` when its name is taken by one of the other sort.
    fn profile(&self, name: &str, with_value: bool) -> Option<usize>;
    /// Counts a call in a profile.
    fn join(&self, dialog: &Arc<dyn Dialog>, profile: usize, value: Option<&[u8]>) -> bool;
    /// Counts it there no longer.
    fn leave(&self, dialog: &Arc<dyn Dialog>, profile: usize, value: Option<&[u8]>) -> bool;
    /// How many calls are counted in a profile, with this value if one is given.
    fn count(&self, profile: usize, value: Option<&[u8]>) -> u64;
}

#[cfg(test)]
mod tests {
    use super::DialogId;

    #[test]
    fn names_are_read_as_they_are_written() {
        for (entry, number, text) in [(0, 0, "0.0"), (0x1a, 0xb00, "a1.00b"), (255, u32::MAX, "ff.ffffffff")]
        {
            let id = DialogId { entry, number };
            assert_eq!(id.text(), text);
            assert_eq!(DialogId::parse(text.as_bytes()), Some(id));
        }
        for bad in ["", ".", "1", "1.", "x.1", "1.123456789"] {
            assert_eq!(DialogId::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
