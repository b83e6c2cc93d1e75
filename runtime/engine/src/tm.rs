//! Transactions as scripts see them: the sans-io state machine of `sipc-transaction` together with
//! messages, AVPs, flags and armed routes.
//!
//! | File | What |
//! |---|---|
//! | `table` | finding a transaction by request, by branch, by CANCEL or ACK |
//! | `create` | `t_newtran`: a transaction for a request |
//! | `forward` | `t_relay`: branches, their routes and destinations |
//! | `perform` | doing what the state machine says |
//! | `incoming` | replies that arrive |
//! | `reply` | replies made here |
//! | `failure` | failure handlers and routes |
//! | `local` | requests made here |
//! | `unsent` | requests that a connection did not take after all |
//! | `watch` | routes that are shown what is made here |
//!
//! Locks are held for single look-ups and changes, never while a script runs or a name is resolved.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

use bytes::Bytes;
use parking_lot::Mutex;
use sipc_sip::{Edits, Message, Transport};
use sipc_transaction as machine;
use sipc_transaction::Time;
use smallvec::SmallVec;

use crate::avp::AvpList;
use crate::context::{Arming, Late, OtherMessage, Target, ViaHandling};
use crate::extensions::Extensions;
use crate::network::{Destination, Received, SocketId};
use crate::script::RouteRef;
use crate::send::{self, Hop};
use crate::shared::Shared;
use crate::{Context, Text};

mod create;
mod failure;
mod forward;
mod incoming;
pub mod local;
mod perform;
mod reply;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod unsent;
mod watch;

pub(crate) use create::snapshot;
pub use create::{Created, create, finish, retransmitted};
pub use forward::{RelayFlags, absorb_ack, inject, relay, relay_to, wait_for_branches, wait_for_reply};
pub use incoming::reply_received;
pub(crate) use incoming::{dropped, find as replied_to};
pub use perform::{Upstream, cancel, cancel_branches, event};
pub(crate) use perform::{fire, recover};
pub use reply::{OutOfBand, reply, reply_to};
pub use settings::{TmSettings, TmStatistics, Watcher};
pub use table::{Found, Table};
pub use unsent::unsent;

/// One transaction; shared by the workers that its messages arrive on.
pub struct Transaction {
    /// Its number; part of the Via branches it makes.
    pub id: u64,
    /// The request as received; for a request made here, as first sent.
    pub request: Message,
    /// Where the request came from.
    pub received: Received,
    /// The tag that replies made here get, once it was asked for: empty for a request made here.
    pub(crate) to_tag: OnceLock<Bytes>,
    /// A 2xx to it is acknowledged by who made it.
    pub own_ack: bool,
    /// INVITE or not; it never changes and is asked for often.
    pub(crate) kind: machine::Kind,
    /// It was made here; likewise.
    pub(crate) local: bool,
    /// What scripts keep in it.
    pub script: Mutex<ScriptState>,
    /// The state machine and what was sent and received.
    pub(crate) core: Mutex<Core>,
    /// Called when a transaction made here gets its final reply.
    pub(crate) on_complete: Mutex<Option<local::OnComplete>>,
}

/// What scripts keep in a transaction.
#[derive(Default)]
pub struct ScriptState {
    /// AVPs.
    pub avps: AvpList,
    /// What modules attached.
    pub extensions: Extensions,
    /// Message flags.
    pub flags: u32,
    /// Armed routes.
    pub arming: Arming,
    /// Edits made before the request was forwarded; a failure route starts from them.
    pub edits: Edits,
    /// Texts of edits that are known only when sending.
    pub late: Vec<Late>,
    /// The R-URI branch as it was when the request was forwarded.
    pub target: Target,
    /// Via handling of the request.
    pub via: ViaHandling,
    /// Advertised host and port for this request.
    pub advertised: (Option<Text>, Option<u16>),
    /// Header lines for the ACKs and CANCELs made here (`t_add_hdrs`).
    pub extra_headers: Text,
    /// Reason header for CANCELs (`t_add_cancel_reason`).
    pub cancel_reason: Option<Text>,
    /// The Reason of a received CANCEL is passed on.
    pub passes_reason: bool,
}

/// The state machine and what was sent and received.
pub(crate) struct Core {
    pub machine: machine::Transaction,
    /// In most transactions there is one.
    pub branches: SmallVec<[Box<BranchData>; 1]>,
    /// The last reply sent upstream, for retransmission.
    pub last_reply: Option<Bytes>,
    /// Where replies go.
    pub upstream: Option<(SocketId, Destination)>,
    /// The branch whose reply went upstream; `None` when it was made here.
    pub relayed_branch: Option<usize>,
    /// The earliest timer armed for it.
    pub armed_at: Option<Time>,
    /// The INVITE was answered by this proxy with this To tag (for ACK matching of local 2xx).
    pub replied_here: bool,
    /// The route of a failure that is to run, taken while deciding.
    pub forwarded_while_deciding: bool,
    /// A fault ended what was being done for it.
    pub recovered: bool,
}

/// What belongs to one branch.
#[derive(Clone)]
pub(crate) struct BranchData {
    /// Where it goes, as the script saw it.
    pub target: Target,
    /// The request as sent.
    pub sent: Bytes,
    /// Sent from here.
    pub socket: SocketId,
    /// Sent there.
    pub destination: Destination,
    /// Tried next when this one fails (RFC 3263).
    pub alternatives: Vec<Hop>,
    /// The last reply received.
    pub reply: Option<StoredReply>,
    /// The CANCEL as sent.
    pub cancel: Option<Bytes>,
    /// `t_on_reply` of a branch route.
    pub on_reply: Option<RouteRef>,
    /// Where the last reply came from.
    pub replied_from: Option<Received>,
}

impl BranchData {
    /// What stands for branches to come: nothing is sent for it.
    fn phony() -> BranchData {
        let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        let to = Destination::new(Transport::Udp, nowhere);
        BranchData::new(Target::default(), Hop { socket: SocketId(0), to, sent: Bytes::new() }, Vec::new())
    }

    /// Makes its request, and those for other servers, that of another branch of the transaction.
    fn renumber(&mut self, transaction: u64, from: usize, to: usize) {
        if from == to {
            return;
        }
        let others = self.alternatives.iter_mut().map(|hop| &mut hop.sent);
        for sent in others.chain([&mut self.sent]) {
            *sent = renumbered(std::mem::take(sent), transaction, from, to);
        }
    }

    /// One that was not sent yet.
    fn new(target: Target, hop: Hop, alternatives: Vec<Hop>) -> BranchData {
        BranchData {
            target,
            sent: hop.sent,
            socket: hop.socket,
            destination: hop.to,
            alternatives,
            reply: None,
            cancel: None,
            on_reply: None,
            replied_from: None,
        }
    }
}

/// A request with the Via branch of another branch of its transaction.
fn renumbered(sent: Bytes, transaction: u64, from: usize, to: usize) -> Bytes {
    let (old, new) = (table::branch_text(transaction, from), table::branch_text(transaction, to));
    match memchr::memmem::find(&sent, &old) {
        Some(at) => [&sent[..at], &new[..], &sent[at + old.len()..]].concat().into(),
        None => sent,
    }
}

/// One branch, for the variables of scripts.
pub struct BranchView<'a> {
    /// Where it goes, with its flags, attributes and AVPs.
    pub target: &'a mut Target,
    /// Where it is sent from; none when nothing is sent.
    pub socket: Option<SocketId>,
    /// The last code; 0 before any.
    pub last: u16,
}

/// A reply kept with its edits.
#[derive(Clone)]
pub(crate) struct StoredReply {
    pub message: Message,
    pub edits: Edits,
    pub status: Option<(u16, Text)>,
}

impl Transaction {
    /// The tag that replies made here get; empty for a request that was made here.
    pub fn to_tag(&self, shared: &Shared) -> &Bytes {
        let tag = || send::to_tag(shared, &self.request, send::TagOf::Transaction);
        self.to_tag.get_or_init(|| Bytes::copy_from_slice(&tag()))
    }

    /// Whether the caller cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.core.lock().machine.is_cancelled()
    }

    /// The last code sent upstream; 0 before any.
    pub fn status(&self) -> u16 {
        self.core.lock().machine.status()
    }

    /// Whether it was made here.
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// Whether it is one of an INVITE.
    pub fn is_invite(&self) -> bool {
        self.kind == machine::Kind::Invite
    }

    /// Whether a request is still in flight: it counts when draining.
    pub fn is_active(&self) -> bool {
        matches!(self.core.lock().machine.phase(), machine::Phase::Active | machine::Phase::Deciding)
    }

    /// The codes of all branches' last replies, 0 for none, and the number of the first branch of the
    /// present round.
    pub fn branch_codes(&self) -> (Vec<u16>, usize) {
        let core = self.core.lock();
        (core.machine.branches().iter().map(|b| b.last).collect(), core.machine.first_branch())
    }

    /// Whether a branch got a reply from the network.
    pub fn was_replied(&self, branch: usize) -> bool {
        self.core.lock().machine.branches().get(branch).is_some_and(|b| b.replied)
    }

    /// The branch that was picked when all failed.
    pub fn picked(&self) -> Option<usize> {
        self.core.lock().machine.picked()
    }

    /// The branch whose reply went upstream; `None` when the last one was made here.
    pub fn relayed_branch(&self) -> Option<usize> {
        self.core.lock().relayed_branch
    }

    /// How many branches there are, and the first one of the present round.
    pub fn branch_counts(&self) -> (usize, usize) {
        let core = self.core.lock();
        (core.branches.len(), core.machine.first_branch())
    }

    /// Looks at a branch, or changes it. No lock of the transaction may be held.
    pub fn with_branch<R>(&self, branch: usize, f: impl FnOnce(BranchView<'_>) -> R) -> Option<R> {
        let core = &mut *self.core.lock();
        let state = core.machine.branches().get(branch)?;
        let (last, phony) = (state.last, state.phony);
        let data = core.branches.get_mut(branch)?;
        let socket = (!phony).then_some(data.socket);
        Some(f(BranchView { target: &mut data.target, socket, last }))
    }

    /// No further branches are waited for; `false` when none were.
    pub fn expect_no_more(&self) -> bool {
        self.core.lock().machine.expect_no_more(0)
    }

    /// The targets of all branches.
    pub fn targets(&self) -> Vec<Target> {
        self.core.lock().branches.iter().map(|b| b.target.clone()).collect()
    }

    /// Changes a branch's target (flags, attributes).
    pub fn change_target<R>(&self, branch: usize, f: impl FnOnce(&mut Target) -> R) -> Option<R> {
        self.core.lock().branches.get_mut(branch).map(|b| f(&mut b.target))
    }

    /// Timer lengths and policies.
    pub fn settings(&self) -> machine::Settings {
        *self.core.lock().machine.settings()
    }

    /// Changes timer lengths for what comes next.
    pub fn set_settings(&self, settings: machine::Settings) {
        self.core.lock().machine.set_settings(settings);
    }

    /// The socket that the last reply of a branch came in on.
    pub fn replied_on(&self, branch: usize) -> Option<SocketId> {
        self.core.lock().branches.get(branch)?.replied_from.map(|r| r.socket)
    }

    /// The request of a branch as sent.
    pub fn sent_request(&self, branch: usize) -> Option<Bytes> {
        self.core.lock().branches.get(branch).map(|b| b.sent.clone()).filter(|b| !b.is_empty())
    }

    /// The last reply of a branch, as received.
    pub fn reply_of_branch(&self, branch: usize) -> Option<Message> {
        self.core.lock().branches.get(branch)?.reply.as_ref().map(|r| r.message.clone())
    }
}

/// The request of the context's transaction, for `$(<request>x)` in a reply route.
pub(crate) fn request_of(cx: &Context) -> Option<OtherMessage> {
    let t = cx.transaction.as_ref()?;
    let script = t.script.lock();
    let (target, flags) = (script.target.clone(), script.flags);
    Some(OtherMessage { message: t.request.clone(), received: t.received, target, flags })
}

/// Keeps what a script did to the request of the context's transaction.
pub(crate) fn keep_request(cx: &Context, request: OtherMessage) {
    if let Some(t) = &cx.transaction {
        let mut script = t.script.lock();
        script.target = request.target;
        script.flags = request.flags;
    }
}

/// The picked reply of the context's transaction, for `$(<reply>x)` in a failure route.
pub(crate) fn reply_of(cx: &Context) -> Option<OtherMessage> {
    let message = cx.reply.clone()?;
    let from = cx.transaction.as_ref().and_then(|t| {
        let core = t.core.lock();
        core.branches.get(core.machine.picked()?)?.replied_from
    });
    let received = from.unwrap_or(cx.received);
    Some(OtherMessage { message, received, target: Target::default(), flags: 0 })
}
