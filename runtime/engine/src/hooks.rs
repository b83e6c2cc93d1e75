//! Callbacks that modules register while starting.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_sip::{Edits, Message};

use crate::dialogs::DialogHook;
use crate::shared::Shared;
use crate::tm::Transaction;
use crate::worker::Worker;
use crate::{Context, Text};

/// What happened to a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionEvent {
    /// A request created it.
    Created,
    /// A final or provisional reply was received on a branch and is about to be relayed or stored.
    ReplyIn,
    /// A request for a branch was built and is about to be sent.
    RequestOut,
    /// A reply was built and is about to go upstream: a relayed one, or a final one that was made here.
    ReplyLeaving,
    /// A reply went upstream.
    ReplyOut,
    /// All branches failed; runs before the failure route. Gets the winning code.
    Failure,
    /// The ACK of a 2xx passed, if it could be matched.
    Ack,
    /// The caller cancelled.
    Cancelled,
    /// It is about to be forgotten.
    Deleted,
}

/// What a transaction callback gets.
pub struct TransactionHook<'a> {
    /// The worker it runs on.
    pub worker: &'a Rc<Worker>,
    /// The transaction. Its locks are free.
    pub transaction: &'a Arc<Transaction>,
    /// What happened.
    pub event: TransactionEvent,
    /// The reply's code, or 0.
    pub code: u16,
    /// The reply; `None` for one that was made here.
    pub reply: Option<&'a Message>,
    /// The branch, if one is concerned.
    pub branch: Option<usize>,
    /// What is sent, if something is.
    pub sent: Option<&'a Bytes>,
}

/// A reply that is about to be relayed; what `edits` say is applied to it.
pub struct Relayed<'a> {
    /// The worker it is handled on.
    pub worker: &'a Rc<Worker>,
    /// Its transaction. Its locks are free.
    pub transaction: &'a Arc<Transaction>,
    /// The branch that it came for.
    pub branch: usize,
    /// The reply as received.
    pub message: &'a Message,
    /// Changes to it, those of the script among them.
    pub edits: &'a mut Edits,
}

/// Whether a host and port is this server.
pub type AliasTest = fn(&Shared, &[u8], u16) -> bool;

/// What `loose_route` calls at its end when the first Route was ours: with the parameters of that URI, as written.
pub type RouteTaken = fn(&mut Context, &[u8]);

/// A test of where messages come from, before anything else is done with them.
pub struct Screen {
    /// A route that runs first; when it drops the message, there is no test.
    pub route: Text,
    /// `false` when the message is to be left out.
    pub check: fn(&Rc<Worker>, IpAddr) -> bool,
}

/// Gives the Call-ID under which a received message is known here, when that is not its own.
pub type CallIdTest = fn(&Shared, &Message) -> Option<Bytes>;

/// Work that is done again and again.
pub type Periodic = fn(&Rc<Worker>);

/// All callbacks, in the order of registration.
#[derive(Default)]
pub struct Hooks {
    /// When a message arrives, even one that cannot be parsed.
    pub screens: Vec<Screen>,
    /// When a message was parsed, before anything else is done with it.
    pub call_id: Vec<CallIdTest>,
    /// Before the main route runs; `false` when the request is dealt with.
    pub before_request: Vec<fn(&mut Context) -> bool>,
    /// Before a reply is matched to a transaction, after the reply route; `false` when it is dealt with.
    pub before_reply: Vec<fn(&mut Context) -> bool>,
    /// After `loose_route` took a Route of ours.
    pub route_taken: Vec<RouteTaken>,
    /// When a request got its transaction; modules may change it, or answer it.
    pub created: Vec<fn(&mut Context, &Arc<Transaction>)>,
    /// When the script has done with a request.
    pub after_request: Vec<fn(&mut Context)>,
    /// Before the request of a branch is built; edits are for that branch alone.
    pub branch: Vec<fn(&mut Context, &Arc<Transaction>, usize)>,
    /// Before a received reply is relayed.
    pub relayed: Vec<fn(&mut Relayed<'_>)>,
    /// Concerning transactions.
    pub transaction: Vec<fn(&TransactionHook<'_>)>,
    /// Concerning calls.
    pub dialog: Vec<fn(&mut DialogHook<'_>)>,
    /// Further tests of "is this host mine" (module `domain`).
    pub aliases: Vec<AliasTest>,
    /// Periodic work: interval in milliseconds, run on the first worker.
    pub periodic: Vec<(u64, Periodic)>,
    /// Services with threads of their own (the management interface), once everything else is set up.
    pub services: Vec<fn(&Arc<Shared>) -> crate::setup::InitResult>,
    /// When a worker starts.
    pub worker_start: Vec<fn(&Worker)>,
    /// When the process drains, before the last worker ends.
    pub shutdown: Vec<fn(&Shared)>,
}
