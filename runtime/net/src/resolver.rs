//! Finding servers (RFC 3263) over hickory, which caches what there is and what there is not with the lifetimes of the
//! records; with module `dns_cache` its cache does ([`kept`]).

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hickory_resolver::config::{LookupIpStrategy, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::{RuntimeProvider, TokioRuntimeProvider};
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use sipc_engine::name_cache::NameCache;
use sipc_engine::network::{Destination, NetError, Target};
use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::shared::Shared;

use crate::descriptors;

mod kept;
mod network;
mod servers;

use kept::{Answer, Keeping, Source};
use network::Bounded;
use servers::{Naptr, Srv};
pub use servers::{QUESTIONS_MAX, Rules, SERVERS_MAX};

/// One worker's resolver; `None` when the system has no usable configuration. It asks over the network of `P`.
pub struct Resolver<P: RuntimeProvider = TokioRuntimeProvider> {
    inner: Option<Rc<(Keeping<Hickory<P>>, Rules)>>,
}

struct Hickory<P: RuntimeProvider> {
    resolver: hickory_resolver::Resolver<Bounded<P>>,
    network: Bounded<P>,
    search: bool,
}

impl Resolver {
    /// From `/etc/resolv.conf` and what the script sets.
    pub fn from_system(shared: &Arc<Shared>, seed: u64) -> Resolver {
        let globals = &shared.globals;
        let mut served: Vec<_> = shared.sockets.iter().map(|s| s.transport).collect();
        served.dedup();
        let rules = Rules { served, naptr: globals.dns_try_naptr, random: Cell::new(seed) };
        let read = hickory_resolver::system_conf::read_system_conf().ok();
        let inner = read.and_then(|(config, mut options)| {
            let set = Settings::of(&shared.configuration);
            if shared.state::<NameCache>().is_some() {
                options.cache_size = 0;
            }
            let share = descriptors::questions() / shared.workers.load(Ordering::Relaxed).max(1);
            let network = Bounded::new(TokioRuntimeProvider::default(), share);
            Hickory::new(network, config, options, globals.dns_try_ipv6, &set)
        });
        let keeping = |source| Rc::new((Keeping { source, shared: Some(shared.clone()) }, rules));
        Resolver { inner: inner.map(keeping) }
    }
}

impl<P: RuntimeProvider> Resolver<P> {
    /// With given servers over a given network, IPv6 included.
    pub fn over(network: P, config: ResolverConfig, options: ResolverOpts, rules: Rules) -> Resolver<P> {
        let network = Bounded::new(network, SERVERS_MAX);
        let hickory = Hickory::new(network, config, options, true, &Settings::default());
        let keeping = |source| Rc::new((Keeping { source, shared: None }, rules));
        Resolver { inner: hickory.map(keeping) }
    }

    /// The servers of a name, best first.
    pub fn resolve(
        &self,
        target: Target,
    ) -> impl Future<Output = Result<Vec<Destination>, NetError>> + 'static {
        let inner = self.inner.clone();
        async move {
            let inner = inner.ok_or(NetError::Unresolvable)?;
            let host = String::from_utf8(target.host.to_vec()).map_err(|_| NetError::Unresolvable)?;
            let found = inner.1.servers(&inner.0, &host, &target).await;
            if found.is_empty() { Err(NetError::Unresolvable) } else { Ok(found) }
        }
    }
}

/// `dns_…` of the script; `None`: as the system has it.
#[derive(Debug, Default)]
struct Settings {
    /// `dns_retr_time`, seconds.
    timeout: Option<u64>,
    /// `dns_retr_no`.
    attempts: Option<usize>,
    /// `dns_servers_no`.
    servers: Option<usize>,
    /// `dns_use_search_list`.
    search: bool,
}

impl Settings {
    fn of(c: &Configuration) -> Settings {
        let set =
            |name: &str| c.globals.iter().rev().find(|(n, _)| n == name).and_then(|(_, v)| Setting::int(v));
        let positive = |name: &str| set(name).filter(|n| *n > 0);
        Settings {
            timeout: positive("dns_retr_time").and_then(|n| u64::try_from(n).ok()),
            attempts: positive("dns_retr_no").and_then(|n| usize::try_from(n).ok()),
            servers: positive("dns_servers_no").and_then(|n| usize::try_from(n).ok()),
            search: set("dns_use_search_list").is_none_or(|n| n != 0),
        }
    }
}

impl<P: RuntimeProvider> Hickory<P> {
    fn new(
        network: Bounded<P>,
        config: ResolverConfig,
        mut options: ResolverOpts,
        ipv6: bool,
        set: &Settings,
    ) -> Option<Hickory<P>> {
        options.ip_strategy = if ipv6 { LookupIpStrategy::Ipv4thenIpv6 } else { LookupIpStrategy::Ipv4Only };
        if let Some(seconds) = set.timeout {
            options.timeout = Duration::from_secs(seconds);
        }
        if let Some(attempts) = set.attempts {
            options.attempts = attempts;
        }
        let mut servers = config.name_servers().to_vec();
        servers.truncate(set.servers.unwrap_or(usize::MAX));
        let config = ResolverConfig::from_parts(config.domain().cloned(), config.search().to_vec(), servers);
        let builder = hickory_resolver::Resolver::builder_with_config(config, network.clone());
        let resolver = builder.with_options(options).build().ok()?;
        Some(Hickory { resolver, network, search: set.search })
    }

    /// A name with a dot is taken as complete, and any is without a search list: search lists surprise in SIP.
    fn whole(&self, name: &str) -> String {
        let complete = name.contains('.') || !self.search;
        if complete && !name.ends_with('.') { format!("{name}.") } else { name.to_owned() }
    }

    /// No records; `None` when it may be for the want of a socket to ask from.
    fn nothing<T>(&self) -> Option<Answer<T>> {
        (!self.network.is_busy()).then(|| Answer { records: Vec::new(), seconds: 0 })
    }

    async fn records<T>(
        &self,
        name: &str,
        kind: RecordType,
        pick: impl Fn(&RData) -> Option<T>,
    ) -> Option<Answer<T>> {
        match self.resolver.lookup(self.whole(name), kind).await {
            Ok(answer) => {
                let records = answer.answers().iter().filter_map(|r| pick(&r.data)).collect();
                Some(Answer { records, seconds: life(answer.answers()) })
            }
            Err(_) => self.nothing(),
        }
    }
}

/// How long all records of an answer hold.
fn life(answers: &[Record]) -> u32 {
    answers.iter().map(|record| record.ttl).min().unwrap_or(0)
}

impl<P: RuntimeProvider> Source for Hickory<P> {
    async fn naptr(&self, name: &str) -> Option<Answer<Naptr>> {
        let pick = |data: &RData| match data {
            RData::NAPTR(n) => Some(Naptr {
                order: n.order,
                preference: n.preference,
                flags: n.flags.to_vec(),
                services: n.services.to_vec(),
                regexp: n.regexp.to_vec(),
                replacement: n.replacement.to_utf8(),
            }),
            _ => None,
        };
        self.records(name, RecordType::NAPTR, pick).await
    }

    async fn srv(&self, name: &str) -> Option<Answer<Srv>> {
        let pick = |data: &RData| match data {
            RData::SRV(s) => {
                Some(Srv { priority: s.priority, weight: s.weight, port: s.port, target: s.target.to_utf8() })
            }
            _ => None,
        };
        self.records(name, RecordType::SRV, pick).await
    }

    async fn addresses(&self, name: &str) -> Option<Answer<IpAddr>> {
        match self.resolver.lookup_ip(self.whole(name)).await {
            Ok(found) => {
                let seconds = life(found.as_lookup().answers());
                Some(Answer { records: found.iter().collect(), seconds })
            }
            Err(_) => self.nothing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::UdpSocket;

    use hickory_resolver::config::{ConnectionConfig, NameServerConfig};

    use super::*;

    fn at(server: std::net::SocketAddr, timeout: u64) -> Hickory<TokioRuntimeProvider> {
        let mut connection = ConnectionConfig::udp();
        connection.port = server.port();
        let servers = vec![NameServerConfig::new(server.ip(), true, vec![connection])];
        let config = ResolverConfig::from_parts(None, Vec::new(), servers);
        let set = Settings { timeout: Some(timeout), attempts: Some(1), ..Settings::default() };
        let network = Bounded::new(TokioRuntimeProvider::default(), 1);
        Hickory::new(network, config, ResolverOpts::default(), false, &set).expect("a configuration")
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
    }

    /// One whose clock goes on when there is nothing to do but wait.
    fn virtual_time() -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(true).build().expect("a runtime")
    }

    #[test]
    fn a_dead_server_is_waited_for_by_who_asked_it_only() {
        let dead = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let hickory = at(dead.local_addr().expect("bound"), 600);
        runtime().block_on(async {
            let others = async {
                for _ in 0..1000 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                _ = hickory.addresses("x.example") => panic!("nobody answers"),
                () = others => {}
            }
        });
    }

    #[test]
    fn names_that_wait_for_a_dead_server_do_not_pile_up() {
        let dead = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let hickory = at(dead.local_addr().expect("bound"), 1);
        let names: Vec<String> = (0..50).map(|n| format!("n{n}.example")).collect();
        let took = virtual_time().block_on(async {
            let begin = tokio::time::Instant::now();
            let set = tokio::task::LocalSet::new();
            let hickory = Rc::new(hickory);
            for name in names {
                let hickory = hickory.clone();
                set.spawn_local(async move {
                    let found = hickory.addresses(&name).await;
                    assert!(found.is_none_or(|answer| answer.records.is_empty()));
                });
            }
            set.await;
            begin.elapsed()
        });
        dead.set_nonblocking(true).expect("an option of the system");
        let mut buffer = [0; 512];
        let questions = std::iter::from_fn(|| dead.recv(&mut buffer).ok().map(|n| buffer[12..n].to_vec()));
        let asked: HashSet<Vec<u8>> = questions.collect();
        // some may get their turn when the first ends, before they give up themselves
        assert!((1..25).contains(&asked.len()), "{asked:?}");
        assert!(took < Duration::from_secs(10), "{took:?}");
    }

    /// Answers one question, with an address for a minute.
    fn answers_once(server: &UdpSocket) {
        let mut question = [0; 512];
        let (_, from) = server.recv_from(&mut question).expect("a question");
        let name = question[12..].iter().position(|b| *b == 0).expect("a name");
        let head =
            [&question[..2], &[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0], &question[12..12 + name + 5]].concat();
        let record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
        server.send_to(&[&head[..], &record].concat(), from).expect("loopback");
    }

    #[test]
    fn what_is_cached_waits_for_no_turn() {
        let server = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let hickory = at(server.local_addr().expect("bound"), 600);
        let known = async |hickory: &Hickory<_>| hickory.addresses("known.example").await.map(|a| a.records);
        let answer = Some(vec![IpAddr::from([192, 0, 2, 1])]);
        runtime().block_on(async {
            let once = std::thread::spawn(move || {
                answers_once(&server);
                server
            });
            assert_eq!(known(&hickory).await, answer);
            let _silent = once.join();
            let others = async {
                while !hickory.network.is_busy() {
                    tokio::task::yield_now().await;
                }
                known(&hickory).await
            };
            tokio::select! {
                _ = hickory.addresses("x.example") => panic!("nobody answers"),
                found = others => assert_eq!(found, answer),
            }
        });
    }

    #[test]
    fn a_server_that_is_dead_gives_nothing_in_its_time() {
        let dead = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let hickory = at(dead.local_addr().expect("bound"), 1);
        let found = virtual_time().block_on(hickory.addresses("x.example")).expect("it has its turn");
        assert!(found.records.is_empty());
    }
}
