//! Pings: OPTIONS and INVITEs that find out whether a party is still there.

use std::rc::Rc;
use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::dialogs::Party;
use sipc_engine::tm::local::OnComplete;
use sipc_engine::worker::Worker;
use sipc_transaction::Time;

use crate::call::{Call, Inner};
use crate::leg::{Leg, Ping};
use crate::within::{self, Content};
use crate::{Calls, ending};

/// The two sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Options,
    Reinvite,
}

impl Sort {
    fn of(self, leg: &mut Leg) -> &mut Ping {
        match self {
            Sort::Options => &mut leg.ping,
            Sort::Reinvite => &mut leg.reinvite,
        }
    }

    fn wants(self, inner: &Inner, party: Party) -> bool {
        let options = &inner.options;
        match (self, party) {
            (Sort::Options, Party::Caller) => options.ping_caller,
            (Sort::Options, Party::Callee) => options.ping_callee,
            (Sort::Reinvite, Party::Caller) => options.reinvite_caller,
            (Sort::Reinvite, Party::Callee) => options.reinvite_callee,
        }
    }

    fn reason(self, party: Party) -> &'static str {
        match (self, party) {
            (Sort::Options, Party::Caller) => "Caller Ping Timeout",
            (Sort::Options, Party::Callee) => "Callee Ping Timeout",
            (Sort::Reinvite, Party::Caller) => "Caller ReINVITE Ping Timeout",
            (Sort::Reinvite, Party::Callee) => "Callee ReINVITE Ping Timeout",
        }
    }
}

const PARTIES: [Party; 2] = [Party::Caller, Party::Callee];

/// A call is acknowledged: the first pings follow in an interval.
pub fn begin(calls: &Calls, call: &Call, now: Time) {
    let after = |seconds: u32| Some(Time(now.0 + u64::from(seconds) * 1000));
    {
        let mut inner = call.inner.lock();
        let wants = |inner: &Inner, sort: Sort| PARTIES.iter().any(|p| sort.wants(inner, *p));
        if wants(&inner, Sort::Options) {
            inner.next_ping = after(calls.parameters.ping_interval);
        }
        if wants(&inner, Sort::Reinvite) {
            inner.next_reinvite = after(calls.parameters.reinvite_interval);
        }
    }
    ending::schedule(calls, call);
}

/// Sends the pings that are due.
pub fn due(worker: &Rc<Worker>, calls: &Calls, call: &Arc<Call>, now: Time) {
    let is_due = |at: Option<Time>| at.is_some_and(|at| at <= now);
    let (options, reinvite) = {
        let mut inner = call.inner.lock();
        let due = (is_due(inner.next_ping), is_due(inner.next_reinvite));
        let after = |seconds: u32| Some(Time(now.0 + u64::from(seconds) * 1000));
        if due.0 {
            inner.next_ping = after(calls.parameters.ping_interval);
        }
        if due.1 {
            inner.next_reinvite = after(calls.parameters.reinvite_interval);
        }
        due
    };
    for (sort, is_due) in [(Sort::Options, options), (Sort::Reinvite, reinvite)] {
        for party in PARTIES.into_iter().filter(|_| is_due) {
            ping(worker, call, sort, party);
        }
    }
}

fn ping(worker: &Rc<Worker>, call: &Arc<Call>, sort: Sort, party: Party) {
    let (to, content) = {
        let mut inner = call.inner.lock();
        let to = inner.leg_of(party);
        if !sort.wants(&inner, party) {
            return;
        }
        let content = content(&inner, sort, to);
        let Some(leg) = inner.legs.get_mut(to) else { return };
        if *sort.of(leg) != Ping::Answered {
            return;
        }
        *sort.of(leg) = Ping::Waiting;
        (to, content)
    };
    let method = if sort == Sort::Options { "OPTIONS" } else { "INVITE" };
    let pinged = call.clone();
    let done: OnComplete = Box::new(move |worker, code, reply| {
        // 408 without a reply: silence; 481: the party knows nothing of the call
        let gone = reply.is_none() || code == 408 || code == 481;
        answered(worker, &pinged, sort, party, to, gone);
    });
    if !within::send(worker, call, to, method, &content, done)
        && let Some(leg) = call.inner.lock().legs.get_mut(to)
    {
        // it has not told its contact: it cannot be pinged
        *sort.of(leg) = Ping::Answered;
    }
}

/// An INVITE offers the session that the party knows.
fn content(inner: &Inner, sort: Sort, to: usize) -> Content {
    if sort == Sort::Options {
        return Content::default();
    }
    let sent = inner.legs.get(to).and_then(|l| l.sent_sdp.clone());
    let body = sent.or_else(|| inner.legs.get(inner.other(to))?.sdp.clone()).unwrap_or_default();
    Content { headers: Text::from_static(b"Content-Type: application/sdp\r\n"), body, with_contact: true }
}

fn answered(worker: &Rc<Worker>, call: &Arc<Call>, sort: Sort, party: Party, to: usize, gone: bool) {
    {
        let mut inner = call.inner.lock();
        let Some(leg) = inner.legs.get_mut(to) else { return };
        *sort.of(leg) = if gone { Ping::Failed } else { Ping::Answered };
        if !gone {
            return;
        }
        inner.ends_because(sort.reason(party));
        (inner.next_ping, inner.next_reinvite) = (None, None);
    }
    ending::end(worker, call, Text::new());
}
