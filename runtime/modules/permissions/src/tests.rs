//! Networks and rules without a script.

use sipc_engine::Text;
use sipc_engine::address;
use sipc_engine::database::DbValue;

use super::addresses::{Address, Addresses, NoGroup, Sought};
use super::rules::Rules;

fn row(group: i64, ip: &str, mask: i64, port: i64, proto: &str, pattern: &str, info: &str) -> Vec<DbValue> {
    let number = DbValue::Int;
    vec![
        ip.into(),
        number(group),
        number(mask),
        number(port),
        proto.into(),
        DbValue::Text(Text::copy_from_slice(pattern.as_bytes())),
        info.into(),
    ]
}

fn table() -> Addresses {
    let mut table = Addresses::default();
    let rows = [
        row(1, "192.0.2.7", 32, 0, "any", "", "host"),
        row(1, "192.0.2.0", 24, 0, "tcp", "", "net"),
        row(1, "192.0.0.0", 16, 0, "any", "", "wide"),
        row(2, "192.0.2.7", 32, 5060, "UDP", "*abc*", "picky"),
        row(3, "2001:db8::", 32, 0, "", "", "six"),
        row(3, "0.0.0.0", 0, 7, "any", "", "all"),
    ];
    for row in &rows {
        let (group, address) = Address::read(row).expect("a row");
        table.add(group, address);
    }
    table
}

fn find(group: u32, ip: &str, port: u32, protocol: &str, pattern: Option<&str>) -> Result<String, NoGroup> {
    let ip = address::parse(ip.as_bytes()).expect("an address");
    let protocol = (protocol != "any").then_some(protocol);
    let sought = Sought { ip, port, protocol, pattern: pattern.map(str::as_bytes) };
    let info = |a: &Address| String::from_utf8_lossy(&a.info).into_owned();
    table().find(group, &sought).map(|found| found.map(info).unwrap_or_default())
}

#[test]
fn the_very_address_comes_before_networks() {
    assert_eq!(find(1, "192.0.2.7", 1, "udp", None), Ok("host".into()));
    assert_eq!(find(1, "192.0.2.8", 1, "udp", None), Ok("wide".into()));
    assert_eq!(find(1, "192.0.2.0", 1, "tcp", None), Ok("net".into()), "its first address is named");
    assert_eq!(find(1, "10.0.0.1", 1, "tcp", None), Ok(String::new()));
    assert_eq!(find(9, "10.0.0.1", 1, "tcp", None), Err(NoGroup));
    assert_eq!(find(0, "10.0.0.1", 7, "tcp", None), Ok("all".into()), "any group");
    assert_eq!(find(3, "2001:db8:1::1", 7, "tcp", None), Ok("six".into()));
}

#[test]
fn ports_protocols_and_patterns() {
    assert_eq!(find(2, "192.0.2.7", 5060, "udp", None), Ok("picky".into()));
    assert_eq!(find(2, "192.0.2.7", 0, "any", Some("xabcx")), Ok("picky".into()));
    for (port, protocol, pattern) in [(5061, "udp", None), (5060, "tcp", None), (5060, "udp", Some("ab"))] {
        assert_eq!(find(2, "192.0.2.7", port, protocol, pattern), Ok(String::new()));
    }
    assert_eq!(find(2, "192.0.2.7", 5060, "udp", Some(".abc")), Ok(String::new()), "a dot is written");
    let ip = |text: &str| address::parse(text.as_bytes()).expect("an address");
    assert_eq!(table().group_of(ip("192.0.2.7"), 5060), Some(1));
    assert_eq!(table().group_of(ip("10.0.0.1"), 5060), None);
}

#[test]
fn rows_that_are_left_out() {
    for bad in [
        row(1, "", 32, 0, "any", "", ""),
        row(1, "host", 32, 0, "any", "", ""),
        row(-1, "192.0.2.7", 32, 0, "any", "", ""),
        row(1, "192.0.2.7", 33, 0, "any", "", ""),
        row(1, "192.0.2.7", 32, -1, "any", "", ""),
        row(1, "192.0.2.7", 32, 0, "none", "", ""),
    ] {
        assert!(Address::read(&bad).is_err(), "{bad:?}");
    }
    assert!(Address::read(&[DbValue::Null]).is_err());
}

fn rules(text: &str) -> (Rules, Vec<usize>) {
    let mut faults = Vec::new();
    let rules = Rules::read(text.as_bytes(), |line, _| faults.push(line));
    (rules, faults)
}

#[test]
fn rules_of_a_file() {
    let (rules, faults) = rules(
        "# a comment\n\n\
         ALL : \"^sip:361[0-9]*@abc\\.com$\" EXCEPT \"^sip:361[0-9]*3@abc\\.com$\", \"4@abc\" # and more\n\
         \"^sip:a,b@\", C@X$ : \"^sip:x@\"\n\
         \"open : x\n: x\nx :\nx\na, : b\nALL : \"(\"\n",
    );
    assert_eq!(faults, [5, 6, 7, 8, 9, 10]);
    let has = |left: &str, right: &str| rules.has(left.as_bytes(), right.as_bytes());
    assert!(has("sip:any@x", "sip:3611@abc.com"));
    assert!(!has("sip:any@x", "sip:3613@abc.com") && !has("sip:any@x", "sip:3614@abc.com"));
    assert!(has("sip:a,b@x", "sip:x@y") && has("sip:c@x", "sip:x@y"));
    assert!(!has("sip:b@x", "sip:x@y"));
}

#[test]
fn texts_that_are_nearly_rules_break_nothing() {
    let pieces = ["ALL", " EXCEPT ", ":", "\"", ",", "^sip:", "(", "[0-9]", "\n", "#", " ", "\\"];
    sipc_test_support::pieces::mixed(&pieces, 5_000, |text| {
        let rules = Rules::read(text, |_, _| ());
        rules.has(b"sip:a@b", b"sip:c@d");
    });
}
