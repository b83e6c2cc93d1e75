//! Rows, and room, without calls.

use sipc_engine::Text;
use sipc_engine::database::DbValue;

use super::choice::Flags;
use super::data::{Data, Probing, Standing, names};

fn row(id: i64, uri: &str, resources: &str, probing: i64) -> Vec<DbValue> {
    let text = |t: &str| if t.is_empty() { DbValue::Null } else { DbValue::from(t) };
    vec![DbValue::Int(id), DbValue::Int(1), text(uri), text(resources), DbValue::Int(probing), DbValue::Null]
}

fn data() -> (Data, Vec<String>) {
    Data::read(&[
        row(31, "sip:10.0.0.1", " a = 2 ; b=10;", 0),
        row(2, "sip:10.0.0.2:5070;transport=tcp", "b=0", 1),
        row(3, "sip:name.example", "c=1", 2),
        row(4, "", "c=1", 2),
        row(5, "nothing", "c=1", 2),
        row(6, "sip:10.0.0.6", "c", 2),
        row(7, "sip:10.0.0.6", "c=-1", 2),
        row(8, "sip:10.0.0.6", "=1", 2),
        row(9, "sip:10.0.0.6", "", 2),
        row(10, "sip:10.0.0.6", " ", 2),
        vec![DbValue::Null],
    ])
}

fn texts(all: &[&str]) -> Vec<Text> {
    all.iter().map(|t| Text::copy_from_slice(t.as_bytes())).collect()
}

#[test]
fn rows_that_can_be_read() {
    let (data, faults) = data();
    assert_eq!(data.destinations.iter().map(|d| d.id).collect::<Vec<_>>(), [31, 2, 3]);
    assert_eq!(faults.len(), 8, "{faults:?}");
    assert_eq!(data.resources.iter().map(|r| r.name.clone()).collect::<Vec<_>>(), texts(&["c", "b", "a"]));
    let first = &data.destinations[0];
    assert_eq!((&first.value[..], first.probing), (&b"1F"[..], Probing::Never));
    let ip = |text: &str| text.parse().expect("an address");
    assert!(first.has(ip("10.0.0.1"), 5060) && first.has(ip("10.0.0.1"), 0));
    assert!(!first.has(ip("10.0.0.1"), 5070) && !first.has(ip("10.0.0.2"), 0));
    assert!(data.destinations[2].addresses.read().is_empty());
    assert_eq!(data.places(&texts(&["a", "b"])), Some(vec![1, 2]));
    assert_eq!(data.places(&texts(&["a", "x"])), None);
    assert_eq!(data.places(&texts(&["a", "a"])), None);
}

#[test]
fn room_is_that_of_the_scarcest_resource() {
    let (data, _) = data();
    let (first, second) = (&data.destinations[0], &data.destinations[1]);
    let room = |d, resources: &[usize], relative, calls: u64| {
        data.room(d, resources, relative, |_, value: &[u8]| if value == b"1F" { calls } else { 1 })
    };
    assert_eq!(room(first, &[1, 2], false, 0), Some(2));
    assert_eq!(room(first, &[1, 2], false, 3), Some(-1));
    assert_eq!(room(first, &[1, 2], true, 1), Some(50));
    assert_eq!(room(first, &[1], true, 1), Some(90));
    assert_eq!(room(second, &[1], true, 0), Some(0));
    assert_eq!(room(second, &[1], false, 0), Some(-1));
    assert_eq!(room(second, &[0], false, 0), None, "it has none of that");
}

#[test]
fn states_stay_when_the_table_is_read_anew() {
    let (old, _) = data();
    let off = Standing { disabled: true, by_command: true };
    assert!(old.change(1, |_| off));
    assert!(!old.change(1, |_| off) && !old.change(9, |_| off));
    let (mut new, _) =
        Data::read(&[row(2, "SIP:10.0.0.2:5070;transport=tcp", "b=5", 1), row(31, "sip:10.0.0.9", "a=1", 0)]);
    new.inherit(&old);
    assert_eq!((new.standing(0), new.standing(1)), (off, Standing::default()));
}

#[test]
fn forms() {
    assert_eq!(names(b" a ; b;"), Some(texts(&["a", "b"])));
    for bad in [&b""[..], b";", b"a;;b", b"a=1"] {
        assert_eq!(names(bad), None);
    }
    assert_eq!(Flags::parse(b"sr"), Flags { relative: true, negative: false, random: true });
}
