//! The rules that running OpenSIPS 4.0.1 showed.

use super::*;
use crate::address::{Network, parse};
use crate::place::Assign;
use crate::regex::Regex;
use crate::testing::{OPTIONS, context};
use crate::variables::{avp, set_avp, set_var, var};
use crate::{Text, Value};

fn text(t: &'static str) -> Value {
    Value::literal(t.as_bytes())
}

fn calc(op: Op, left: Value, right: Value) -> Value {
    binary(&context(OPTIONS), op, &left, &right)
}

#[test]
fn numbers() {
    let n = |op, l, r| calc(op, Value::BareInt(l), Value::Int(r)).number();
    assert_eq!(n(Op::Add, 0x7fff_ffff, 1), Some(i32::MIN));
    assert_eq!(n(Op::Divide, 7, -2), Some(-3));
    assert_eq!(n(Op::Divide, 7, 0), Some(0), "a logged error, and a value");
    assert_eq!(n(Op::Remainder, i32::MIN, -1), Some(0));
    assert_eq!(n(Op::Divide, i32::MIN, -1), Some(i32::MIN));
    assert_eq!(n(Op::ShiftLeft, 3, 30), Some(-1_073_741_824));
    assert_eq!(n(Op::ShiftRight, 256, 36), Some(16));
}

#[test]
fn the_left_side_decides() {
    assert_eq!(calc(Op::Add, text("a"), Value::Int(7)), Value::Text("a7".into()));
    assert_eq!(calc(Op::Add, text("a"), Value::BareInt(7)), Value::Nothing);
    assert_eq!(calc(Op::Add, Value::Int(7), text("a")), Value::Nothing);
    assert_eq!(calc(Op::Add, Value::Int(7), Value::Null), Value::BareInt(7));
    assert_eq!(calc(Op::Add, Value::Null, Value::Int(7)), Value::Text("7".into()));
    assert_eq!(calc(Op::Add, Value::Null, Value::Null), text(""));
    assert_eq!(calc(Op::Subtract, text("9"), text("1")), Value::Nothing);
    assert_eq!(calc(Op::Or, Value::Null, Value::Int(5)), Value::Nothing);
    assert_eq!(calc(Op::Add, Value::Nothing, Value::Int(1)), Value::Nothing);
    assert_eq!(calc(Op::Add, Value::Int(1), Value::Nothing), Value::Nothing);
}

#[test]
fn texts_of_one_length_combine() {
    assert_eq!(calc(Op::And, text("abc"), text("~~~")), text("`bb"));
    assert_eq!(calc(Op::Xor, text("ab"), text("ab")), text("\0\0"));
    assert_eq!(calc(Op::And, text("ab"), text("a")), Value::Nothing);
    assert_eq!(calc(Op::ShiftLeft, text("ab"), text("ab")), Value::Nothing);
}

#[test]
fn brackets_as_conditions() {
    let cx = &mut context(OPTIONS);
    assert_eq!(variable_truth(&Value::Int(0)), 1, "it has text");
    assert_eq!(variable_truth(&Value::Null), 0);
    assert_eq!(binary_truth(cx, Op::And, &Value::Int(6), &Value::BareInt(4)), 1);
    assert_eq!(binary_truth(cx, Op::Subtract, &Value::Int(1), &Value::BareInt(1)), 0);
    assert_eq!(binary_truth(cx, Op::Add, &text(""), &text("")), 0);
    assert_eq!(binary_truth(cx, Op::Add, &text("a"), &Value::BareInt(1)), 1);
    assert_eq!(complement_truth(cx, &Value::BareInt(-1)), 0);
}

fn compared(op: Compare, left: Value, right: Value) -> i32 {
    compare(&context(OPTIONS), op, &left, &right)
}

#[test]
fn variables_compare_as_numbers_when_both_have_one() {
    use Compare::*;
    assert_eq!(compared(Equal, Value::Int(5), text("5")), 1);
    assert_eq!(compared(Greater, Value::Int(10), Value::Int(9)), 1);
    assert_eq!(compared(Less, text("10"), text("9")), 1);
    assert_eq!(compared(Equal, Value::TextInt("INVITE".into(), 1), Value::Int(1)), 1);
    assert_eq!(compared(Equal, Value::BareInt(1), text("1")), -1);
    assert_eq!(compared(Equal, text("AbC"), text("aBc")), 1);
    assert_eq!(compared(Less, text("a"), text("Z")), 1);
    assert_eq!(compared(Less, text("ab"), text("abc")), 1);
    assert_eq!(compared(Less, Value::Text(Text::from_static(b"\xff")), text("a")), 1, "signed bytes");
}

#[test]
fn null_in_comparisons() {
    use Compare::*;
    for op in [Equal, Less, LessEqual, Greater, GreaterEqual, Match] {
        assert_eq!(compared(op, Value::Null, text("a")), 0, "{op:?}");
    }
    assert_eq!(compared(NotEqual, Value::Null, text("a")), 1);
    assert_eq!(compared(NotMatch, text("a"), Value::Null), 1);
    assert_eq!(compared(Match, Value::Null, Value::Null), 1);
    assert_eq!(compared(NotMatch, Value::Null, Value::Null), 0);
    assert_eq!(compared(LessEqual, Value::Null, Value::Null), 0);
    assert_eq!(compare_null(Equal, &Value::Null), 1);
    assert_eq!(compare_null(NotEqual, &text("")), 1);
}

#[test]
fn constants_on_the_right() {
    let cx = &mut context(OPTIONS);
    assert_eq!(compare_number(cx, Compare::NotEqual, &text("7"), 5), -1);
    assert_eq!(compare_number(cx, Compare::NotEqual, &Value::Null, 5), 1);
    assert_eq!(compare_text(cx, Compare::Equal, &Value::Int(5), b"5"), 1);
    assert_eq!(compare_text(cx, Compare::Equal, &Value::BareInt(5), b"5"), -1);
    let net = Network::with_prefix(parse(b"10.0.0.0").expect("an address"), 8).expect("a length");
    assert_eq!(compare_network(cx, Compare::Equal, &text("10.1.2.3"), &net), 1);
    assert_eq!(compare_network(cx, Compare::NotEqual, &text("::1"), &net), 1);
    assert_eq!(compare_network(cx, Compare::NotEqual, &text("host"), &net), -1);
    assert_eq!(compare_regex(cx, Compare::Match, &text("Hello"), &Regex::condition(b"^h.*O$")), 1);
    assert_eq!(compare_regex(cx, Compare::NotMatch, &Value::Null, &Regex::condition(b"a")), 1);
}

#[test]
fn patterns_from_variables() {
    use Compare::*;
    assert_eq!(compared(Match, text("hello"), text("^HE")), 1);
    assert_eq!(compared(Match, text("hello"), text("h(")), -1);
    assert_eq!(compared(NotMatch, text("hello"), text("h(")), -1);
}

#[test]
fn logic() {
    let cx = &mut context(OPTIONS);
    assert_eq!(and(cx, -1, |_| 1), -1);
    assert_eq!(or(cx, -1, |_| 1), -1, "an error is not false");
    assert_eq!(or(cx, 0, |_| 1), 1);
    assert!(!asserted(-1));
}

#[test]
fn assignment_keeps_what_a_failed_right_side_leaves() {
    let cx = &mut context(OPTIONS);
    let x = Place::number(0);
    assert_eq!(assign(cx, set_var, &x, Assign::Set, text("old")), 1);
    assert_eq!(assign(cx, set_var, &x, Assign::Set, Value::Nothing), -1);
    assert_eq!(var(cx, &x), text("old"));
    assert_eq!(assign(cx, set_var, &x, Assign::Set, Value::TextInt("5060".into(), 5060)), 1);
    assert_eq!(var(cx, &x), text("5060"), "stored as text");
}

#[test]
fn compound_assignment() {
    let cx = &mut context(OPTIONS);
    let x = Place::number(0);
    let mut run = |old: Value, op, value: Value| {
        set_var(cx, &x, Assign::Set, old);
        let result = assign_op(cx, var, set_var, &x, op, value);
        (result, var(cx, &x))
    };
    assert_eq!(run(text("ab"), Op::Add, text("cd")), (1, text("abcd")));
    assert_eq!(run(text("ab"), Op::Subtract, text("cd")), (-1, text("ab")));
    assert_eq!(run(Value::Int(5), Op::Add, text("2")), (-1, Value::Int(5)));
    assert_eq!(run(text("5"), Op::Add, Value::BareInt(2)), (-1, text("5")));
    assert_eq!(run(Value::Int(1), Op::Add, Value::TextInt("5060".into(), 5060)), (1, text("5060")));
    assert_eq!(run(Value::Int(5), Op::Divide, Value::BareInt(0)), (-1, Value::Int(5)));
    assert_eq!(run(Value::Null, Op::Add, Value::BareInt(1)), (-1, Value::Null));
}

#[test]
fn compound_assignment_pushes_an_avp() {
    let cx = &mut context(OPTIONS);
    let a = Place::number(0);
    assign(cx, set_avp, &a, Assign::Set, Value::BareInt(1));
    assert_eq!(assign_op(cx, avp, set_avp, &a, Op::Add, Value::BareInt(10)), 1);
    assert_eq!(avp(cx, &a.clone().at(Index::All)), text("11, 1"));
    assert_eq!(assign(cx, set_avp, &a, Assign::Set, Value::Null), 1, "deletes the newest");
    assert_eq!(avp(cx, &a), Value::Int(1));
}

#[test]
fn labels() {
    assert!(label_text(&Value::Int(5), b"5"));
    assert!(label_text(&text("ABC"), b"abc"));
    assert!(!label_text(&Value::Null, b""));
    assert!(label_number(&Value::TextInt("5060".into(), 5060), 5060));
    assert!(!label_number(&text("5"), 5));
}
