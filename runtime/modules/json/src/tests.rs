//! Documents on one worker; reading and writing text.

use std::sync::Arc;

use sipc_engine::place::InnerRef;
use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};
use sipc_engine::variables;

use super::*;
use sipc_test_support::pieces::mixed;

fn context(params: &[(&str, i32)]) -> Context {
    let modparams =
        params.iter().map(|(name, n)| ("json".to_owned(), (*name).to_owned(), Setting::Int(*n))).collect();
    let configuration =
        Configuration { script_vars: vec!["x".to_owned()], modparams, ..Configuration::default() };
    context_on(worker_with(configuration, &[LINKED]), OPTIONS)
}

fn key(text: &'static str) -> Step {
    Step::Key(Text::from_static(text.as_bytes()))
}

fn at(name: &'static str, steps: Vec<Step>) -> Place {
    let path = Path { name: Text::from_static(name.as_bytes()), steps };
    Place { inner: Inner::Path(Arc::new(path)), index: Index::None }
}

fn variable(name: &'static str, steps: Vec<Step>) -> VarRef {
    let place = at(name, steps);
    VarRef { inner: InnerRef::Constant(place.inner), ..VarRef::plain(json, Some(set_json)) }
}

fn parse(cx: &mut Context, name: &'static str, text: &'static str) -> bool {
    set_json(cx, &at(name, Vec::new()), Assign::Replace, Value::literal(text.as_bytes()))
}

fn spaced(text: &str) -> Option<String> {
    let link = parse::document(text.as_bytes())?;
    let text = print::print(&link.borrow(), Layout::SPACED)?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

fn text_of(cx: &mut Context, name: &'static str) -> String {
    let text = json(cx, &at(name, Vec::new())).text().unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn texts_are_read_as_json_c_does() {
    for (text, shown) in [
        ("{}", "{ }"),
        (" [1, 2.50, 1e3, -0] ", "[ 1, 2.50, 1e3, 0 ]"),
        ("{'a': TRUE, /* c */ \"b\": [null,],}", r#"{ "a": true, "b": [ null ] }"#),
        ("[18446744073709551616, -99999999999999999999]", "[ 18446744073709551615, -9223372036854775808 ]"),
        ("[9223372036854775808, 1e+, 1.]", "[ 9223372036854775808, 1, 1. ]"),
        (r#""\u00e9\ud83d\ude00\ud800x""#, "\"é😀\u{fffd}x\""),
        ("[1] and more", "[ 1 ]"),
        ("[NaN, -Infinity]", "[ NaN, -Infinity ]"),
        ("// c\n7", "7"),
        (r#"{"a":1,"b":2,"a":3}"#, r#"{ "a": 3, "b": 2 }"#),
    ] {
        assert_eq!(spaced(text).as_deref(), Some(shown), "{text}");
    }
    for text in
        ["", " ", "{", "[1", "{not", "null", "[1 2]", "{\"a\" 1}", "\"x", r#""\q""#, "-", "/* x", "[,]"]
    {
        assert_eq!(spaced(text), None, "{text}");
    }
    let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert!(spaced(&nested(31)).is_some());
    assert_eq!(spaced(&nested(32)), None);
    assert_eq!(spaced(&nested(1_000_000)), None, "and it does not run out of stack");
}

#[test]
fn layouts() {
    let link = parse::document(br#"{"a": [1, {}], "u": "x/y"}"#).expect("a document");
    let shown = |layout| print::print(&link.borrow(), layout).expect("a text");
    assert_eq!(&shown(Layout::COMPACT)[..], br#"{"a":[1,{}],"u":"x\/y"}"#);
    assert_eq!(&shown(Layout::COMPACT_NOESCAPE)[..], br#"{"a":[1,{}],"u":"x/y"}"#);
    let pretty = "{\n  \"a\":[\n    1,\n    {}\n  ],\n  \"u\":\"x\\/y\"\n}";
    assert_eq!(&shown(Layout::PRETTY)[..], pretty.as_bytes());
}

#[test]
fn places_are_read_and_set() {
    let cx = &mut context(&[]);
    assert_eq!(json(cx, &at("j", vec![])), Value::Null);
    assert!(!set_json(cx, &at("j", vec![key("a")]), Assign::Set, Value::Int(1)), "not set yet");
    assert!(parse(cx, "j", r#"{"n": 4294967296, "l": [1, "two", null], "t": true}"#));
    assert_eq!(json(cx, &at("j", vec![key("n")])), Value::NamedInt("4294967296".into(), 0));
    assert_eq!(json(cx, &at("j", vec![key("l"), Step::At(-2)])), Value::literal(b"two"));
    assert_eq!(json(cx, &at("j", vec![key("l"), Step::At(2)])), Value::Null);
    assert_eq!(json(cx, &at("j", vec![key("t")])), Value::literal(b"true"));
    assert!(set_json(cx, &at("j", vec![key("l"), Step::End]), Assign::Set, Value::BareInt(5)));
    assert!(set_json(cx, &at("j", vec![key("l"), Step::At(0)]), Assign::Set, Value::Null));
    assert!(!set_json(cx, &at("j", vec![key("l"), Step::At(3)]), Assign::Set, Value::Int(1)));
    assert!(!set_json(cx, &at("j", vec![key("l"), Step::End]), Assign::Set, Value::Null));
    assert!(!set_json(cx, &at("j", vec![key("x"), key("y")]), Assign::Set, Value::Int(1)));
    assert!(!set_json(cx, &at("j", vec![key("t")]), Assign::Replace, Value::BareInt(1)), "no text");
    assert_eq!(text_of(cx, "j"), r#"{ "n": 4294967296, "l": [ "two", null, 5 ], "t": true }"#);
    assert!(!set_json(cx, &at("j", vec![key("l")]), Assign::Replace, Value::literal(b"{")));
    assert_eq!(text_of(cx, "j"), r#"{ "n": 4294967296, "t": true }"#, "what could not be parsed is removed");
    assert!(set_json(cx, &at("j", vec![]), Assign::Set, Value::TextInt("OPTIONS".into(), 4)));
    assert_eq!(json(cx, &at("j", vec![])), Value::literal(b"OPTIONS"));
}

#[test]
fn long_numbers_can_be_texts() {
    let cx = &mut context(&[("enable_long_quoting", 1)]);
    assert!(parse(cx, "j", "[2147483648, 5]"));
    assert_eq!(json(cx, &at("j", vec![Step::At(0)])), Value::literal(b"2147483648"));
    assert_eq!(json(cx, &at("j", vec![Step::At(1)])), Value::Int(5));
}

#[test]
fn items_for_loops() {
    let cx = &mut context(&[]);
    assert!(parse(cx, "j", r#"{"x": 1, "y": [2]}"#));
    let word = |w: &'static str| Step::Word(Text::from_static(w.as_bytes()));
    let mut item = |steps: Vec<Step>, n| json(cx, &at("j", steps).at(Index::At(n)));
    assert_eq!(item(vec![word("keys")], 1), Value::literal(b"y"));
    assert_eq!(item(vec![word("values")], 0), Value::Int(1));
    assert_eq!(item(vec![], 1), Value::literal(b"[ 2 ]"));
    assert_eq!(item(vec![key("y")], 0), Value::Int(2));
    assert_eq!(item(vec![key("y"), word("keys")], 0), Value::Null);
    assert_eq!(item(vec![], 2), Value::Null);
    assert_eq!(json(cx, &at("j", vec![]).at(Index::All)), Value::Null);
}

#[test]
fn links_share_and_never_turn_in_circles() {
    let cx = &mut context(&[]);
    assert!(parse(cx, "a", r#"{"in": {"k": 1}}"#));
    let (a, inside) = (variable("a", vec![]), variable("a", vec![key("in")]));
    assert_eq!(json_link(cx, &variable("b", vec![]), &inside), 1);
    assert!(set_json(cx, &at("b", vec![key("k")]), Assign::Set, Value::Int(2)));
    assert_eq!(text_of(cx, "a"), r#"{ "in": { "k": 2 } }"#);
    assert_eq!(json_link(cx, &variable("b", vec![key("self")]), &a), -1, "a contains b");
    assert_eq!(json_link(cx, &variable("c", vec![]), &variable("never", vec![])), -1);
    assert_eq!(json_link(cx, &a, &a), 1);
    assert_eq!(json_link(cx, &variable("a", vec![key("twice")]), &inside), 1);
    assert_eq!(text_of(cx, "a"), r#"{ "in": { "k": 2 }, "twice": { "k": 2 } }"#);
}

#[test]
fn deep_and_wide_links_have_no_text_and_cost_no_stack() {
    let cx = &mut context(&[]);
    assert!(parse(cx, "a", "[1]"));
    for _ in 0..300 {
        assert!(parse(cx, "b", "[]"));
        assert_eq!(json_link(cx, &variable("b", vec![Step::End]), &variable("a", vec![])), 1);
        assert_eq!(json_link(cx, &variable("a", vec![]), &variable("b", vec![])), 1);
    }
    assert_eq!(json(cx, &at("a", vec![])), Value::Null);
    let deep = (0..100_000).fold(Node::Null.link(), |inside, _| Node::Array(vec![inside]).link());
    drop(deep);
    assert!(parse(cx, "a", "[1]"));
    for _ in 0..40 {
        assert!(parse(cx, "b", "[]"));
        assert_eq!(json_link(cx, &variable("b", vec![Step::End]), &variable("a", vec![])), 1);
        assert_eq!(json_link(cx, &variable("b", vec![Step::End]), &variable("a", vec![])), 1);
        assert_eq!(json_link(cx, &variable("a", vec![]), &variable("b", vec![])), 1);
    }
    assert_eq!(json(cx, &at("a", vec![])), Value::Null, "it would be 2^40 items long");
}

#[test]
fn merging() {
    let cx = &mut context(&[]);
    let x = VarRef {
        inner: InnerRef::Constant(Inner::Number(0)),
        ..VarRef::plain(variables::var, Some(variables::set_var))
    };
    let mut merged = |a: &'static str, b: &'static str| {
        let rc = json_merge(cx, Text::from_static(a.as_bytes()), Text::from_static(b.as_bytes()), &x);
        (rc == 1)
            .then(|| cx.var(0).text().map(|t| String::from_utf8_lossy(&t).into_owned()).unwrap_or_default())
    };
    let mut is = |a, b, c: &str| assert_eq!(merged(a, b).as_deref(), Some(c), "{a} + {b}");
    is(r#"{"a": 1, "b": 2}"#, r#"{"b": 3, "c": 4}"#, r#"{"a":1,"b":3,"c":4}"#);
    is(r#"{"a": 1, "b": {"c": 1}}"#, r#"{"A": null, "b": {"d": "x/y"}}"#, r#"{"b":{"c":1,"d":"x/y"}}"#);
    is("[1]", r#"{"a": 1.5}"#, r#"{"a":1.500000}"#);
    is("{}", "[1e20, 1.5e-7, 0.0]", "[100000000000000000000,1.500000e-07,0]");
    assert_eq!(merged("{}", "nope"), None);
    assert_eq!(merged("{'a': 1}", "{}"), None);
}

#[test]
fn no_text_breaks_the_parser() {
    let pieces = [
        "{", "}", "[", "]", "\"", "'", ":", ",", "\\u00e9", "\\ud83d", "\\", "1", "-", "e+", ".", "null",
        "TRUE", "/*", "*/", "//", " ", "a",
    ];
    mixed(&pieces, 20_000, |text| {
        if let Some(link) = parse::document(text) {
            let printed = print::print(&link.borrow(), Layout::SPACED).expect("no link makes it deep");
            let again = parse::document(&printed).expect("what is printed can be read");
            assert_eq!(print::print(&again.borrow(), Layout::SPACED), Some(printed));
        }
        if let Some(link) = parse::strict(text) {
            merge::merge(link, &parse::strict(text).expect("it was read before"));
        }
    });
}
