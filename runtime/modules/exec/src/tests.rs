//! What commands find in their environment, and what becomes of their output.

use sipc_engine::Inner;
use sipc_engine::place::InnerRef;
use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};
use sipc_engine::variables;

use super::*;

fn context(params: &[(&str, i32)]) -> Context {
    let of = |(n, v): &(&str, i32)| ("exec".to_owned(), (*n).to_owned(), Setting::Int(*v));
    let configuration = Configuration {
        avp_names: vec!["a".to_owned()],
        modparams: params.iter().map(of).collect(),
        ..Configuration::default()
    };
    context_on(worker_with(configuration, &[LINKED]), OPTIONS)
}

fn avp() -> VarRef {
    let avp = VarRef::plain(variables::avp, Some(variables::set_avp));
    VarRef { inner: InnerRef::Constant(Inner::Number(0)), ..avp }
}

#[test]
fn environments() {
    let cx = &mut context(&[("setvars", 1)]);
    assert_eq!(environment::of(cx, Some(&avp())), None, "the AVP has no value");
    for value in [Value::literal(b"b\0c"), Value::Int(5)] {
        avp().write(cx, Assign::Set, value);
    }
    let all = environment::of(cx, Some(&avp())).expect("an environment");
    let value = |name: &str| {
        all.iter().find(|(n, _)| n == name).map(|(_, v)| String::from_utf8_lossy(v).into_owned())
    };
    for (name, expected) in [
        ("OSIPS_EXEC_0", "5"),
        ("OSIPS_EXEC_1", "b"),
        ("SIP_HF_X_LIST", "one,two,three"),
        ("SIP_HF_CALLID", "c1@x"),
        ("SIP_HF_CSEQ", "7 OPTIONS"),
        ("SIP_SRCIP", "192.0.2.9"),
        ("SIP_RURI", "sip:bob@biloxi.example:5070;transport=tcp"),
        ("SIP_OUSER", "bob"),
        ("SIP_TID", "z9hG4bK1"),
        ("SIP_DID", ""),
    ] {
        assert_eq!(value(name).as_deref(), Some(expected), "{name}");
    }
    assert_eq!(environment::of(&mut context(&[]), None), Some(Vec::new()));
}

#[test]
fn lines_are_stored_one_by_one() {
    let cx = &mut context(&[]);
    let long = format!("one\n\n{}\nlast", "x".repeat(LINE_MAX + 1));
    assert_eq!(store_lines(cx, Some(&avp()), &Text::from(long)), 1);
    let values: Vec<usize> = cx.avps(|a| a.all(0).map(|v| v.text().map_or(0, |t| t.len())).collect());
    assert_eq!(values, [4, 1, LINE_MAX, 0, 3], "the newest first");
    assert_eq!(store_lines(cx, Some(&avp()), &Text::new()), 1);
    assert_eq!(cx.avps(|a| a.all(0).count()), 5);
}

#[test]
fn parameters() {
    let modparams = vec![("exec".to_owned(), "time_to_kill".to_owned(), Setting::Int(-1))];
    let mut setup = Setup::new(Configuration { modparams, ..Configuration::default() }, Vec::new());
    assert!((LINKED.init)(&mut setup).is_err());
}
