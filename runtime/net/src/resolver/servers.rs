//! RFC 3263 section 4 over any source of records: which servers a request may go to, best first.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};

use sipc_engine::network::{Destination, Target, Transport};

/// More servers of a name are not tried.
pub const SERVERS_MAX: usize = 32;
/// And no more questions are asked to find them: records can name thousands of others.
pub const QUESTIONS_MAX: usize = SERVERS_MAX + 8;

/// One NAPTR record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naptr {
    /// Lower ones come first.
    pub order: u16,
    /// Of one order, lower ones come first.
    pub preference: u16,
    /// `s`: the replacement is a name with SRV records.
    pub flags: Vec<u8>,
    /// `SIP+D2U` and the like.
    pub services: Vec<u8>,
    /// Not for us, when there is one.
    pub regexp: Vec<u8>,
    /// Where to go on.
    pub replacement: String,
}

/// One SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// Lower ones come first.
    pub priority: u16,
    /// Of one priority, the share of requests.
    pub weight: u16,
    /// Port.
    pub port: u16,
    /// Host.
    pub target: String,
}

/// A source of records. What is not there, or cannot be found out, is empty.
pub(crate) trait Records {
    /// NAPTR records.
    async fn naptr(&self, name: &str) -> Vec<Naptr>;
    /// SRV records.
    async fn srv(&self, name: &str) -> Vec<Srv>;
    /// A records, and AAAA records where they are wanted.
    async fn addresses(&self, name: &str) -> Vec<IpAddr>;
}

/// A source of records that can be asked so many more questions.
struct Bounded<'a, R> {
    records: &'a R,
    left: Cell<usize>,
}

impl<R> Bounded<'_, R> {
    fn may_ask(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

impl<R: Records> Records for Bounded<'_, R> {
    async fn naptr(&self, name: &str) -> Vec<Naptr> {
        if self.may_ask() { self.records.naptr(name).await } else { Vec::new() }
    }

    async fn srv(&self, name: &str) -> Vec<Srv> {
        if self.may_ask() { self.records.srv(name).await } else { Vec::new() }
    }

    async fn addresses(&self, name: &str) -> Vec<IpAddr> {
        if self.may_ask() { self.records.addresses(name).await } else { Vec::new() }
    }
}

/// What the site is and wants.
pub struct Rules {
    /// Transports that it has sockets for.
    pub served: Vec<Transport>,
    /// NAPTR records are asked for.
    pub naptr: bool,
    /// A source of numbers for weights.
    pub random: Cell<u64>,
}

impl Rules {
    /// A number below a bound.
    fn below(&self, bound: u32) -> u32 {
        let mut x = self.random.get() | 1;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        u32::try_from((x >> 32) % u64::from(bound.max(1))).unwrap_or(0)
    }

    /// The servers of a name, best first.
    pub(crate) async fn servers(
        &self,
        records: &impl Records,
        host: &str,
        target: &Target,
    ) -> Vec<Destination> {
        let records = &Bounded { records, left: Cell::new(QUESTIONS_MAX) };
        let plain = if target.secure { Transport::Tls } else { Transport::Udp };
        let transport = target.transport.unwrap_or(plain);
        if target.port.is_none() {
            if self.naptr && target.transport.is_none() {
                let found = self.by_naptr(records, host, target.secure).await;
                if !found.is_empty() {
                    return found;
                }
            }
            let found = self.by_srv(records, &srv_name(host, transport), transport).await;
            if !found.is_empty() {
                return found;
            }
        }
        let port = target.port.unwrap_or(transport.default_port());
        let mut found = at(records.addresses(host).await, transport, port);
        found.truncate(SERVERS_MAX);
        found
    }

    /// The servers of all services that the site speaks, in the order of the records.
    async fn by_naptr(&self, records: &impl Records, host: &str, secure: bool) -> Vec<Destination> {
        let all = records.naptr(host).await;
        let spoken = |n: Naptr| Some((transport_of(&n, secure)?, n));
        let mut usable: Vec<(Transport, Naptr)> =
            all.into_iter().filter_map(spoken).filter(|(t, _)| self.served.contains(t)).collect();
        usable.sort_by_key(|(_, n)| (n.order, n.preference));
        let mut found = Vec::new();
        for (transport, naptr) in usable {
            found.extend(self.by_srv(records, &naptr.replacement, transport).await);
            if found.len() >= SERVERS_MAX {
                break;
            }
        }
        found.truncate(SERVERS_MAX);
        found
    }

    async fn by_srv(&self, records: &impl Records, name: &str, transport: Transport) -> Vec<Destination> {
        let all = records.srv(name).await;
        let mut found = Vec::new();
        for srv in self.sorted(all) {
            found.extend(at(records.addresses(&srv.target).await, transport, srv.port));
            if found.len() >= SERVERS_MAX {
                break;
            }
        }
        found.truncate(SERVERS_MAX);
        found
    }

    /// By priority; those of one priority drawn by their weights (RFC 2782).
    fn sorted(&self, mut all: Vec<Srv>) -> Vec<Srv> {
        // a single dot says that there is no such service
        all.retain(|s| !matches!(s.target.as_str(), "." | ""));
        all.sort_by_key(|s| (s.priority, s.weight));
        let mut sorted = Vec::with_capacity(all.len());
        while let Some(priority) = all.first().map(|s| s.priority) {
            let equals = all.iter().take_while(|s| s.priority == priority).count();
            let sum: u32 = all[..equals].iter().map(|s| u32::from(s.weight)).sum();
            let drawn = self.below(sum + 1);
            let mut running = 0;
            let reaches = |s: &Srv| {
                running += u32::from(s.weight);
                running >= drawn
            };
            let picked = all[..equals].iter().position(reaches).unwrap_or(0);
            sorted.push(all.remove(picked));
        }
        sorted
    }
}

fn at(addresses: Vec<IpAddr>, transport: Transport, port: u16) -> Vec<Destination> {
    addresses.into_iter().map(|ip| Destination::new(transport, SocketAddr::new(ip, port))).collect()
}

/// The transport that a record stands for; `None`: not for us.
fn transport_of(naptr: &Naptr, secure: bool) -> Option<Transport> {
    let terminal = naptr.flags.eq_ignore_ascii_case(b"s") && naptr.regexp.is_empty();
    if !terminal || matches!(naptr.replacement.as_str(), "." | "") {
        return None;
    }
    match naptr.services.to_ascii_lowercase().as_slice() {
        b"sips+d2t" => Some(Transport::Tls),
        b"sip+d2t" if !secure => Some(Transport::Tcp),
        b"sip+d2u" if !secure => Some(Transport::Udp),
        _ => None,
    }
}

fn srv_name(host: &str, transport: Transport) -> String {
    let (scheme, protocol) = match transport {
        Transport::Tls => ("_sips", "_tcp"),
        Transport::Tcp => ("_sip", "_tcp"),
        Transport::Sctp => ("_sip", "_sctp"),
        Transport::Ws => ("_sip", "_ws"),
        Transport::Wss => ("_sips", "_ws"),
        Transport::Udp => ("_sip", "_udp"),
    };
    format!("{scheme}.{protocol}.{host}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[derive(Default)]
    struct Zone {
        asked: Cell<usize>,
        naptr: Vec<Naptr>,
        srv: HashMap<&'static str, Vec<Srv>>,
    }

    impl Records for Zone {
        async fn naptr(&self, _name: &str) -> Vec<Naptr> {
            self.asked.set(self.asked.get() + 1);
            self.naptr.clone()
        }

        async fn srv(&self, name: &str) -> Vec<Srv> {
            self.asked.set(self.asked.get() + 1);
            self.srv.get(name).cloned().unwrap_or_default()
        }

        /// `n1` has 192.0.2.1, and so on.
        async fn addresses(&self, name: &str) -> Vec<IpAddr> {
            self.asked.set(self.asked.get() + 1);
            let number = name.strip_prefix('n').and_then(|n| n.parse().ok());
            number.map(|n: u8| IpAddr::from([192, 0, 2, n])).into_iter().collect()
        }
    }

    fn naptr(order: u16, preference: u16, services: &str, replacement: &str) -> Naptr {
        let (flags, regexp, replacement) = (b"S".to_vec(), Vec::new(), replacement.to_owned());
        Naptr { order, preference, flags, services: services.into(), regexp, replacement }
    }

    fn srv(priority: u16, weight: u16, port: u16, target: &str) -> Srv {
        Srv { priority, weight, port, target: target.to_owned() }
    }

    fn rules(served: &[Transport]) -> Rules {
        Rules { served: served.to_vec(), naptr: true, random: Cell::new(0x9e37_79b9_7f4a_7c15) }
    }

    const ALL: &[Transport] = &[Transport::Udp, Transport::Tcp, Transport::Tls];

    fn find(rules: &Rules, zone: &Zone, host: &str, change: impl FnOnce(&mut Target)) -> Vec<String> {
        let mut target = Target { host: host.to_owned().into(), port: None, transport: None, secure: false };
        change(&mut target);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let found = runtime.block_on(rules.servers(zone, host, &target));
        found.iter().map(|d| format!("{}:{}", d.transport.lower_name(), d.address)).collect()
    }

    fn zone() -> Zone {
        Zone {
            asked: Cell::new(0),
            naptr: vec![
                naptr(50, 20, "SIP+D2U", "u"),
                naptr(50, 10, "sip+d2t", "t"),
                naptr(90, 1, "SIPS+D2T", "s"),
                naptr(1, 1, "SIP+D2S", "sctp"),
                naptr(1, 1, "SIPS+D2U", "u"),
                naptr(1, 2, "E2U+sip", "u"),
                Naptr { flags: b"u".to_vec(), ..naptr(0, 0, "SIP+D2U", "u") },
                Naptr { regexp: b"!x!y!".to_vec(), ..naptr(0, 0, "SIP+D2U", "u") },
                naptr(0, 0, "SIP+D2U", "."),
            ],
            srv: HashMap::from([
                ("u", vec![srv(1, 0, 5060, "n1")]),
                ("t", vec![srv(2, 0, 5070, "n2"), srv(1, 0, 5071, "n3"), srv(3, 0, 5072, "gone")]),
                ("s", vec![srv(1, 0, 5061, "n4")]),
                ("_sip._udp.x", vec![srv(1, 0, 6000, "n5")]),
                ("_sips._tcp.x", vec![srv(1, 0, 6001, "n6"), srv(0, 0, 1, ".")]),
            ]),
        }
    }

    #[test]
    fn all_services_that_the_site_speaks_in_their_order() {
        let wanted = ["tcp:192.0.2.3:5071", "tcp:192.0.2.2:5070", "udp:192.0.2.1:5060", "tls:192.0.2.4:5061"];
        assert_eq!(find(&rules(ALL), &zone(), "x", |_| ()), wanted);
        assert_eq!(find(&rules(&ALL[..1]), &zone(), "x", |_| ()), ["udp:192.0.2.1:5060"]);
        assert_eq!(find(&rules(ALL), &zone(), "x", |t| t.secure = true), ["tls:192.0.2.4:5061"]);
    }

    #[test]
    fn what_is_known_is_not_asked_for() {
        let (all, zone) = (rules(ALL), zone());
        assert_eq!(find(&all, &zone, "x", |t| t.transport = Some(Transport::Tls)), ["tls:192.0.2.6:6001"]);
        assert_eq!(find(&all, &zone, "n9", |t| t.port = Some(7)), ["udp:192.0.2.9:7"]);
        let tls = |t: &mut Target| (t.port, t.secure) = (Some(7), true);
        assert_eq!(find(&all, &zone, "n9", tls), ["tls:192.0.2.9:7"]);
        let quiet = Rules { naptr: false, ..rules(ALL) };
        assert_eq!(find(&quiet, &zone, "x", |_| ()), ["udp:192.0.2.5:6000"]);
        let bare = Zone::default();
        assert_eq!(find(&all, &bare, "n9", |t| t.transport = Some(Transport::Tls)), ["tls:192.0.2.9:5061"]);
        assert!(find(&all, &bare, "y", |_| ()).is_empty());
    }

    #[test]
    fn of_one_priority_weights_decide_how_often_one_is_first() {
        let all = vec![srv(1, 80, 1, "a"), srv(1, 20, 2, "b"), srv(1, 0, 3, "c"), srv(0, 0, 4, "d")];
        let rules = rules(ALL);
        let mut first = HashMap::new();
        for _ in 0..10_000 {
            let sorted = rules.sorted(all.clone());
            assert_eq!((sorted.len(), sorted[0].target.as_str()), (4, "d"), "priority comes first");
            *first.entry(sorted[1].target.clone()).or_insert(0) += 1;
        }
        assert!((7_500..8_500).contains(&first["a"]), "{first:?}");
        assert!((1_500..2_500).contains(&first["b"]), "{first:?}");
        assert!(first["c"] < 400, "{first:?}");
    }

    #[test]
    fn the_number_of_servers_has_a_bound() {
        let many = (0..200).map(|n| srv(n, 0, 5060, "n1")).collect();
        let zone = Zone { srv: HashMap::from([("_sip._udp.x", many)]), ..Zone::default() };
        assert_eq!(find(&rules(ALL), &zone, "x", |_| ()).len(), SERVERS_MAX);
    }

    #[test]
    fn the_number_of_questions_has_a_bound() {
        let naptr = (0..100).map(|n| naptr(n, 0, "SIP+D2U", "many")).collect();
        let gone = (0..100).map(|n| srv(n, 0, 5060, "gone")).collect();
        let zone = Zone { naptr, srv: HashMap::from([("many", gone)]), ..Zone::default() };
        assert!(find(&rules(ALL), &zone, "x", |_| ()).is_empty());
        assert_eq!(zone.asked.get(), QUESTIONS_MAX, "it would be 10,000");
    }
}
