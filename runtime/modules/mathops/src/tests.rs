//! Expressions, numbers as C reads and writes them, and results on one worker.

use sipc_engine::Inner;
use sipc_engine::place::InnerRef;
use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};
use sipc_engine::variables;

use super::*;
use sipc_test_support::pieces::mixed;

fn eval(text: &str) -> Option<f64> {
    infix::evaluate(text.as_bytes())
}

fn rpn(text: &str) -> Option<f64> {
    rpn::evaluate(text.as_bytes())
}

#[test]
fn expressions() {
    for (text, value) in [
        ("1+2*3", 7.0),
        ("(1+2)*3", 9.0),
        ("-2^2", 4.0),
        ("2^3^2", 64.0),
        ("2 - -3", 5.0),
        ("10%3", 1.0),
        ("sqrt 16 + abs(-1)", 5.0),
        ("log 100", 2.0),
        ("0x10", 16.0),
        (" 1.5e3 ", 1500.0),
        ("1/0", f64::INFINITY),
    ] {
        assert_eq!(eval(text), Some(value), "{text}");
    }
    for text in
        ["", "1 2", "pi", "abc", "2**3", "(1", "1)", ".", "1+", "sqrt(-1)", "0/0", "log10(10)", "ABS(1)"]
    {
        assert_eq!(eval(text), None, "{text}");
    }
    let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(eval(&deep), None, "too deep, but it ends");
    assert_eq!(eval(&"-".repeat(100_000)), None);
    assert_eq!(eval(&format!("{}1", "--".repeat(50_000))), Some(1.0));
}

#[test]
fn reverse_polish() {
    for (text, value) in [
        ("1 2 +", 3.0),
        ("2 3 pow", 8.0),
        ("3 dup *", 9.0),
        ("1 2 swap -", 1.0),
        ("1 2+", 3.0),
        ("-3 abs", 3.0),
        ("2.5 nearbyint", 2.0),
        ("1 + 2", 2.0),
        ("7 8 drop", 7.0),
    ] {
        assert_eq!(rpn(text), Some(value), "{text}");
    }
    for text in ["", "+", "1 +", "1 2", "5 !", "1 max", "drop 1", "dup 1", "1e999", "1 2+3"] {
        assert_eq!(rpn(text), None, "{text}");
    }
    let many = "1 ".repeat(STACK + 1) + &"+ ".repeat(STACK);
    assert_eq!(rpn(&many), None);
    let full = "1 ".repeat(STACK) + &"+ ".repeat(STACK - 1);
    assert_eq!(rpn(&full), Some(100.0));
    assert_eq!(rpn(&("1 ".repeat(STACK) + "pi")), None);
}

const STACK: usize = 100;

#[test]
fn numbers() {
    let parsed = |text: &str| {
        let start = number::parse_start(text.as_bytes());
        (start.value, start.length)
    };
    assert_eq!(parsed("  -12.5e1x"), (-125.0, 9));
    assert_eq!(parsed("1e"), (1.0, 1));
    assert_eq!(parsed("5."), (5.0, 2));
    assert_eq!(parsed(".5e+1"), (5.0, 5));
    assert_eq!(parsed("0x1.8p1 "), (3.0, 7));
    assert_eq!(parsed("0xg"), (0.0, 1));
    assert_eq!(parsed("-inf"), (f64::NEG_INFINITY, 4));
    assert_eq!(parsed("abc"), (0.0, 0));
    assert!(number::parse_start(b"1e-400").out_of_range);
    assert!(!number::parse_start(b"0e-400").out_of_range);
    assert_eq!(
        (whole(2_147_483_647.9), whole(2_147_483_648.0), whole(f64::NAN)),
        (i32::MAX, i32::MIN, i32::MIN)
    );
    assert_eq!((whole(-2_147_483_648.5), whole(-3.7)), (i32::MIN, -3));
    assert_eq!((&*fixed(0.005, 2), &*fixed(-0.1, 0), &*fixed(f64::NEG_INFINITY, 3)), ("0.01", "-0", "-inf"));
}

#[test]
fn results_are_stored() {
    let configuration = Configuration {
        script_vars: vec!["x".to_owned()],
        modparams: vec![("mathops".to_owned(), "decimal_digits".to_owned(), Setting::Int(2))],
        ..Configuration::default()
    };
    let cx = &mut context_on(worker_with(configuration, &[LINKED]), OPTIONS);
    let var = VarRef::plain(variables::var, Some(variables::set_var));
    let x = VarRef { inner: InnerRef::Constant(Inner::Number(0)), ..var };
    let text = |t: &'static str| Text::from_static(t.as_bytes());
    assert_eq!(math_eval(cx, text("2/3"), &x), 1);
    assert_eq!(cx.var(0), Value::literal(b"0.67"));
    assert_eq!(math_round_sf(cx, text("abc"), &x, Some(1)), 1);
    assert_eq!(cx.var(0), Value::literal(b"-nan"));
    assert_eq!(math_rpn(cx, text("0 sqrt neg 0 /"), &x), 1);
    assert_eq!(cx.var(0), Value::literal(b"-nan"));
    assert_eq!(math_compare(cx, text("2"), text("1+2"), &x), 1);
    assert_eq!(cx.var(0), Value::Int(-1));
    assert_eq!(math_round(cx, text("-2.5"), &x, None), 1);
    assert_eq!(cx.var(0), Value::Int(-3));
    assert_eq!(math_round(cx, text("1"), &x, Some(1000)), -1);
    assert_eq!(math_eval(cx, text("1"), &VarRef::plain(variables::rm, None)), -1);
    assert_eq!(math_compare(cx, text("1"), text("x"), &x), -1);
}

#[test]
fn no_text_breaks_the_parsers() {
    let pieces = [
        "1", "2.5", "0x", ".", "e", "E+", "-", "+", "*", "/", "%", "^", "(", ")", " ", "sqrt", "ln", "dup",
        "swap", "drop", "pow", "9e999",
    ];
    mixed(&pieces, 20_000, |text| {
        let values = [infix::evaluate(text), rpn::evaluate(text), Some(number::parse_start(text).value)];
        for value in values.into_iter().flatten() {
            assert!(!fixed(value, 3).is_empty());
            whole(value);
        }
    });
}
