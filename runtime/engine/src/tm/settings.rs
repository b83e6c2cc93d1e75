//! Settings and statistics of the transaction layer; module `tm` fills them while starting.

use sipc_interface::RouteKind;
use sipc_transaction::{Settings, Timeout};

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
    /// `local_request_route`: shown the requests that are made here.
    pub request_watcher: Option<Watcher>,
    /// `local_reply_route`: shown the replies that are made here.
    pub reply_watcher: Option<Watcher>,
}

/// A route that is shown what leaves, and changes none of it.
#[derive(Debug, Clone)]
pub struct Watcher {
    /// The kind of the block that it is.
    pub kind: RouteKind,
    /// Its name.
    pub name: String,
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
            request_watcher: None,
            reply_watcher: None,
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
    /// Requests and CANCELs sent again after T1, 2 T1 and 4 T1, and those every T2.
    pub resent_requests: [Counter; 4],
    /// Replies sent again.
    pub resent_replies: Counter,
    /// Branches that got no reply within `fr_timeout`.
    pub timeouts: Counter,
    /// Branches of INVITEs that got no final reply within `fr_inv_timeout`.
    pub invite_timeouts: Counter,
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
            resent_requests: [
                c("retransmission_req_T1_1"),
                c("retransmission_req_T1_2"),
                c("retransmission_req_T1_3"),
                c("retransmission_req_T2"),
            ],
            resent_replies: c("retransmission_rpl_T2"),
            timeouts: c("timeout_finalresponse"),
            invite_timeouts: c("timeout_finalresponse_inv"),
        }
    }

    /// Counts a branch that waited in vain.
    pub(super) fn count_timeout(&self, which: Timeout) {
        match which {
            Timeout::FinalResponse => self.timeouts.increment(),
            Timeout::InviteFinalResponse => self.invite_timeouts.increment(),
        }
    }

    /// Counts a final reply.
    pub fn count_final(&self, code: u16) {
        if let Some(c) = usize::from(code / 100).checked_sub(2).and_then(|i| self.completed.get(i)) {
            c.increment();
        }
    }
}
