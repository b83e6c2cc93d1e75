//! One call: what is known of it, and what other modules may ask of it.

use std::any::Any;
use std::rc::Rc;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use sipc_engine::dialogs::{Dialog, DialogId, Party, Side, State};
use sipc_engine::script::RouteRef;
use sipc_engine::tm::Transaction;
use sipc_engine::worker::Worker;
use sipc_engine::{Text, Value};
use sipc_transaction::Time;

use crate::leg::{Leg, uri_of};
use crate::state::{self, Event};
use crate::{Calls, ending};

/// Legs that a call may have: a callee for each branch, and one for each tag that answers there.
const LEGS_MAX: usize = 100;
/// Values that may be kept with a call.
const VALUES_MAX: usize = 1000;

/// The number of the caller's leg.
pub const CALLER: usize = 0;

/// Words of `create_dialog`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// `bye-on-timeout`
    pub bye_on_timeout: bool,
    /// `options-ping-caller`
    pub ping_caller: bool,
    /// `options-ping-callee`
    pub ping_callee: bool,
    /// `reinvite-ping-caller`
    pub reinvite_caller: bool,
    /// `reinvite-ping-callee`
    pub reinvite_callee: bool,
    /// `end-on-race-condition`
    pub end_on_race: bool,
}

/// Routes that run for a call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Routes {
    /// `dlg_on_timeout`
    pub timeout: Option<RouteRef>,
    /// `dlg_on_answer`
    pub answer: Option<RouteRef>,
    /// `dlg_on_hangup`
    pub hangup: Option<RouteRef>,
}

/// What changes in the course of a call.
#[derive(Default)]
pub struct Inner {
    /// How far it is; [`Inner::state`] tells.
    pub so_far: Option<State>,
    /// The caller first.
    pub legs: Vec<Leg>,
    /// The leg that answered; 0 while none did.
    pub answered: usize,
    /// What `create_dialog` was told.
    pub options: Options,
    /// Dialog flags of the script.
    pub flags: u32,
    /// Topology is hidden.
    pub hides_topology: Option<u32>,
    /// The Call-ID that the callee knows, when it is another one.
    pub shown_call_id: Option<Text>,
    /// Unix time of the answer.
    pub started: u64,
    /// Seconds that it may last.
    pub lifetime: u32,
    /// When it has to end.
    pub deadline: Option<Time>,
    /// The same as Unix time.
    pub ends: u64,
    /// When parties are pinged next.
    pub next_ping: Option<Time>,
    /// When parties are invited anew next.
    pub next_reinvite: Option<Time>,
    /// When it may be forgotten.
    pub removal: Option<Time>,
    /// Seconds between its end and that; 0 for the parameter's.
    pub delete_delay: u32,
    /// By name.
    pub values: Vec<(Text, Value)>,
    /// Profiles that count it, the newest first.
    pub profiles: Vec<(usize, Text)>,
    /// Routes that run for it.
    pub routes: Routes,
    /// Why it ended.
    pub end_reason: Option<Text>,
    /// The transaction of its INVITE.
    pub transaction: Option<Weak<Transaction>>,
    /// Record-Route entries that the INVITE came with.
    pub recorded: usize,
    /// The INVITE was cancelled.
    pub cancelled: bool,
    /// A BYE was seen.
    pub has_bye: bool,
    /// Answer and end crossed.
    pub race: bool,
}

impl Inner {
    /// How far it is.
    pub fn state(&self) -> State {
        self.so_far.unwrap_or(State::Unconfirmed)
    }

    /// Goes on to the state that follows; gives the one before and the new one.
    pub fn advance(&mut self, event: Event) -> (State, State) {
        let old = self.state();
        let (new, has_bye) = state::next(old, self.has_bye, event);
        self.so_far = Some(new);
        self.has_bye = has_bye;
        (old, new)
    }

    /// Whether it is answered and has not ended.
    pub fn is_talking(&self) -> bool {
        matches!(self.state(), State::Answered | State::Confirmed)
    }

    /// The leg that answered, or the first.
    pub fn callee(&self) -> usize {
        self.answered.max(1)
    }

    /// The leg of a party.
    pub fn leg_of(&self, party: Party) -> usize {
        if party == Party::Caller { CALLER } else { self.callee() }
    }

    /// The leg at the other end.
    pub fn other(&self, leg: usize) -> usize {
        if leg == CALLER { self.callee() } else { CALLER }
    }

    /// Adds a leg; `None` when there are too many.
    pub fn add_leg(&mut self, leg: Leg) -> Option<usize> {
        (self.legs.len() < LEGS_MAX).then(|| {
            self.legs.push(leg);
            self.legs.len() - 1
        })
    }

    /// It ends so many seconds from now.
    pub fn ends_in(&mut self, worker: &Worker, seconds: u32) {
        self.deadline = Some(Time(worker.now().0 + u64::from(seconds) * 1000));
        self.ends = worker.unix_us() / 1_000_000 + u64::from(seconds);
    }

    /// Notes why it ends, unless that is known.
    pub fn ends_because(&mut self, reason: &'static str) {
        self.end_reason.get_or_insert(Text::from_static(reason.as_bytes()));
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Time> {
        if self.state() == State::Deleted {
            return self.removal;
        }
        [self.deadline, self.next_ping, self.next_reinvite].into_iter().flatten().min()
    }

    /// A value by name.
    pub fn value(&self, name: &[u8]) -> Option<&Value> {
        self.values.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// Keeps a value, or forgets it; `false` when there are too many.
    pub fn set_value(&mut self, name: &[u8], value: Option<Value>) -> bool {
        let at = self.values.iter().position(|(n, _)| n == name);
        match (at, value.map(own_value)) {
            (Some(at), Some(value)) => self.values[at].1 = value,
            (Some(at), None) => drop(self.values.remove(at)),
            (None, Some(_)) if self.values.len() >= VALUES_MAX => return false,
            // the newest is listed first
            (None, Some(value)) => self.values.insert(0, (Text::copy_from_slice(name), value)),
            (None, None) => {}
        }
        true
    }
}

/// A value that shares nothing with a received message.
fn own_value(value: Value) -> Value {
    match value.stored() {
        Value::Text(text) => Value::Text(Text::copy_from_slice(&text)),
        Value::Short(text) => Value::Short(text),
        other => other,
    }
}

/// One call.
pub struct Call {
    /// Its name.
    pub id: DialogId,
    /// Its Call-ID.
    pub call_id: Text,
    /// From, without name and parameters.
    pub from_uri: Text,
    /// To, likewise.
    pub to_uri: Text,
    /// What changes. Held for single changes only; never while a shard of the table is locked.
    pub inner: Mutex<Inner>,
}

/// Which request of a call it is, for the leg that it goes to.
pub struct Match {
    /// The leg; `None` when it is not known yet.
    pub to: Option<usize>,
    /// It goes to the caller.
    pub upstream: bool,
}

impl Call {
    /// Whether a request with these tags is one of this call, and who it goes to.
    pub fn matches(&self, from_tag: &[u8], to_tag: &[u8]) -> Option<Match> {
        let inner = self.inner.lock();
        let caller = &inner.legs.first()?.tag;
        let (upstream, callee_tag) = if caller == from_tag {
            (false, to_tag)
        } else if caller == to_tag {
            (true, from_tag)
        } else {
            return None;
        };
        if inner.legs.len() == 1 {
            return callee_tag.is_empty().then_some(Match { to: upstream.then_some(CALLER), upstream });
        }
        let leg = inner.legs.iter().skip(1).position(|l| l.tag == callee_tag)? + 1;
        Some(Match { to: Some(if upstream { CALLER } else { leg }), upstream })
    }

    /// The transaction of its INVITE, while it lasts.
    pub fn transaction(&self) -> Option<Arc<Transaction>> {
        self.inner.lock().transaction.as_ref()?.upgrade()
    }
}

impl Dialog for Call {
    fn id(&self) -> DialogId {
        self.id
    }

    fn state(&self) -> State {
        self.inner.lock().state()
    }

    fn call_id(&self) -> Text {
        self.call_id.clone()
    }

    fn side(&self, party: Party) -> Side {
        let inner = self.inner.lock();
        let Some(leg) = inner.legs.get(inner.leg_of(party)) else { return Side::default() };
        let routes = leg.routes.iter().filter_map(uri_of).collect();
        Side {
            tag: leg.tag.clone(),
            contact: leg.contact.clone(),
            routes,
            socket: leg.socket,
            shown_contact: leg.shown_contact.clone(),
        }
    }

    fn value(&self, name: &[u8]) -> Option<Value> {
        self.inner.lock().value(name).cloned()
    }

    fn set_value(&self, name: &[u8], value: Option<Value>) -> bool {
        self.inner.lock().set_value(name, value)
    }

    fn set_lifetime(&self, worker: &Rc<Worker>, seconds: u32) {
        if let Some(calls) = worker.shared.state::<Calls>() {
            ending::set_lifetime(worker, calls, self, seconds);
        }
    }

    fn end_by_timeout(&self, bye: bool) {
        self.inner.lock().options.bye_on_timeout = bye;
    }

    fn end(&self, worker: &Rc<Worker>, reason: &'static str) {
        let Some(calls) = worker.shared.state::<Calls>() else { return };
        if let Some(call) = calls.table.by_id(self.id) {
            call.inner.lock().ends_because(reason);
            ending::end(worker, &call, Text::new());
        }
    }

    fn hide_topology(&self, how: u32) {
        self.inner.lock().hides_topology = Some(how);
    }

    fn hides_topology(&self) -> Option<u32> {
        self.inner.lock().hides_topology
    }

    fn show_call_id(&self, call_id: Text) {
        self.inner.lock().shown_call_id = Some(call_id);
    }

    fn renumber(&self, to: Party, received: u32, is_invite: bool) -> u32 {
        let mut inner = self.inner.lock();
        let leg = inner.leg_of(to);
        let Some(leg) = inner.legs.get_mut(leg) else { return received.wrapping_add(1) };
        leg.made_cseq.get_or_insert(leg.cseq.max(received));
        leg.changed_cseq(received, is_invite).unwrap_or(received)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
