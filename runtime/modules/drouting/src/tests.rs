//! Tables and rules without a script.

use sipc_engine::database::DbValue;
use sipc_engine::testing::worker;

use super::data::{Data, Found, Member, Order, Place, State as Use};
use super::load::{Loaded, Rows, Ways, members, read};
use super::partitions::SocketFilter;
use super::routing::{Flags, ordered};

fn text(text: &str) -> DbValue {
    if text.is_empty() { DbValue::Null } else { DbValue::from(text) }
}

fn n(number: i64) -> DbValue {
    DbValue::Int(number)
}

fn gateway(id: &str, address: &str, socket: &str, state: i64) -> Vec<DbValue> {
    vec![text(id), text(address), n(0), text(""), n(1), text("a"), n(0), text(socket), n(state)]
}

fn carrier(id: &str, list: &str, sort: &str) -> Vec<DbValue> {
    vec![text(id), n(0), text(sort), text(list), text("a"), n(0)]
}

fn rule(id: i64, groups: &str, prefix: &str, times: &str, priority: i64) -> Vec<DbValue> {
    vec![
        n(id),
        text(groups),
        text(prefix),
        text(times),
        n(priority),
        text(""),
        text("a"),
        text("N"),
        text("r"),
    ]
}

fn ways(filter: SocketFilter) -> Ways<'static> {
    Ways { socket: &|_| None, filter, id_chars: "_-.", prefix_chars: "+*" }
}

fn load(rules: Vec<Vec<DbValue>>) -> Loaded {
    let gateways = vec![
        gateway("b", "sip:user@10.0.0.2:5070;transport=tcp", "", 0),
        gateway("a", "10.0.0.1", "udp:10.9.9.9:5060", 2),
        gateway("a", "10.0.0.3", "", 0),
        gateway("b d", "10.0.0.3", "", 0),
        gateway("c", "", "", 0),
        gateway("d", "10.0.0.4", "", 3),
    ];
    let carriers = vec![carrier("x", "a=1,b=2,none", "W"), carrier("y", "#x", "N"), carrier("z", "a", "Q")];
    read(&Rows { gateways, carriers, rules }, &ways(SocketFilter::None))
}

#[test]
fn rows_of_gateways_and_carriers() {
    let loaded = load(Vec::new());
    let counts = loaded.counts.map(|c| (c.loaded, c.discarded));
    assert_eq!(counts, [(2, 4), (1, 2), (0, 0)]);
    let names: Vec<_> = loaded.data.gateways.iter().map(|g| (&g.id[..], &g.address[..])).collect();
    assert_eq!(names, [(&b"a"[..], &b"10.0.0.1"[..]), (b"b", b"10.0.0.2:5070;transport=tcp")]);
    assert_eq!(loaded.data.standing(0).state, Use::Failed);
    assert_eq!(loaded.data.carriers[0].members.len(), 2, "the unknown one is left out");
    assert!(loaded.data.carrier_of(1).is_some() && loaded.data.carrier(b"y").is_none());
    let strict =
        Rows { gateways: vec![gateway("a", "10.0.0.1", "udp:x", 0)], carriers: vec![], rules: vec![] };
    assert!(read(&strict, &ways(SocketFilter::MatchedOnly)).data.gateways.is_empty());
}

fn found(data: &Data, group: u32, number: &str, unix: i64) -> Option<(i32, usize, usize)> {
    let number = number.as_bytes();
    data.find(group, number, unix).map(|Found { rule, length, next }| (data.rules[rule].id, length, next))
}

#[test]
fn the_longest_prefix_and_the_greatest_priority() {
    let past = "20000101T000000|20000102T000000";
    let data = load(vec![
        rule(1, "1", "12", "", 0),
        rule(2, "1; 2", "123", "", 5),
        rule(3, "1", "123", "", 9),
        rule(4, "1", "", "", 0),
        rule(5, "2", "4", past, 0),
        rule(6, "1", "+4*", "", 0),
        rule(7, "1", "4a", "", 0),
        rule(8, "", "4", "", 0),
        rule(9, "x", "4", "", 0),
        rule(10, "1", "4", "never", 0),
        rule(11, "1", "12", "", 0),
    ]);
    assert_eq!((data.counts[2].loaded, data.counts[2].discarded), (7, 4));
    let data = data.data;
    assert_eq!(found(&data, 1, "1234", 0), Some((3, 3, 1)));
    assert_eq!(found(&data, 2, "1234", 0), Some((2, 3, 0)));
    assert_eq!(found(&data, 1, "1299", 0), Some((1, 2, 1)), "the first of equals");
    assert_eq!(found(&data, 1, "99", 0), Some((4, 0, 0)));
    assert_eq!(found(&data, 1, "1a", 0), Some((4, 0, 0)), "letters are in no prefix");
    assert_eq!(found(&data, 1, "+4*9", 0), Some((6, 3, 0)));
    assert_eq!(found(&data, 2, "45", 0), None);
    assert_eq!(found(&data, 2, "45", 946_700_000), Some((5, 1, 0)));
    assert_eq!(found(&data, 1, "", 0), Some((4, 0, 0)));
    assert_eq!(data.by_prefix(1, b"1234", 1, 0).map(|f| data.rules[f.rule].id), Some(2), "the next of them");
}

#[test]
fn lists_of_destinations() {
    let data = load(Vec::new()).data;
    let list = |text: &str| members(text.as_bytes(), &data, &ways(SocketFilter::None), |_| ());
    let place = |place, weight| Member { place, weight };
    let expected = vec![place(Place::Gateway(1), 5), place(Place::Carrier(0), 0)];
    assert_eq!(list(" b = 5 ; #x, none"), Ok(expected));
    assert_eq!(list(""), Ok(Vec::new()));
    for bad in ["b=x", "b c", "##x"] {
        assert!(list(bad).is_err(), "{bad}");
    }
}

#[test]
fn weights_decide_by_chance() {
    let worker = worker();
    let all: Vec<Member> = [0, 9, 1]
        .iter()
        .enumerate()
        .map(|(at, w)| Member { place: Place::Gateway(at), weight: *w })
        .collect();
    let mut first = [0; 3];
    for _ in 0..1000 {
        let order = ordered(&worker, &all, Order::Weights);
        assert_eq!(order.len(), 3);
        let Place::Gateway(at) = order[0].place else { panic!("a gateway") };
        first[at] += 1;
    }
    assert!(first[0] == 0 && first[1] > 800 && first[2] > 50, "{first:?}");
    assert_eq!(ordered(&worker, &all, Order::Written), all);
    let equal: Vec<Member> = (0..3).map(|at| Member { place: Place::Gateway(at), weight: 0 }).collect();
    let mut seen = [false; 3];
    for _ in 0..200 {
        let Place::Gateway(at) = ordered(&worker, &equal, Order::Weights)[0].place else {
            panic!("a gateway")
        };
        seen[at] = true;
    }
    assert_eq!(seen, [true; 3]);
}

#[test]
fn states_are_inherited() {
    let old = load(Vec::new()).data;
    old.standings.lock()[1].state = Use::Disabled;
    old.carrier_standings.lock()[0].off = true;
    let new = load(Vec::new()).data;
    new.inherit(&old);
    assert_eq!((new.standing(0).state, new.standing(1).state), (Use::Failed, Use::Disabled));
    assert!(new.is_off(0) && !new.standing(1).is_usable());
    assert_eq!(Flags::parse(b"FxC"), Flags { fallback: true, strict: false, check: true });
}
