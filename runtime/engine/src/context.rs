//! One message being handled: what the routes of a script see and change.
//!
//! Reads see the received message; edits are collected and apply on sending. The R-URI, the
//! destination, flags and branches change at once, as in OpenSIPS.

use std::rc::Rc;
use std::sync::Arc;

use parking_lot::MutexGuard;
use sipc_interface::RouteKind;
use sipc_sip::{Edits, Message, OwnedUri};

use crate::asynchronous::Suspended;
use crate::avp::AvpList;
use crate::blacklists::Active;
use crate::extensions::Extensions;
use crate::flow::Ending;
use crate::names::Names;
use crate::network::{Received, SocketId};
use crate::script::RouteIndex;
use crate::shared::Shared;
use crate::tm::{ScriptState, Transaction};
use crate::trace::Trace;
use crate::variables::Ruri;
use crate::worker::Worker;
use crate::{Text, Value};

mod error;
mod routes;
mod target;

pub use error::{ErrorClass, ErrorInfo};
pub(crate) use routes::OtherMessage;
pub use routes::{Arming, Frame, Frames, Named};
pub use target::{RequestUri, Target, request_uri};

/// The context of one message.
pub struct Context {
    /// The worker it is handled on.
    pub worker: Rc<Worker>,
    /// The message as received (or, in a failure route, the request as received).
    pub message: Message,
    /// Where it came from.
    pub received: Received,
    /// Changes to apply on sending.
    pub edits: Edits,
    /// Texts of edits that are known only when sending; `Insert::Late(n)` names the n-th.
    pub late: Vec<Late>,
    /// Header lines (with CRLF) for the reply that this script may send.
    pub reply_headers: Vec<Text>,
    /// Body for the reply that this script may send.
    pub reply_body: Option<(Text, Text)>,
    /// The R-URI branch: index 0 of `$msg.branch`.
    pub target: Target,
    /// The R-URI as it was read last.
    pub(crate) read_ruri: Ruri,
    /// Another URI as it was read last.
    pub(crate) other_uri: Option<OwnedUri>,
    /// The URIs of From and To as they were read last, and where the message begins that they are of.
    pub(crate) read_parties: [Option<(usize, OwnedUri)>; 2],
    /// The additional branches.
    pub branches: Vec<Target>,
    /// Whether `append_msg_branch` is refused (local routes).
    pub branches_locked: bool,
    /// Message flags.
    pub flags: u32,
    /// How Via is handled for this message.
    pub via: ViaHandling,
    /// `set_advertised_address`, for this message.
    pub advertised_host: Option<Text>,
    /// `set_advertised_port`, for this message.
    pub advertised_port: Option<u16>,
    /// Blacklists in use.
    pub blacklists: Active,
    /// `change_reply_status`: code and reason for the reply when it is forwarded.
    pub new_status: Option<(u16, Text)>,
    /// The number of the message on this worker.
    pub number: u32,
    /// What modules attached.
    pub extensions: Extensions,

    /// `$rc`.
    pub rc: i32,
    /// Why lists stop.
    pub ending: Ending,
    /// Line of the statement being run.
    pub line: u32,
    /// The kind of the route that was entered from outside.
    pub route_kind: RouteKind,
    /// The routes being run, outermost first.
    pub frames: Frames,
    /// How many event routes led to this run, each raising the event of the next.
    pub event_depth: u32,
    /// Parameters that the next entry from outside gets (events).
    pub entry_params: Vec<Named>,
    /// Extra values of the last finished route.
    pub returned: Vec<Value>,
    /// The pending or last error.
    pub error: ErrorInfo,
    /// What is printed of each action.
    pub trace: Option<Trace>,
    /// What follows when the script has ended with `async`.
    pub(crate) suspended: Option<Suspended>,
    /// What `{ip.resolve}` found.
    pub names: Names,
    /// The function at hand was started by `async` or `launch`.
    pub asynchronous: bool,

    /// The transaction that the message belongs to, once known.
    pub transaction: Option<Arc<Transaction>>,
    /// The branch that a branch or reply route runs for.
    pub branch_index: Option<usize>,
    /// Code of the reply that a reply or failure route is about.
    pub reply_code: u16,
    /// The reply that a failure route is about, when it was received.
    pub reply: Option<Message>,
    /// Routes armed before there is a transaction.
    pub arming: Arming,
    /// Header lines for every branch of the transaction to come (`t_add_hdrs`).
    pub extra_headers: Text,
    /// Timer lengths of the transaction to come (`$T_fr_timeout`).
    pub timers: Option<sipc_transaction::Settings>,
    /// AVPs of the message, until it has a transaction.
    pub(crate) own_avps: AvpList,
    /// Whether AVPs live in the transaction.
    avps_in_transaction: bool,
}

/// What a late text may depend on.
pub struct Leaving<'a> {
    /// The process.
    pub shared: &'a Shared,
    /// The socket the message came in on.
    pub received_on: SocketId,
    /// The socket the message goes out on.
    pub sent_from: SocketId,
    /// The host to put into headers for the outgoing side.
    pub host: &'a Text,
    /// The port to put into headers for the outgoing side.
    pub port: u16,
}

/// Makes a text when the message leaves.
pub type Late = Arc<dyn Fn(&Leaving<'_>) -> Text + Send + Sync>;

/// Switches of Via handling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViaHandling {
    /// Add `rport=` to the received Via even when not asked (`force_rport`).
    pub force_rport: bool,
    /// Ask for rport in our own Via (`add_local_rport`).
    pub add_local_rport: bool,
    /// Send replies to the address in Via rather than the source.
    pub reply_to_via: bool,
}

impl Context {
    /// A context for a message that was received.
    pub fn new(worker: Rc<Worker>, message: Message, received: Received, kind: RouteKind) -> Context {
        let number = worker.next_message_number();
        let target = Target::of_request(&message);
        let blacklists = worker.shared.blacklists.default();
        Context {
            worker,
            message,
            received,
            edits: Edits::default(),
            late: Vec::new(),
            reply_headers: Vec::new(),
            reply_body: None,
            target,
            read_ruri: Ruri::default(),
            other_uri: None,
            read_parties: [None, None],
            branches: Vec::new(),
            branches_locked: false,
            flags: 0,
            via: ViaHandling::default(),
            advertised_host: None,
            advertised_port: None,
            blacklists,
            new_status: None,
            number,
            extensions: Extensions::default(),
            rc: 0,
            ending: Ending::NONE,
            line: 0,
            route_kind: kind,
            frames: Frames::default(),
            event_depth: 0,
            entry_params: Vec::new(),
            returned: Vec::new(),
            error: ErrorInfo::default(),
            trace: None,
            suspended: None,
            names: Names::default(),
            asynchronous: false,
            transaction: None,
            branch_index: None,
            reply_code: 0,
            reply: None,
            arming: Arming::default(),
            extra_headers: Text::new(),
            timers: None,
            own_avps: AvpList::default(),
            avps_in_transaction: false,
        }
    }

    /// Notes the script line of the statement that comes next.
    #[inline]
    pub fn at(&mut self, line: u32) {
        self.line = line;
        self.worker.line.set(line);
    }

    /// The process.
    pub fn shared(&self) -> &Shared {
        &self.worker.shared
    }

    /// Whether the message is a request.
    pub fn is_request(&self) -> bool {
        self.message.is_request()
    }

    /// The AVPs: the message's own, or those of its transaction.
    #[inline]
    pub fn avps<R>(&mut self, f: impl FnOnce(&mut AvpList) -> R) -> R {
        let mut shared = script_of(self.transaction.as_ref().filter(|_| self.avps_in_transaction));
        f(match &mut shared {
            Some(script) => &mut script.avps,
            None => &mut self.own_avps,
        })
    }

    /// Looks at the AVPs: the message's own, or those of its transaction.
    #[inline]
    pub fn look_at_avps<R>(&self, f: impl FnOnce(&AvpList) -> R) -> R {
        let shared = script_of(self.transaction.as_ref().filter(|_| self.avps_in_transaction));
        f(shared.as_ref().map_or(&self.own_avps, |script| &script.avps))
    }

    /// The AVPs, unless they are those of the transaction.
    #[inline]
    pub(crate) fn message_avps(&self) -> Option<&AvpList> {
        (!self.avps_in_transaction).then_some(&self.own_avps)
    }

    /// The AVPs, unless they are those of the transaction.
    #[inline]
    pub(crate) fn message_avps_mut(&mut self) -> Option<&mut AvpList> {
        (!self.avps_in_transaction).then_some(&mut self.own_avps)
    }

    /// Whether the AVPs are those of the transaction.
    #[inline]
    pub(crate) fn avps_are_shared(&self) -> bool {
        self.avps_in_transaction
    }

    /// From now on the AVPs are the transaction's; what was set so far goes along.
    pub fn share_avps(&mut self) {
        if let Some(t) = &self.transaction
            && !self.avps_in_transaction
        {
            t.script.lock().avps.extend(std::mem::take(&mut self.own_avps));
            self.avps_in_transaction = true;
        }
    }

    /// Notes a text that is made when the message leaves; the number goes into `Insert::Late`.
    pub fn add_late(&mut self, make: Late) -> u32 {
        self.late.push(make);
        u32::try_from(self.late.len() - 1).unwrap_or(u32::MAX)
    }

    /// The URI of a Contact of the message, as functions on Contacts have left it. Unlike other headers, whose changes
    /// show when the message leaves, OpenSIPS' scripts and registrar see a changed Contact at once.
    pub fn contact_uri(&self, contact: &sipc_sip::NameAddr<'_>) -> Text {
        let range = self.message.range_of(contact.uri_text);
        match range.and_then(|r| self.edits.replacement(&r)) {
            Some(sipc_sip::Insert::Text(text)) => text.strip_prefix(b"<").map_or_else(
                || text.clone(),
                |inner| text.slice_ref(inner.strip_suffix(b">").unwrap_or(inner)),
            ),
            _ => self.message.share(contact.uri_text),
        }
    }

    /// The socket that will send for this message: the forced one, else the receiving one.
    pub fn socket_out(&self) -> SocketId {
        self.target.socket.unwrap_or(self.received.socket)
    }

    /// A slot of `$var`.
    #[inline]
    pub fn var(&self, slot: usize) -> Value {
        self.worker.variables.borrow().get(slot).cloned().unwrap_or(Value::Null)
    }

    /// Assigns a slot of `$var`.
    pub fn set_var(&mut self, slot: usize, mut value: Value) {
        value.settle();
        if let Some(held) = self.worker.variables.borrow_mut().get_mut(slot) {
            held.put(value);
        }
    }

    /// The request URI as it stands now.
    pub fn ruri(&self) -> Text {
        self.target.uri.to_text()
    }
}

/// The place of a route within the script, for [`Context::run_route`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub kind: RouteKind,
    /// Its index within the kind.
    pub index: RouteIndex,
}

/// What scripts keep in a transaction.
#[inline]
fn script_of(transaction: Option<&Arc<Transaction>>) -> Option<MutexGuard<'_, ScriptState>> {
    transaction.map(|t| t.script.lock())
}
