//! Settings and statistics of the transaction layer; module `tm` fills them while starting.

use sipc_transaction::Settings;

use crate::statistics::{Counter, Statistics};

/// What the parameters of module `tm` say.
#[derive(Debug, Clone)]
pub struct TmSettings {
    /// Timers and policies of new transactions.
    pub timers: Settings,
    /// `auto_100trying`: answer 100 to each INVITE at once.
    pub auto_100: bool,
    /// `onreply_avp_mode`: reply routes see the transaction's AVPs.
    pub reply_avps: bool,
    /// `ruri_matching`: compare R-URIs when matching requests of the old kind.
    pub ruri_matching: bool,
    /// `via1_matching`: compare top Vias when matching requests of the old kind.
    pub via1_matching: bool,
    /// `minor_branch_flag`, as a bit mask.
    pub minor_flag: u32,
    /// Most transactions at a time; beyond that new requests get 503.
    pub transactions_max: usize,
    /// `overload_control`: RFC 7339 is understood and offered.
    pub overload_control: bool,
}

impl Default for TmSettings {
    fn default() -> TmSettings {
        TmSettings {
            timers: Settings::default(),
            auto_100: true,
            reply_avps: false,
            ruri_matching: true,
            via1_matching: true,
            minor_flag: 0,
            transactions_max: 4_000_000,
            overload_control: false,
        }
    }
}

/// Statistics of module `tm`.
#[derive(Debug, Clone, Default)]
pub struct TmStatistics {
    /// Replies received for transactions.
    pub received_replies: Counter,
    /// Replies forwarded.
    pub relayed_replies: Counter,
    /// Replies made here.
    pub local_replies: Counter,
    /// Transactions for received requests.
    pub uas: Counter,
    /// Transactions for requests made here.
    pub uac: Counter,
    /// Transactions by the class of their final reply, 2xx to 6xx.
    pub completed: [Counter; 5],
    /// Transactions in memory.
    pub in_use: Counter,
    /// Branches that got no reply in time.
    pub timeouts: Counter,
}

impl TmStatistics {
    /// Registers them, when module `tm` is loaded.
    pub fn register(s: &Statistics, loaded: bool) -> TmStatistics {
        if !loaded {
            return TmStatistics::default();
        }
        let c = |name: &str| s.counter("tm", name);
        TmStatistics {
            received_replies: c("received_replies"),
            relayed_replies: c("relayed_replies"),
            local_replies: c("local_replies"),
            uas: c("UAS_transactions"),
            uac: c("UAC_transactions"),
            completed: [
                c("2xx_transactions"),
                c("3xx_transactions"),
                c("4xx_transactions"),
                c("5xx_transactions"),
                c("6xx_transactions"),
            ],
            in_use: {
                let counter = Counter::default();
                s.add("tm", "inuse_transactions", crate::statistics::Source::Permanent(counter.clone()));
                counter
            },
            timeouts: c("timeout_finalresponse"),
        }
    }

    /// Counts a final reply.
    pub fn count_final(&self, code: u16) {
        if let Some(c) = usize::from(code / 100).checked_sub(2).and_then(|i| self.completed.get(i)) {
            c.increment();
        }
    }
}
