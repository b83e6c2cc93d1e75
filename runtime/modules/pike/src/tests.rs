//! The tree alone.

use std::net::IpAddr;

use sipc_engine::setup::{Configuration, Setting, Setup};

use super::tree::{Mark, Removal, Tree};

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// How many messages of an address pass within one unit.
fn passing(tree: &Tree, source: &str, now: u64) -> usize {
    (1..1000).find(|_| tree.mark(ip(source), now) == Mark::NewlyBlocked).unwrap_or(0)
}

#[test]
fn busy_addresses_are_blocked_and_freed() {
    let tree = Tree::new(30, 10);
    for other in ["10.0.0.1", "10.9.9.9", "2001:db8::1"] {
        assert_eq!(tree.mark(ip(other), 0), Mark::Fine);
    }
    let passed = passing(&tree, "10.0.0.2", 0);
    assert!((30..=90).contains(&passed), "between x and 3x: {passed}");
    assert_eq!(tree.mark(ip("10.0.0.2"), 0), Mark::Blocked);
    assert_eq!(tree.mark(ip("10.0.0.3"), 0), Mark::Fine);
    let passed = passing(&tree, "2001:db8::7", 0);
    assert!((30..=240).contains(&passed), "between x and 8x: {passed}");
    assert_eq!(tree.blocked(), [ip("10.0.0.2"), ip("2001:db8::7")]);
    assert_eq!(tree.next_unit(), Vec::<IpAddr>::new());
    assert_eq!(tree.mark(ip("10.0.0.2"), 2), Mark::Blocked);
    assert_eq!(tree.next_unit(), [ip("10.0.0.2"), ip("2001:db8::7")]);
    assert_eq!(tree.mark(ip("10.0.0.2"), 4), Mark::Fine);
}

#[test]
fn commands_free_addresses() {
    let tree = Tree::new(4, 10);
    assert!(passing(&tree, "10.0.0.2", 0) > 0);
    assert_eq!(tree.unblock(ip("11.0.0.2")), Removal::Unknown);
    assert_eq!(tree.unblock(ip("10.0.0.1")), Removal::Unknown);
    assert_eq!(tree.unblock(ip("10.0.0.2")), Removal::Done);
    assert_eq!(tree.unblock(ip("10.0.0.2")), Removal::NotBlocked);
}

#[test]
fn the_idle_are_forgotten() {
    let tree = Tree::new(30, 10);
    assert!(passing(&tree, "10.0.0.2", 0) > 0);
    assert!(passing(&tree, "10.0.0.9", 0) > 0);
    assert_eq!(tree.len(), 5);
    tree.forget(20);
    assert_eq!(tree.len(), 5, "the blocked stay");
    tree.next_unit();
    assert_eq!(tree.next_unit(), [ip("10.0.0.9"), ip("10.0.0.2")]);
    tree.forget(9);
    assert_eq!(tree.len(), 5);
    tree.mark(ip("10.0.0.9"), 9);
    tree.forget(10);
    assert_eq!(tree.len(), 4);
    // prefixes wait a time of their own
    (11..60).for_each(|second| tree.forget(second));
    assert_eq!(tree.len(), 0);
    assert_eq!(tree.mark(ip("10.0.0.9"), 60), Mark::Fine);
}

#[test]
fn ipv4_addresses_within_ipv6_ones() {
    let tree = Tree::new(8, 10);
    assert!(passing(&tree, "32.1.13.184", 0) > 0);
    assert!(passing(&tree, "2001:db8::1", 0) > 0);
    assert_eq!(tree.blocked(), [ip("32.1.13.184"), ip("2001:db8::1")]);
    tree.next_unit();
    tree.next_unit();
    (1..200).for_each(|second| tree.forget(second));
    assert_eq!((tree.len(), tree.blocked()), (0, vec![]));
}

#[test]
fn many_addresses_take_bounded_memory() {
    let tree = Tree::new(1, 10);
    for n in 0..600_000_u32 {
        tree.mark(IpAddr::V4(std::net::Ipv4Addr::from(n.reverse_bits())), 0);
    }
    assert!(tree.len() <= 1 << 18);
}

#[test]
fn the_route_of_screens_must_exist() {
    let start = |routes: &[&str]| {
        let modparam = ("pike".to_owned(), "check_route".to_owned(), Setting::Text("screen".to_owned()));
        let request_routes = routes.iter().map(|r| (*r).to_owned()).collect();
        let configuration =
            Configuration { modparams: vec![modparam], request_routes, ..Configuration::default() };
        (super::LINKED.init)(&mut Setup::new(configuration, Vec::new()))
    };
    assert_eq!(start(&["screen"]), Ok(()));
    assert_eq!(start(&["other"]), Err("check_route: there is no route screen".to_owned()));
}
