//! Sets and choices without a script.

use sipc_engine::database::DbValue;
use sipc_engine::testing::{OPTIONS, context};

use super::hash::hash;
use super::load::{Loaded, read};
use super::partitions::Partitions;
use super::select::{Choice, Flags, choose};
use super::set::{Set, State};
use super::*;

/// set, URI, weight, priority, state
type Row<'a> = (i64, &'a str, i64, i64, i64);

fn rows(rows: &[Row<'_>]) -> Vec<Vec<DbValue>> {
    let row = |(set, uri, weight, priority, state): &Row<'_>| {
        vec![
            DbValue::Int(*set),
            DbValue::from(*uri),
            DbValue::Null,
            DbValue::from(weight.to_string().as_str()),
            DbValue::from("attributes"),
            DbValue::Int(*priority),
            DbValue::Null,
            DbValue::Int(0),
            DbValue::Int(*state),
        ]
    };
    rows.iter().map(row).collect()
}

fn load(list: &[Row<'_>]) -> Loaded {
    read(&rows(list), &|_| None)
}

fn set(list: &[(&str, i64, i64)]) -> Set {
    let list: Vec<Row<'_>> = list.iter().map(|(uri, weight, state)| (1, *uri, *weight, 0, *state)).collect();
    load(&list).sets.0.pop().expect("a set")
}

fn uris(set: &Set) -> Vec<String> {
    set.destinations.iter().map(|d| String::from_utf8_lossy(&d.next_hop).into_owned()).collect()
}

#[test]
fn rows_become_sets() {
    let loaded = load(&[
        (1, "sip:a@10.0.0.1:5070;transport=tcp?x=y", 1, 0, 0),
        (2, "sips:10.0.0.9", 0, 0, 2),
        (1, "sip:10.0.0.2", 5, 7, 1),
        (1, "sip:10.0.0.3", 5, 7, 0),
        (1, "no uri", 1, 0, 0),
        (1, "sip:10.0.0.4", 1, 0, 3),
    ]);
    assert_eq!((loaded.count, loaded.discarded, loaded.faults.len()), (4, 2, 2));
    assert_eq!(loaded.sets.0.iter().map(|s| s.id).collect::<Vec<_>>(), [2, 1]);
    let first = loaded.sets.get(1).expect("a set");
    assert_eq!(uris(first), ["sip:10.0.0.2", "sip:10.0.0.3", "sip:10.0.0.1:5070;transport=tcp"]);
    assert_eq!(first.active(), [false, true, true]);
    let address = loaded.sets.get(2).expect("a set").destinations[0].addresses.read()[0];
    assert_eq!((address.ip.to_string(), address.port), ("10.0.0.9".to_owned(), 5061));
    assert!(first.place(b"SIP:10.0.0.2").is_some() && first.place(b"sip:10.0.0.1").is_none());
}

#[test]
fn states_are_inherited() {
    let old = load(&[(1, "sip:10.0.0.1", 1, 0, 0), (1, "sip:10.0.0.2", 1, 0, 0)]).sets;
    old.0[0].changing.lock().all[1].state = State { inactive: true, probing: false };
    let new =
        load(&[(1, "sip:10.0.0.2", 1, 0, 0), (1, "sip:10.0.0.3", 1, 0, 1), (2, "sip:10.0.0.2", 1, 0, 0)])
            .sets;
    new.inherit(&old);
    assert_eq!(new.get(1).map(Set::active), Some(vec![false, false]));
    assert_eq!(new.get(2).map(Set::active), Some(vec![true]));
}

fn at(set: &Set, algorithm: i32, flags: &str) -> Option<usize> {
    let cx = &mut context(OPTIONS);
    choose(cx, set, algorithm, Flags::parse(flags.as_bytes()).expect("flags")).map(|c| c.place(c.at))
}

#[test]
fn hashes_are_shares_of_the_weights() {
    assert_eq!(hash(b"", b""), 1);
    assert_ne!(hash(b"abcd", b""), hash(b"abce", b""));
    assert_eq!(hash(b"abcd", b""), hash(b"", b"abcd"));
    let heavy = set(&[("sip:10.0.0.1", 0, 0), ("sip:10.0.0.2", 9, 0), ("sip:10.0.0.3", 0, 0)]);
    for algorithm in [0, 1, 2, 3, 6] {
        assert_eq!(at(&heavy, algorithm, ""), Some(1), "{algorithm}");
    }
    let light = set(&[("sip:10.0.0.1", 0, 0), ("sip:10.0.0.2", 0, 0)]);
    assert!(at(&light, 0, "").is_some(), "no weights at all");
    let failed = set(&[("sip:10.0.0.1", 1, 0), ("sip:10.0.0.2", 9, 1), ("sip:10.0.0.3", 0, 0)]);
    assert_eq!(at(&failed, 0, ""), Some(0), "the share of the one that is out goes to the others");
    assert_eq!(at(&set(&[("sip:10.0.0.1", 1, 1)]), 0, ""), None);
}

#[test]
fn the_default_one_is_the_last() {
    let all = set(&[("sip:10.0.0.1", 1, 1), ("sip:10.0.0.2", 1, 1), ("sip:10.0.0.3", 1, 0)]);
    assert_eq!((at(&all, 8, "d"), at(&all, 0, "d"), at(&all, 8, "")), (Some(2), Some(2), Some(2)));
    let first = set(&[("sip:10.0.0.1", 1, 0), ("sip:10.0.0.2", 1, 0)]);
    for algorithm in [0, 3, 4, 8] {
        assert_eq!(at(&first, algorithm, "d"), Some(0), "{algorithm}");
    }
    let out = set(&[("sip:10.0.0.1", 1, 0), ("sip:10.0.0.2", 1, 1)]);
    assert_eq!(at(&out, 8, "d"), Some(0));
    assert_eq!(Flags::parse(b"x"), None);
}

#[test]
fn an_unknown_user_only_changes_the_hash() {
    let all = set(&[("sip:10.0.0.1", 1, 0), ("sip:10.0.0.2", 1, 0), ("sip:10.0.0.3", 1, 0)]);
    assert!(at(&all, 3, "u").is_some() && at(&all, 77, "") == Some(0));
    assert_eq!(at(&all, 7, ""), None, "there is no hash_pvar");
    assert_eq!(at(&all, 10, ""), None, "there is no route");
    let order = Choice { at: 0, order: Some(vec![2, 0, 1]) };
    assert_eq!((order.place(0), order.place(9)), (2, 9));
}

#[test]
fn parameters_that_are_refused() {
    use sipc_engine::setup::{Configuration, Setting};
    let dir = std::env::temp_dir().display().to_string();
    for params in [
        vec![],
        vec![("db_url", "none://x")],
        vec![("partition", ": x=y")],
        vec![("partition", "a: colour=red")],
        vec![("partition", "a: db_url")],
        vec![("partition", "default: none")],
        vec![("db_url", &*dir), ("dst_avp", "$var(x)")],
    ] {
        let modparams = params.iter().map(|(name, value)| {
            ("dispatcher".to_owned(), (*name).to_owned(), Setting::Text((*value).to_owned()))
        });
        let configuration = Configuration { modparams: modparams.collect(), ..Configuration::default() };
        assert!(Partitions::open(&Setup::new(configuration, Vec::new())).is_err(), "{params:?}");
    }
}
