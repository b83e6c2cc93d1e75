//! Rules without a script.

use sipc_engine::Text;
use sipc_engine::database::DbValue;

use super::plans::Plans;
use super::rule::Rule;

/// plan, priority, operator, expression, flags, substitution, replacement
type Row<'a> = (i64, i64, i64, &'a str, i64, &'a str, &'a str);

fn row(row: Row<'_>, attributes: &str, times: &str) -> Vec<DbValue> {
    let (plan, priority, operator, exp, flags, subst, replacement) = row;
    let n = DbValue::Int;
    let t = |text: &str| if text.is_empty() { DbValue::Null } else { DbValue::from(text) };
    vec![
        n(plan),
        n(priority),
        n(operator),
        DbValue::Text(Text::copy_from_slice(exp.as_bytes())),
        n(flags),
        t(subst),
        t(replacement),
        t(attributes),
        t(times),
    ]
}

fn read(fields: Row<'_>) -> Result<Rule, String> {
    Rule::read(&row(fields, "", ""))
}

fn translated(fields: Row<'_>, input: &str) -> Result<String, &'static str> {
    let rule = read(fields).expect("a rule");
    rule.translate(None, input.as_bytes()).map(|t| String::from_utf8_lossy(&t).into_owned())
}

#[test]
fn replacements() {
    let ok = |text: &str| Ok(text.to_owned());
    assert_eq!(translated((1, 1, 1, "^1", 0, "^1(..)(.*)", "\\2-\\1\\0!"), "12345"), ok("45-2312345!"));
    assert_eq!(translated((1, 1, 1, "^1", 0, "", "x\\1"), "1"), ok("x\\1"), "as it is without groups");
    assert_eq!(translated((1, 1, 1, "^1", 0, "1", "plain"), "1"), ok("plain"));
    assert_eq!(translated((1, 1, 1, "^1", 0, "(1)|(2)", "[\\2\\n\\\\]"), "1"), ok("[\n\\]"));
    assert_eq!(translated((1, 1, 1, "^1", 0, "(1)", "\\1$rU\\u"), "1"), ok("1"), "there is no message");
    assert_eq!(translated((1, 1, 1, "^1", 0, "", ""), "1"), ok(""));
    assert_eq!(translated((1, 1, 1, "^\u{e9}", 0, "^(.+)$", "\\1"), "\u{e9}x"), ok("\u{e9}x"), "bytes stay");
    assert!(translated((1, 1, 1, "^1", 0, "2", "x"), "1").is_err(), "subst_exp does not match");
    assert!(translated((1, 1, 1, "^1", 0, "(.*)", "\\1"), &"1".repeat(200)).is_err(), "too long");
}

#[test]
fn what_is_no_rule() {
    for bad in [
        (1, 1, 2, "x", 0, "", ""),
        (1, 1, 0, "", 0, "", ""),
        (1, 1, 1, "(", 0, "", ""),
        (1, 1, 1, "x", 0, "(", ""),
        (1, 1, 1, "x", 0, "(x)", "\\2"),
        (1, 1, 1, "x", 0, "x", "$"),
    ] {
        assert!(read(bad).is_err(), "{bad:?}");
    }
    let many = "\\1".repeat(101);
    assert!(read((1, 1, 1, "x", 0, "(x)", &many)).is_err());
    assert!(Rule::read(&row((1, 1, 1, "x", 0, "", ""), "", "never")).is_err());
    assert!(Rule::read(&[]).is_err());
}

#[test]
fn the_first_of_the_least_priority() {
    let mut plans = Plans::default();
    let times = "20000101T000000|20000102T000000";
    let rows = [
        row((1, 5, 0, "abc", 0, "", ""), "equal", ""),
        row((1, 5, 1, "^ab", 0, "", ""), "same", ""),
        row((1, 4, 1, "^A", 1, "", ""), "lower", ""),
        row((1, 3, 1, "^x", 0, "", ""), "then", times),
        row((1, 9, 0, "XyZ", 1, "", ""), "any case", ""),
        row((2, 2, 1, "c$", 0, "", ""), "first", ""),
        row((2, 1, 0, "abc", 0, "", ""), "second", ""),
        row((2, 1, 1, "d$", 0, "", ""), "third", ""),
    ];
    for row in &rows {
        plans.add(Rule::read(row).expect("a rule"));
    }
    let find = |plan, input: &str, unix| {
        let rule = plans.get(plan).and_then(|p| p.find(input.as_bytes(), unix));
        rule.map(|r| String::from_utf8_lossy(&r.short_attributes()).into_owned())
    };
    assert_eq!(find(1, "abc", 0).as_deref(), Some("equal"), "the first expression has the same priority");
    assert_eq!(find(1, "abd", 0).as_deref(), Some("same"), "the first of the table");
    assert_eq!(find(1, "Abd", 0).as_deref(), Some("lower"));
    assert_eq!(find(1, "xYz", 0).as_deref(), Some("any case"));
    assert_eq!(find(1, "xyz", 946_700_000).as_deref(), Some("then"));
    assert_eq!(find(2, "abc", 0).as_deref(), Some("second"));
    assert_eq!((find(2, "x", 0), find(3, "x", 0)), (None, None));
}

#[test]
fn attributes_have_an_end() {
    let rule = Rule::read(&row((1, 1, 1, "x", 0, "", ""), &"a".repeat(300), "")).expect("a rule");
    assert_eq!(rule.short_attributes().len(), 256);
}
