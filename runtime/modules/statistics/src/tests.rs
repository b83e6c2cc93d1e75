//! Statistics, series and iterators on one worker.

use sipc_engine::place::InnerRef;
use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};
use sipc_engine::variables;

use super::*;
use crate::series::{Algorithm, Series, parse};

fn configuration(params: &[(&str, &str)]) -> Configuration {
    let of = |(name, value): &(&str, &str)| {
        ("statistics".to_owned(), (*name).to_owned(), Setting::Text((*value).to_owned()))
    };
    Configuration {
        script_vars: vec!["x".to_owned(), "y".to_owned()],
        modparams: params.iter().map(of).collect(),
        ..Configuration::default()
    }
}

fn context(params: &[(&str, &str)]) -> Context {
    context_on(worker_with(configuration(params), &[LINKED]), OPTIONS)
}

fn text(t: &str) -> Text {
    Text::from(t.to_owned())
}

fn variable(slot: i32) -> VarRef {
    let var = VarRef::plain(variables::var, Some(variables::set_var));
    VarRef { inner: InnerRef::Constant(Inner::Number(slot)), ..var }
}

#[test]
fn statistics() {
    let cx =
        &mut context(&[("variable", "mine"), ("variable", "kept/no_reset"), ("stat_groups", "one, two")]);
    assert_eq!((update_stat(cx, text("mine"), 5), update_stat(cx, text("kept"), 2)), (1, 1));
    assert_eq!(stat(cx, &Place::name(b"MINE")), Value::Int(5), "case does not count");
    assert_eq!(stat(cx, &Place::name(b"script:mine")), Value::Int(5));
    assert_eq!(stat(cx, &Place::name(b"one:mine")), Value::Null);
    assert_eq!(stat(cx, &Place::name(b"three:mine")), Value::Null);
    assert_eq!((reset_stat(cx, text("mine")), reset_stat(cx, text("kept"))), (1, 1));
    assert_eq!(stat(cx, &Place::name(b"mine")), Value::Int(0));
    assert_eq!(stat(cx, &Place::name(b"kept")), Value::Int(2));
    assert_eq!(update_stat(cx, text("new"), 0), 1);
    assert_eq!(stat(cx, &Place::name(b"new")), Value::Null, "0 makes nothing");
    assert_eq!(update_stat(cx, text("two:new"), -3), 1);
    assert_eq!(stat(cx, &Place::name(b"new")), Value::Int(-3));
    assert_eq!(update_stat(cx, text("three:new"), 1), -1);
    assert_eq!(update_stat(cx, text("two:"), 1), -1);
    assert!(set_stat(cx, &Place::name(b"new"), Assign::Set, Value::Null));
    assert!(!set_stat(cx, &Place::name(b"three:new"), Assign::Set, Value::Null));
    assert_eq!(stat(cx, &Place::name(b"new")), Value::Int(0));
    assert_eq!(stat(cx, &Place::name(b"core:drop_requests")), Value::Int(0));
}

#[test]
fn names_of_messages_do_not_fill_the_memory() {
    let cx = &mut context(&[]);
    let made = (0..STATISTICS_MAX).take_while(|n| update_stat(cx, text(&format!("s{n}")), 1) == 1).count();
    assert!(made > 60_000 && made < STATISTICS_MAX);
    assert_eq!(update_stat(cx, text("s0"), 1), 1);
}

#[test]
fn iterators() {
    let cx = &mut context(&[("stat_groups", "g")]);
    let (x, y) = (variable(0), variable(1));
    assert_eq!(stat_iter_next(cx, &x, &y, text("i")), -1, "not set");
    assert_eq!(stat_iter_init(cx, text("none"), text("i")), -1);
    update_stat(cx, text("g:b"), 1);
    update_stat(cx, text("g:a"), 2);
    assert_eq!(stat_iter_init(cx, text("g"), text("i")), 1);
    assert_eq!(stat_iter_next(cx, &x, &y, text("i")), 1);
    assert_eq!((cx.var(0), cx.var(1)), (Value::literal(b"b"), Value::Int(1)));
    assert_eq!(stat_iter_next(cx, &x, &VarRef::plain(variables::rm, None), text("i")), -1);
    assert_eq!(stat_iter_next(cx, &x, &y, text("i")), 1);
    assert_eq!((cx.var(0), cx.var(1)), (Value::literal(b"a"), Value::Int(2)));
    assert_eq!(stat_iter_next(cx, &x, &y, text("i")), -1);
    let most = (0..2000).take_while(|n| stat_iter_init(cx, text("g"), text(&format!("i{n}"))) == 1).count();
    assert!(most < 2000);
}

#[test]
fn windows() {
    let (shape, group) =
        parse(" algorithm=Average window=10 slots=5 group=g hash_size=3").expect("a profile");
    assert_eq!((shape.window, shape.slots, group.as_deref()), (10_000, 5, Some("g")));
    let mut average = Series::new(shape);
    assert_eq!(average.value(1_000), 0);
    average.add(1_000, 10);
    average.add(3_000, 20);
    assert_eq!(average.value(3_500), 15);
    assert_eq!(average.value(10_500), 20, "the first slot has left the window");
    assert_eq!(average.value(2_000), 20, "a clock that goes back changes nothing");
    assert_eq!(average.value(100_000), 0);
    let mut percentage =
        Series::new(parse("algorithm=percentage percentage_factor=1000").expect("a profile").0);
    for value in [1, 1, -1, 0] {
        percentage.add(5_000, value);
    }
    assert_eq!(percentage.value(5_000), 666);
    let mut sum = Series::new(parse("window=1 slots=3").expect("a profile").0);
    for time in 0..2_000 {
        sum.add(10_000 + time, 1);
    }
    assert!((600..=1000).contains(&sum.value(12_000)));
    assert_eq!(parse("").expect("the default").0.algorithm, Algorithm::Accumulate);
    for bad in [
        "x",
        "x=1",
        "window=0",
        "window=a",
        "slots=1000000 window=10000",
        "percentage_factor=20",
        "algorithm=x",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn series_of_scripts() {
    let params =
        [("stat_series_profile", "asr: algorithm=percentage"), ("stat_series_profile", "sum: group=core")];
    let cx = &mut context(&params);
    assert_eq!(update_stat_series(cx, text("none"), text("x"), 1), -1);
    assert_eq!(update_stat_series(cx, text("ASR"), text("calls"), 3), 1);
    assert_eq!(update_stat_series(cx, text("asr"), text("calls"), -1), 1);
    assert_eq!(stat(cx, &Place::name(b"asr:calls")), Value::Int(75));
    assert_eq!(update_stat_series(cx, text("sum"), text("calls"), 1), -1, "the name is taken");
    assert_eq!(update_stat_series(cx, text("sum"), text("all"), 4), 1);
    assert_eq!(stat(cx, &Place::name(b"dynamic:all")), Value::Int(4), "core is no group for series");
    update_stat(cx, text("all"), 100);
    reset_stat(cx, text("all"));
    assert_eq!(stat(cx, &Place::name(b"all")), Value::Int(4));
}

#[test]
fn parameters() {
    for (name, value) in [
        ("variable", "x/other"),
        ("variable", "x/"),
        ("variable", "/no_reset"),
        ("stat_series_profile", "p: x"),
    ] {
        let mut setup = Setup::new(configuration(&[(name, value)]), Vec::new());
        assert!((LINKED.init)(&mut setup).is_err(), "{value}");
    }
    let mut setup =
        Setup::new(configuration(&[("stat_series_profile", "p"), ("stat_series_profile", "P")]), Vec::new());
    assert!((LINKED.init)(&mut setup).is_err());
}
