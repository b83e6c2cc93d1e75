//! Retransmission over unreliable transports (RFC 3261 17.1.1.2, 17.1.2.2, 17.2.1).

use crate::{Settings, Time};

/// When to send again, and the interval after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retry {
    pub at: Time,
    /// Milliseconds, narrow: each branch keeps two of these.
    interval: u32,
    /// Which retransmission was the last one: 1 to 3 after T1, 2 T1 and 4 T1, 4 for those every T2; 0 before any.
    pub step: u8,
}

impl Retry {
    /// First after T1, then twice as long each time up to T2.
    pub fn start(now: Time, s: &Settings) -> Retry {
        Retry { at: now + s.t1, interval: narrow(s.t1), step: 0 }
    }

    /// Every T2: a non-INVITE request that had a provisional reply.
    pub fn slow(now: Time, s: &Settings) -> Retry {
        Retry { at: now + s.t2, interval: narrow(s.t2), step: 3 }
    }

    /// After a retransmission.
    pub fn next(self, now: Time, s: &Settings) -> Retry {
        let interval = (u64::from(self.interval) * 2).min(s.t2);
        Retry { at: now + interval, interval: narrow(interval), step: (self.step + 1).min(4) }
    }
}

/// 49 days are as good as for ever.
fn narrow(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}
