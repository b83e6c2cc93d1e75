//! On one worker with an OPTIONS request.

use std::future::Future;
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use sipc_engine::mi::Params;
use sipc_engine::place::{Assign, InnerRef};
use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};
use sipc_engine::variables;

use super::*;

fn configuration(params: &[(&str, Setting)]) -> Configuration {
    let of = |(name, value): &(&str, Setting)| ("cfgutils".to_owned(), (*name).to_owned(), value.clone());
    Configuration {
        script_vars: vec!["x".to_owned(), "y".to_owned()],
        avp_names: vec!["a".to_owned()],
        modparams: params.iter().map(of).collect(),
        ..Configuration::default()
    }
}

fn context(params: &[(&str, Setting)]) -> Context {
    context_on(worker_with(configuration(params), &[LINKED]), OPTIONS)
}

fn text(text: &str) -> Setting {
    Setting::Text(text.to_owned())
}

fn variable(slot: i32) -> VarRef {
    let var = VarRef::plain(variables::var, Some(variables::set_var));
    VarRef { inner: InnerRef::Constant(Inner::Number(slot)), ..var }
}

fn avp() -> VarRef {
    let avp = VarRef::plain(variables::avp, Some(variables::set_avp));
    VarRef { inner: InnerRef::Constant(Inner::Number(0)), ..avp }
}

fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Task::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[test]
fn shared_variables() {
    let cx = &mut context(&[("shvset", text("debug=i:7")), ("shvset", text("t=s:one"))]);
    assert_eq!(shv(cx, &Place::name(b"debug")), Value::Int(7));
    assert_eq!(shv(cx, &Place::name(b"t")), Value::literal(b"one"));
    assert_eq!(shv(cx, &Place::name(b"unknown")), Value::Int(0));
    assert!(set_shv(cx, &Place::name(b"n"), Assign::Set, Value::BareInt(5)));
    assert!(set_shv(cx, &Place::name(b"t"), Assign::Set, Value::Null));
    assert_eq!(shv(cx, &Place::name(b"t")), Value::Int(0));

    let command = |name: &str, params: serde_json::Value| {
        let command = cx.shared().commands.iter().find(|c| c.name == name).expect("a command");
        let params = Params(params.as_object().cloned().unwrap_or_default());
        (command.handler)(cx.shared(), &params)
    };
    let set = serde_json::json!({"name": "n", "type": "str", "value": "x"});
    assert_eq!(command("cfgutils:shv_set", set), Ok(serde_json::json!("OK")));
    let one = command("cfgutils:shv_get", serde_json::json!({"name": "n"}));
    assert_eq!(one, Ok(serde_json::json!({"VAR": {"type": "string", "value": "x"}})));
    let all = command("cfgutils:shv_get", serde_json::json!({})).expect("an answer");
    assert_eq!(all[0].as_array().map(Vec::len), Some(3));
    assert_eq!(command("cfgutils:shv_get", serde_json::json!({"name": "z"})).map_err(|e| e.code), Err(404));
    assert_eq!(command("cfgutils:get_config_hash", serde_json::json!({})).map_err(|e| e.code), Err(404));
}

#[test]
fn parameters() {
    let cx = &mut context(&[("varset", text("y=i:3")), ("varset", text("unused=s:x"))]);
    assert_eq!(cx.var(1), Value::Int(3));
    for (name, value) in [
        ("shvset", text("x")),
        ("shvset", text("x=i:y")),
        ("varset", text("=s:x")),
        ("initial_probability", Setting::Int(101)),
        ("lock_pool_size", Setting::Int(0)),
        ("hash_file", text("/no/such/file")),
    ] {
        let mut setup = Setup::new(configuration(&[(name, value)]), Vec::new());
        assert!((LINKED.init)(&mut setup).is_err(), "{name}");
    }
}

#[test]
fn probabilities() {
    let cx = &mut context(&[("initial_probability", Setting::Int(0))]);
    assert_eq!((rand_get_prob(cx), rand_event(cx, None), rand_event(cx, Some(101))), (0, -1, 1));
    rand_set_prob(cx, 101);
    assert_eq!((rand_get_prob(cx), rand_event(cx, None)), (101, 1));
    rand_reset_prob(cx);
    assert_eq!(rand_get_prob(cx), 0);
    assert!(random(cx, &Place::PLAIN).number().is_some_and(|n| n >= 0));
}

#[test]
fn variables_with_several_values() {
    let cx = &mut context(&[]);
    for weight in [0, 9, 0] {
        avp().write(cx, Assign::Set, Value::Int(weight));
    }
    assert_eq!(set_count(cx, &avp(), &variable(0)), 1);
    assert_eq!(cx.var(0), Value::Int(3));
    assert_eq!(set_select_weight(cx, &avp()), 1);
    assert_eq!(shuffle_avps(cx, &avp()), 1);
    let sum: i32 = cx.avps(|a| a.all(0).filter_map(Value::number).sum());
    assert_eq!(sum, 9);
    assert_eq!(set_count(cx, &variable(0), &variable(1)), -1, "it has values for ever");
    cx.avps(|a| a.remove_all(0));
    assert_eq!(set_select_weight(cx, &avp()), -1);
    assert_eq!(shuffle_avps(cx, &avp()), 1);
}

#[test]
fn times() {
    let cx = &mut context(&[]);
    let (x, y) = (variable(0), variable(1));
    assert_eq!(ts_usec_delta(cx, 1, 0, 0, 999_999, Some(&x), Some(&y)), 1);
    assert_eq!((cx.var(0), cx.var(1)), (Value::literal(b"1"), Value::Int(1)));
    assert_eq!(ts_usec_delta(cx, i32::MAX, 0, i32::MIN, 0, None, Some(&y)), -1);
    assert_eq!(get_accurate_time(cx, &x, &y, None), 1);
    assert!(cx.var(0).number() > Some(1_700_000_000));
    assert_eq!(check_time_rec(cx, "UTC|20230101T000000|20240101T000000".into(), None), 1);
    assert_eq!(check_time_rec(cx, "UTC|20230101T000000|20240101T000000".into(), Some(0)), -1);
    assert_eq!(check_time_rec(cx, "x".into(), None), -2);
    assert_eq!(ctime(cx, &Place::name(b"year")), Value::Int(2023));
    assert_eq!(ctime(cx, &Place::name(b"isdst")), Value::Int(0));
    assert_eq!(ready(sleep(cx, 1)), Some(1));
    assert_eq!(ready(usleep(cx, -1)), Some(1));
}

#[test]
fn locks_are_handed_on() {
    let worker = worker_with(configuration(&[]), &[LINKED]);
    let mut contexts: Vec<Context> = (0..3).map(|_| context_on(worker.clone(), OPTIONS)).collect();
    let [first, second, third] = &mut contexts[..] else { panic!("three") };
    let name = || Text::from_static(b"lock");
    assert_eq!(ready(get_static_lock(first, name())), Some(1));
    assert_eq!(ready(get_static_lock(first, name())), Some(-1), "it would wait for itself");
    assert_eq!(ready(get_static_lock(third, "other".into())), Some(1));

    let task = &mut Task::from_waker(Waker::noop());
    {
        let mut waits = pin!(get_static_lock(second, name()));
        assert!(waits.as_mut().poll(task).is_pending());
        assert_eq!(release_static_lock(first, name()), 1);
        assert_eq!(ready(get_static_lock(first, name())), None, "the other was first; this one gives up");
        assert_eq!(waits.as_mut().poll(task), Poll::Ready(1));
    }
    assert_eq!(release_static_lock(third, name()), 1, "not held by that message");
    assert_eq!(ready(get_static_lock(third, name())), None);
    drop(contexts);
    let last = &mut context_on(worker, OPTIONS);
    assert_eq!(ready(get_static_lock(last, name())), Some(1), "the end of a message frees its locks");
    assert_eq!(ready(get_dynamic_lock(last, name())), Some(1), "another kind of lock");
    assert_eq!(release_dynamic_lock(last, name()), 1);
}
