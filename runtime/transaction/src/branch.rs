//! One branch: a client transaction (RFC 3261 17.1) and its CANCEL (9.1).

use crate::retry::Retry;
use crate::{Settings, Time};

/// Which timer of a branch ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// `fr_timeout`.
    FinalResponse,
    /// `fr_inv_timeout`.
    InviteFinalResponse,
}

/// How far cancelling went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cancelling {
    No,
    /// Wanted, but RFC 3261 9.1 forbids a CANCEL before a provisional reply.
    Wanted,
    /// Sent; retransmitted until answered or given up.
    Sent {
        retry: Option<Retry>,
        give_up: Time,
    },
    Done,
}

/// One branch.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The last reply code; 0 before any.
    pub last: u16,
    /// Whether a reply was really received (a timeout makes a 408 of its own).
    pub replied: bool,
    /// A provisional reply came, if only for a route to drop it: a CANCEL may follow the request (RFC 3261 9.1).
    pub(crate) heard: bool,
    /// Stands for branches to come; nothing was sent.
    pub phony: bool,
    /// A phony branch waits no more once there are so many branches.
    pub(crate) waits_until: Option<usize>,
    /// Does not hold back the decision when all others failed (`minor_branch_flag`).
    pub minor: bool,
    /// Its final code was made here, for want of a reply.
    pub(crate) given_up: bool,
    pub(crate) reliable: bool,
    pub(crate) retry: Option<Retry>,
    pub(crate) give_up: Option<(Time, Timeout)>,
    pub(crate) cancelling: Cancelling,
}

impl Branch {
    pub(crate) fn sent(now: Time, reliable: bool, s: &Settings) -> Branch {
        Branch {
            last: 0,
            replied: false,
            heard: false,
            phony: false,
            waits_until: None,
            minor: false,
            given_up: false,
            reliable,
            retry: (!reliable).then(|| Retry::start(now, s)),
            give_up: Some((s.deadline(now, s.final_response), Timeout::FinalResponse)),
            cancelling: Cancelling::No,
        }
    }

    pub(crate) fn waiting(until: Time) -> Branch {
        Branch {
            last: 0,
            replied: false,
            heard: false,
            phony: true,
            waits_until: None,
            minor: false,
            given_up: false,
            reliable: true,
            retry: None,
            give_up: Some((until, Timeout::InviteFinalResponse)),
            cancelling: Cancelling::No,
        }
    }

    /// Whether it stands for branches to come of which there are enough, `count` being all there are.
    pub(crate) fn is_satisfied(&self, count: usize) -> bool {
        self.phony && self.waits_until.is_some_and(|n| n <= count)
    }

    /// Whether a final reply of its own may still come: it was not given up, or was cancelled since.
    pub(crate) fn owes_final(&self) -> bool {
        let cancelled = self.given_up && matches!(self.cancelling, Cancelling::Sent { .. });
        !self.phony && (!self.is_final() || cancelled)
    }

    /// Whether it has its final reply.
    pub fn is_final(&self) -> bool {
        self.last >= 200
    }

    /// Which retransmission of the request, or of its CANCEL, was the last one: 1 to 3 after T1, 2 T1 and 4 T1, 4 for
    /// those every T2; 0 before any.
    pub fn resent(&self, cancel: bool) -> u8 {
        let retry = match self.cancelling {
            Cancelling::Sent { retry, .. } if cancel => retry,
            _ if cancel => None,
            _ => self.retry,
        };
        retry.map_or(0, |r| r.step)
    }

    pub(crate) fn stop_timers(&mut self) {
        self.retry = None;
        self.give_up = None;
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        let cancel = match self.cancelling {
            Cancelling::Sent { retry, give_up } => Some(retry.map_or(give_up, |r| r.at.min(give_up))),
            _ => None,
        };
        [self.retry.map(|r| r.at), self.give_up.map(|(at, _)| at), cancel].into_iter().flatten().min()
    }
}
