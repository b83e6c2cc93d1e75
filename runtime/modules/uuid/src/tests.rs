//! Every version, on one worker.

use sipc_engine::place::InnerRef;
use sipc_engine::setup::Configuration;
use sipc_engine::testing::{OPTIONS, context_on, worker_with};
use sipc_engine::variables;

use super::*;

#[test]
fn versions() {
    let configuration = Configuration { script_vars: vec!["x".to_owned()], ..Configuration::default() };
    let cx = &mut context_on(worker_with(configuration, &[LINKED]), OPTIONS);
    let var = VarRef::plain(variables::var, Some(variables::set_var));
    let x = &VarRef { inner: InnerRef::Constant(Inner::Number(0)), ..var };
    let version_of = |value: Value| {
        let text = value.text().unwrap_or_default();
        Uuid::try_parse_ascii(&text).map(|u| u.get_version_num()).ok()
    };
    for (asked, made) in [(None, 4), (Some(0), 4), (Some(1), 1), (Some(2), 4), (Some(4), 4), (Some(7), 7)] {
        assert_eq!(uuid(cx, x, asked, None, None), 1, "{asked:?}");
        assert_eq!(version_of(cx.var(0)), Some(made), "{asked:?}");
    }
    let dns = || Some(Text::from_static(b"6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
    let name = || Some(Text::from_static(b"example"));
    assert_eq!(uuid(cx, x, Some(5), dns(), name()), 1);
    assert_eq!(cx.var(0), Value::literal(b"7cb48787-6d91-5b9f-bc60-f30298ea5736"));
    assert_eq!(uuid(cx, x, Some(3), dns(), name()), 1);
    assert_eq!(version_of(cx.var(0)), Some(3));
    for (version, namespace, name) in [
        (Some(9), None, None),
        (Some(-1), None, None),
        (Some(5), None, name()),
        (Some(5), dns(), None),
        (Some(3), Some(Text::from_static(b"6ba7b8109dad11d180b400c04fd430c8")), name()),
    ] {
        assert_eq!(uuid(cx, x, version, namespace, name), -1);
    }
    assert_ne!(uuid_value(cx, &Place::PLAIN), uuid_value(cx, &Place::PLAIN));
    assert_eq!(version_of(uuid_value(cx, &Place::name(b"7"))), Some(7));
    assert_eq!(uuid_value(cx, &Place::name(b"5")), Value::Null);
    assert_eq!(uuid_value(cx, &Place::name(b"x")), Value::Null);
}
