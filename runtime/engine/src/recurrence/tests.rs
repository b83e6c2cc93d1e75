//! Rules and expressions. 1014296523 is Thursday, 21 February 2002, 13:02:03 UTC.

use super::{BadRule, matches};

const THURSDAY: i64 = 1_014_296_523;

fn check(expression: &str, unix: i64) -> Result<bool, BadRule> {
    matches(expression.as_bytes(), unix)
}

#[test]
fn single_intervals() {
    assert_eq!(check("UTC|20020221T130203|20020221T130204", THURSDAY), Ok(true));
    assert_eq!(check("UTC|20020221T130204|20020221T130205", THURSDAY), Ok(false));
    assert_eq!(check("UTC|20020221T130000||2M3S", THURSDAY), Ok(false));
    assert_eq!(check("UTC|20020221T130000||PT2M4S", THURSDAY), Ok(true));
    assert_eq!(check("UTC|20020220T000000||P1W", THURSDAY), Ok(true));
    assert_eq!(check("UTC|20020220T250203", THURSDAY), Ok(true), "hours carry over");
    assert_eq!(check("UTC", THURSDAY), Ok(true));
    assert_eq!(check("", THURSDAY), Ok(false));
}

#[test]
fn zones() {
    // 14:02 in Berlin, 08:02 in New York
    assert_eq!(check("Europe/Berlin|20020221T140000|20020221T150000", THURSDAY), Ok(true));
    assert_eq!(check("America/New_York|20020221T080000|20020221T090000", THURSDAY), Ok(true));
    assert_eq!(check("Nowhere/Here|20020221T130000|20020221T140000", THURSDAY), Ok(true));
}

#[test]
fn recurring() {
    for (rule, expected) in [
        ("UTC|20020101T130000|20020101T140000||daily", true),
        ("UTC|20020101T140000|20020101T150000||daily", false),
        ("UTC|20020101T220000|20020102T140000||daily", true),
        ("UTC|20020101T000000|20020102T000000||weekly||||TH", false),
        ("UTC|20020101T000000|20020101T235959||weekly|||TH", true),
        ("UTC|20020101T000000|20020101T235959||weekly|||MO,FR", false),
        ("UTC|20020101T000000|20020101T235959||monthly|||3TH", true),
        ("UTC|20020101T000000|20020101T235959||monthly|||-1TH", false),
        ("UTC|20020101T000000|20020101T235959||monthly|||-2TH", true),
        ("UTC|20020101T000000|20020101T235959||monthly||||21", true),
        ("UTC|20020101T000000|20020101T235959||monthly||||-8", true),
        ("UTC|20020221T000000|20020221T235959||yearly|||||||2", true),
        ("UTC|20020221T000000|20020221T235959||yearly|||||||3", false),
        ("UTC|20020219T000000|20020219T235959||daily||2", true),
        ("UTC|20020220T000000|20020220T235959||daily||2", false),
        ("UTC|20020101T000000|20020101T235959||daily|20020220T000000", false),
        ("UTC|20020101T000000|20020101T235959||sometimes", false),
        ("UTC|20020218T000000|20020222T120000||weekly", true),
        ("UTC|20020222T000000|20020226T120000||weekly", false),
    ] {
        assert_eq!(check(rule, THURSDAY), Ok(expected), "{rule}");
    }
}

#[test]
fn expressions() {
    let (yes, no) = ("20020101T000000|20030101T000000", "20040101T000000|20050101T000000");
    for (expression, expected) in [
        (format!("{yes}&{no}"), Ok(false)),
        (format!("{yes} / {no}"), Ok(true)),
        (format!("!{no} & ({yes}/{no})"), Ok(true)),
        (format!("!({yes}/{no})"), Ok(false)),
        (format!("{yes}&{no}/{yes}"), Err(BadRule)),
        (format!("{yes} {no}"), Err(BadRule)),
        (format!("{yes}&"), Err(BadRule)),
        (format!("&{yes}"), Err(BadRule)),
        (format!("({yes}"), Err(BadRule)),
        ("!".to_owned(), Ok(true)),
        ("(".repeat(5000) + &")".repeat(5000), Err(BadRule)),
    ] {
        assert_eq!(check(&expression, THURSDAY), expected, "{expression:.60}");
    }
}

#[test]
fn what_is_no_rule() {
    for bad in [
        "garbage",
        "*|20000101T000000",
        "19690101T000000",
        "20000001T000000",
        "20000101T000000|20010101T000000||||1",
        "20000101T000000|20010101T000000||||||MO",
        "20000101T000000||x",
    ] {
        assert_eq!(check(bad, THURSDAY), Err(BadRule), "{bad}");
    }
    // no panic, whatever comes
    let digits = "\u{7f}".repeat(15);
    for text in [digits.as_str(), "999999999999999", "20000101T000000||P99999999999999999999W|daily"] {
        let _ = check(text, i64::MAX);
        let _ = check(text, i64::MIN);
    }
}
