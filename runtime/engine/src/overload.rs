//! Overload control between neighbouring SIP servers (RFC 7339), by loss.
//!
//! As a client, this server says in its Via that it understands `oc`; a server in trouble answers with the percentage of
//! requests that it wants to be spared and for how long, and that part of new work goes to another server or gets 503 here,
//! which costs less than a timeout there. As a server, it answers clients that ask with its own percentage: the fuller
//! the table of transactions, the higher.
//!
//! Requests within dialogs and those with Resource-Priority are never shed (RFC 7339 section 5.10.1).

use std::collections::HashMap;
use std::net::SocketAddr;

use parking_lot::RwLock;
use sipc_sip::{Message, Method, Overload as Offer, Via};

/// How long a report counts that does not say so, milliseconds (RFC 7339 section 4.3).
const VALIDITY_MS: u64 = 500;
/// Reports of so many servers are kept.
const SERVERS_MAX: usize = 4096;
/// Below this share of its bound the table of transactions asks nobody to send less, percent.
const CALM_PERCENT: u64 = 80;

/// What a server wants.
#[derive(Debug, Clone, Copy)]
struct Report {
    loss: u8,
    until_ms: u64,
    /// `oc-seq`: reports may overtake each other.
    sequence: f64,
}

/// What neighbours want, and whether any of this is done.
#[derive(Default)]
pub struct Overload {
    on: bool,
    reports: RwLock<HashMap<SocketAddr, Report>>,
}

impl Overload {
    /// Understood and offered when `on`.
    pub fn new(on: bool) -> Overload {
        Overload { on, ..Overload::default() }
    }

    /// The parameters of our Via that say that reports are understood.
    pub fn via_params(&self) -> &'static [u8] {
        if self.on { b";oc;oc-algo=\"loss\"" } else { b"" }
    }

    /// Notes what a server says in our Via of its reply.
    pub fn heard(&self, server: SocketAddr, reply: &Message, now_ms: u64) {
        if !self.on {
            return;
        }
        let Some(Ok(via)) = reply.via() else { return };
        let Some(report) = report(&via, now_ms) else { return };
        let mut reports = self.reports.write();
        if reports.get(&server).is_some_and(|old| old.sequence > report.sequence && old.until_ms > now_ms) {
            return;
        }
        if reports.len() >= SERVERS_MAX && !reports.contains_key(&server) {
            reports.retain(|_, r| r.until_ms > now_ms);
        }
        if report.loss == 0 {
            reports.remove(&server);
        } else if reports.len() < SERVERS_MAX {
            reports.insert(server, report);
        }
    }

    /// Whether a request is to be spared a server; `random` decides which part of them.
    pub fn sheds(
        &self,
        server: SocketAddr,
        request: &Message,
        now_ms: u64,
        random: impl FnOnce() -> u64,
    ) -> bool {
        if !self.on || is_exempt(request) {
            return false;
        }
        let report = self.reports.read().get(&server).copied();
        report.is_some_and(|r| r.until_ms > now_ms && random() % 100 < u64::from(r.loss))
    }

    /// What a client that asked is told, when there are `used` transactions of at most `most`.
    pub fn offer(&self, request: &Message, used: u64, most: u64, now_ms: u64) -> Option<Offer> {
        if !self.on {
            return None;
        }
        let asked = request.via().and_then(Result::ok).is_some_and(|via| via.known.oc.is_some());
        asked.then(|| Offer { loss: loss(used, most), validity_ms: VALIDITY_MS, sequence_ms: now_ms })
    }
}

/// From nothing at 80 % to everything at 100 %.
fn loss(used: u64, most: u64) -> u8 {
    let percent = used.saturating_mul(100) / most.max(1);
    let above = percent.saturating_sub(CALM_PERCENT).min(100 - CALM_PERCENT);
    u8::try_from(above * 100 / (100 - CALM_PERCENT)).unwrap_or(100)
}

fn is_exempt(request: &Message) -> bool {
    request.to_tag().is_some()
        || matches!(request.method(), Some(Method::Ack | Method::Cancel))
        || request.find_name(b"Resource-Priority").is_some()
}

fn report(via: &Via<'_>, now_ms: u64) -> Option<Report> {
    let loss = via.known.oc?.value.and_then(sipc_sip::number)?;
    let param = |name: &[u8]| via.params.value(name);
    let algorithm = param(b"oc-algo").map_or(&b"loss"[..], sipc_sip::unquote);
    if algorithm != b"loss" {
        return None;
    }
    let validity = param(b"oc-validity").and_then(sipc_sip::number).map_or(VALIDITY_MS, u64::from);
    let sequence = param(b"oc-seq").and_then(|s| std::str::from_utf8(s).ok()?.parse().ok());
    Some(Report {
        loss: if validity == 0 { 0 } else { u8::try_from(loss.min(100)).unwrap_or(100) },
        until_ms: now_ms.saturating_add(validity),
        sequence: sequence.filter(|s: &f64| s.is_finite()).unwrap_or(0.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn reply(params: &str) -> Message {
        let text = format!("SIP/2.0 100 Trying\r\nVia: SIP/2.0/UDP us;branch=z9hG4bK1{params}\r\n\r\n");
        Message::parse(Bytes::from(text)).expect("a reply")
    }

    fn invite(more: &str) -> Message {
        let text = format!("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK2;oc\r\n{more}\r\n");
        Message::parse(Bytes::from(text)).expect("a request")
    }

    fn server() -> SocketAddr {
        "192.0.2.1:5060".parse().expect("an address")
    }

    #[test]
    fn reports_count_for_their_time_and_in_their_order() {
        let control = Overload::new(true);
        let sheds = |now, random| control.sheds(server(), &invite(""), now, || random);
        control.heard(server(), &reply(";oc=20;oc-algo=\"loss\";oc-validity=1000;oc-seq=5.2"), 0);
        assert!(sheds(999, 19) && !sheds(999, 20) && !sheds(1000, 0));
        control.heard(server(), &reply(";oc=90;oc-algo=\"loss\";oc-seq=5.1"), 10);
        assert!(!sheds(20, 50), "an older report");
        control.heard(server(), &reply(";oc=0;oc-algo=\"loss\";oc-validity=0;oc-seq=6"), 20);
        assert!(!sheds(30, 0), "it is well again");
        for other in [";oc=50;oc-algo=\"rate\"", ";oc", ";oc=x", ""] {
            control.heard(server(), &reply(other), 40);
            assert!(!sheds(50, 0), "{other}");
        }
    }

    #[test]
    fn calls_in_progress_and_priority_pass() {
        let control = Overload::new(true);
        control.heard(server(), &reply(";oc=100;oc-validity=1000"), 0);
        for (more, shed) in
            [("", true), ("To: <sip:a@b>;tag=1\r\n", false), ("Resource-Priority: esnet.0\r\n", false)]
        {
            assert_eq!(control.sheds(server(), &invite(more), 1, || 0), shed, "{more}");
        }
    }

    #[test]
    fn the_fuller_the_more() {
        let losses: Vec<u8> = [0, 79, 80, 90, 100, 120].iter().map(|used| loss(*used, 100)).collect();
        assert_eq!(losses, [0, 0, 0, 50, 100, 100]);
        let control = Overload::new(true);
        assert_eq!(control.offer(&invite(""), 90, 100, 7).map(|o| o.loss), Some(50));
        let quiet =
            Message::parse(Bytes::from_static(b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP c\r\n\r\n"));
        assert!(control.offer(&quiet.expect("a request"), 90, 100, 7).is_none(), "nobody asked");
        assert!(Overload::new(false).offer(&invite(""), 90, 100, 7).is_none());
    }
}
