//! Events about users and contacts. What a change did is found by comparing a record before and after, and only when a
//! script subscribed to one of the events; raising them is work of the first worker.

use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;
use sipc_engine::Value;
use sipc_engine::context::Named;
use sipc_engine::events::{EventId, named, raise_from_outside};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;

use crate::Contact;

/// The events, in the order of [`What`].
pub(crate) const EVENTS: &[&str] = &[
    "E_UL_AOR_INSERT",
    "E_UL_AOR_DELETE",
    "E_UL_CONTACT_INSERT",
    "E_UL_CONTACT_DELETE",
    "E_UL_CONTACT_UPDATE",
    "E_UL_LATENCY_UPDATE",
];

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    UserAdded,
    UserRemoved,
    Added,
    Removed,
    Updated,
    Latency,
}

/// Who is told of changes.
#[derive(Default)]
pub(crate) struct Watch {
    events: Vec<EventId>,
    process: OnceLock<Weak<Shared>>,
    /// `latency_event_min_us` and `latency_event_min_us_delta`.
    latency: (u64, u64),
}

impl Watch {
    pub(crate) fn new(setup: &Setup) -> Watch {
        let number = |name| u64::try_from(setup.int("usrloc", name, 0)).unwrap_or(0);
        Watch {
            events: EVENTS.iter().filter_map(|name| setup.events.publish(name.as_bytes())).collect(),
            process: OnceLock::new(),
            latency: (number("latency_event_min_us"), number("latency_event_min_us_delta")),
        }
    }

    /// From now on events can be raised.
    pub(crate) fn start(&self, shared: &Arc<Shared>) {
        // every worker says the same
        let _ = self.process.set(Arc::downgrade(shared));
    }

    /// The process, when anybody listens.
    pub(crate) fn listening(&self) -> Option<Arc<Shared>> {
        let shared = self.process.get()?.upgrade()?;
        self.events.iter().any(|id| shared.events.is_wanted(*id)).then_some(shared)
    }

    /// Tells what became of the contacts of a user.
    pub(crate) fn tell(
        &self,
        shared: &Shared,
        (table, aor): (&Bytes, &Bytes),
        before: &[Contact],
        after: &[Contact],
    ) {
        let raise = |what: What, contact: Option<&Contact>| {
            let Some(id) = self.events.get(what as usize) else { return };
            if shared.events.is_wanted(*id) {
                // beyond the bound of what may wait, events are lost as anywhere
                raise_from_outside(shared, *id, params(shared, table, aor, contact));
            }
        };
        if before.is_empty() && !after.is_empty() {
            raise(What::UserAdded, None);
        }
        for (what, contact) in self.compare(before, after) {
            raise(what, Some(contact));
        }
        if after.is_empty() && !before.is_empty() {
            raise(What::UserRemoved, None);
        }
    }

    fn compare<'a>(&self, before: &'a [Contact], after: &'a [Contact]) -> Vec<(What, &'a Contact)> {
        let mut found = Vec::new();
        for new in after {
            match before.iter().find(|old| old.id == new.id) {
                None => found.push((What::Added, new)),
                Some(old)
                    if (old.cseq, old.expires, old.modified) != (new.cseq, new.expires, new.modified) =>
                {
                    found.push((What::Updated, new));
                }
                Some(old) if old.latency_us != new.latency_us && self.tells_latency(old, new) => {
                    found.push((What::Latency, new));
                }
                Some(_) => {}
            }
        }
        let gone = before.iter().filter(|old| after.iter().all(|new| new.id != old.id));
        found.extend(gone.map(|old| (What::Removed, old)));
        found
    }

    /// Above a minimum or after a change of some size, when one of them is set; else always.
    fn tells_latency(&self, old: &Contact, new: &Contact) -> bool {
        let (min, delta) = self.latency;
        let change = new.latency_us.abs_diff(old.latency_us);
        min == 0 && delta == 0
            || min > 0 && new.latency_us >= min
            || delta > 0 && old.latency_us > 0 && change >= delta
    }
}

fn params(shared: &Shared, table: &Bytes, aor: &Bytes, contact: Option<&Contact>) -> Vec<Named> {
    let text = |t: &Bytes| Value::Text(t.clone());
    let optional = |t: &Option<Bytes>| Value::Text(t.clone().unwrap_or_default());
    let number = |n: u64| Value::Int(i32::try_from(n).unwrap_or(i32::MAX));
    let mut all = vec![named("domain", text(table)), named("aor", text(aor))];
    if let Some(c) = contact {
        let socket = shared.sockets.get(usize::from(c.socket.0)).map(|s| s.uri.clone());
        all.extend([
            named("uri", text(&c.uri)),
            named("received", optional(&c.received)),
            named("path", optional(&c.path)),
            named("qval", Value::Int(c.q.map_or(-1, i32::from))),
            named("user_agent", text(&c.user_agent)),
            named("socket", optional(&socket)),
            named("bflags", number(c.branch_flags.into())),
            named("expires", number(c.expires)),
            named("callid", text(&c.call_id)),
            named("cseq", number(c.cseq.into())),
            named("attr", optional(&c.attr)),
            named("latency", number(c.latency_us)),
            named("shtag", Value::Text(Bytes::new())),
        ]);
    }
    all
}
