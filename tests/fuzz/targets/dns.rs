//! Any bytes as the answers of a name server, over datagrams and streams, to a proxy that looks for the servers of a URI.
//! Looking ends in bounded time after a bounded number of questions, and finds no more servers than anybody would try.
//!
//! The input: one byte that says what the URI has, then answers, each `how, length, bytes`. They are given one after
//! another, from the first again when all were given.
#![no_main]

#[path = "dns/server.rs"]
mod server;

use std::cell::Cell;
use std::time::Duration;

use hickory_resolver::config::{ResolveHosts, ResolverConfig, ResolverOpts};
use libfuzzer_sys::fuzz_target;
use server::Server;
use sipc_engine::blacklists::Blacklists;
use sipc_engine::network::{Target, Transport};
use sipc_net::resolver::{QUESTIONS_MAX, Resolver, Rules, SERVERS_MAX};

/// A question that nobody answers, with everything that is tried then, takes no longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often one question goes over the network at most: both kinds of addresses, retransmissions, streams, aliases.
const TRIES: usize = 100;

fn target(what: u8) -> Target {
    let has = |bit: u8| what & (1 << bit) != 0;
    let transport = if has(2) { Transport::Tls } else { Transport::Tcp };
    Target {
        host: "example.test".into(),
        port: has(0).then_some(5070),
        transport: has(1).then_some(transport),
        secure: has(3),
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((what, answers)) = input.split_first() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let server = Server::saying(answers);
        let served = vec![Transport::Udp, Transport::Tcp, Transport::Tls];
        let rules = Rules { served, naptr: what & 16 == 0, random: Cell::new(u64::from(*what)) };
        let mut options = ResolverOpts::default();
        (options.use_hosts_file, options.timeout, options.attempts) =
            (ResolveHosts::Never, Duration::from_secs(1), 1);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server::configuration()]);
        let resolver = Resolver::over(server.clone(), config, options, rules);
        let blacklists = Blacklists::new(&[]).with_failures();
        let begin = tokio::time::Instant::now();
        for _ in 0..2 {
            // the second time with what is cached
            for to in resolver.resolve(target(*what)).await.iter().flatten().enumerate().map(bounded) {
                blacklists.note_failure(to, 1);
                assert!(!blacklists.allows(blacklists.default(), to, b"", 2), "{to:?} failed");
            }
        }
        assert!(server.asked() <= 2 * QUESTIONS_MAX * TRIES, "{} questions", server.asked());
        let took = begin.elapsed();
        assert!(took <= PATIENCE * 2 * u32::try_from(QUESTIONS_MAX).expect("small"), "it took {took:?}");
    });
});

fn bounded<T>((number, to): (usize, T)) -> T {
    assert!(number < SERVERS_MAX, "more servers than would be tried");
    to
}
