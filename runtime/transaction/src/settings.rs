//! Timer lengths and policies of one transaction.

use crate::Time;

/// Timer values in milliseconds, and policies; OpenSIPS' defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// T1: first retransmission interval.
    pub t1: u64,
    /// T2: longest retransmission interval.
    pub t2: u64,
    /// `fr_timeout`: until any reply (INVITE) or the final one (others) must have come.
    pub final_response: u64,
    /// `fr_inv_timeout`: until the final reply of an INVITE that had a provisional one.
    pub invite_final_response: u64,
    /// `wt_timer`: how long a completed transaction absorbs retransmissions.
    pub wait: u64,
    /// `restart_fr_on_each_reply`: each provisional reply starts `invite_final_response` anew.
    pub restart_on_each_reply: bool,
    /// `disable_6xx_block`: a 6xx does not end the other branches nor forbids new ones.
    pub disable_6xx_block: bool,
}

impl Settings {
    /// When a wait for a final reply ends: on a whole second, so that timers of many calls fire
    /// together, at most a second early but never before half the time. OpenSIPS counts whole seconds too.
    pub(crate) fn deadline(&self, now: Time, ms: u64) -> Time {
        let exact = (now + ms).0;
        Time((exact - exact % 1000).max((now + ms / 2).0))
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            t1: 500,
            t2: 4_000,
            final_response: 30_000,
            invite_final_response: 120_000,
            wait: 5_000,
            restart_on_each_reply: true,
            disable_6xx_block: false,
        }
    }
}
