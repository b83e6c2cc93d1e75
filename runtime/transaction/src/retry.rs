//! Retransmission over unreliable transports (RFC 3261 17.1.1.2, 17.1.2.2, 17.2.1).

use crate::{Settings, Time};

/// When to send again, and the interval after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retry {
    pub at: Time,
    interval: u64,
}

impl Retry {
    /// First after T1, then twice as long each time up to T2.
    pub fn start(now: Time, s: &Settings) -> Retry {
        Retry { at: now + s.t1, interval: s.t1 }
    }

    /// Every T2: a non-INVITE request that had a provisional reply.
    pub fn slow(now: Time, s: &Settings) -> Retry {
        Retry { at: now + s.t2, interval: s.t2 }
    }

    /// After a retransmission.
    pub fn next(self, now: Time, s: &Settings) -> Retry {
        let interval = (self.interval * 2).min(s.t2);
        Retry { at: now + interval, interval }
    }
}
