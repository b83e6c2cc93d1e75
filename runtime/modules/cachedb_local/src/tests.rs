//! Collections alone, and the functions of the core on one worker.

use std::future::Future;
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use sipc_engine::cachedb::{Answer, Cache, CacheError, Caches};
use sipc_engine::core_functions::{
    cache_add, cache_counter_fetch, cache_fetch, cache_raw_query, cache_remove, cache_store,
};
use sipc_engine::place::InnerRef;
use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};
use sipc_engine::{Context, Inner, Value, VarRef, variables};

use super::*;

fn configuration(params: &[(&str, Setting)]) -> Configuration {
    let of =
        |(name, value): &(&str, Setting)| ("cachedb_local".to_owned(), (*name).to_owned(), value.clone());
    Configuration {
        script_vars: vec!["x".to_owned()],
        modparams: params.iter().map(of).collect(),
        ..Configuration::default()
    }
}

fn text(text: &str) -> Setting {
    Setting::Text(text.to_owned())
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Task::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("memory answers at once"),
    }
}

fn collection() -> Collection {
    let setup = Setup::new(Configuration::default(), Vec::new());
    let caches: &Caches = &setup.caches;
    Collection::new("c", caches.statistics.clone(), 0)
}

#[test]
fn values_live_as_long_as_they_should() {
    let c = collection();
    ready(c.store(b"k", b"v", 10, 100)).expect("stored");
    assert_eq!(ready(c.fetch(b"k", 110)), Ok(Some("v".into())));
    assert_eq!(ready(c.fetch(b"k", 111)), Ok(None));
    ready(c.store(b"k", b"v", -1, 100)).expect("stored");
    assert_eq!(ready(c.fetch(b"k", 100)), Ok(None));
    ready(c.store(b"k", b"v", 0, 100)).expect("stored");
    c.clean(u64::MAX);
    assert_eq!(ready(c.fetch(b"k", u64::MAX)), Ok(Some("v".into())));
    assert_eq!((ready(c.remove(b"k")), ready(c.remove(b"k"))), (Ok(()), Ok(())));
}

#[test]
fn numbers_keep_their_life() {
    let c = collection();
    assert_eq!(ready(c.add(b"n", 5, 10, 100)), Ok(5));
    assert_eq!(ready(c.add(b"n", -7, 1000, 105)), Ok(-2));
    assert_eq!(ready(c.counter(b"n", 110)), Ok(Some(-2)));
    assert_eq!(ready(c.add(b"n", 1, 0, 111)), Ok(1), "a new one");
    assert_eq!(ready(c.add(b"n", i32::MAX, 0, 111)), Ok(i32::MIN));
    ready(c.store(b"t", b"text", 0, 0)).expect("stored");
    assert_eq!(ready(c.add(b"t", 1, 0, 0)), Err(CacheError::NotANumber));
    assert_eq!(ready(c.counter(b"t", 0)), Err(CacheError::NotANumber));
}

#[test]
fn a_full_collection_refuses_until_something_goes() {
    let c = collection().limited(1000);
    let value = [b'x'; 500];
    ready(c.store(b"a", &value, 1, 0)).expect("stored");
    assert!(ready(c.store(b"b", &value, 0, 0)).is_err());
    assert_eq!(ready(c.fetch(b"b", 0)), Ok(None));
    c.clean(2);
    ready(c.store(b"b", &value, 0, 2)).expect("room again");
    c.remove_matching(b"?");
    ready(c.store(b"c", &value, 0, 2)).expect("room again");
}

#[test]
fn functions_groups_and_commands() {
    let params = [
        ("cache_collections", text("first; second/r=3")),
        ("cachedb_url", text("local://")),
        ("cachedb_url", text("local:two:///second")),
        ("exec_threshold", Setting::Int(10_000_000)),
    ];
    let cx = &mut context_on(worker_with(configuration(&params), &[LINKED]), OPTIONS);
    let var = VarRef::plain(variables::var, Some(variables::set_var));
    let x = &VarRef { inner: InnerRef::Constant(Inner::Number(0)), ..var };
    let t = |t: &'static str| Text::from_static(t.as_bytes());
    assert_eq!(ready(cache_store(cx, t("local"), t("abc"), t("1"), None)), 1);
    assert_eq!(ready(cache_store(cx, t("local:two"), t("xyz"), t("v"), Some(5))), 1);
    assert_eq!(ready(cache_store(cx, t("local:three"), t("k"), t("v"), None)), -1);
    assert_eq!(ready(cache_store(cx, t("redis"), t("k"), t("v"), None)), -1);
    assert_eq!(ready(cache_store(cx, t("local"), t(""), t("v"), None)), -1);
    assert_eq!(ready(cache_fetch(cx, t("local"), t("xyz"), x)), -2, "another collection");
    assert_eq!(
        ready(cache_raw_query(cx, t("local"), t("KEYS *"), Some(t("$avp(a)")))),
        -1,
        "it has no language"
    );
    assert_eq!(ready(cache_add(cx, t("local"), t("abc"), 2, 0, Some(x))), 1);
    assert_eq!(cx.var(0), Value::Int(3));
    assert_eq!(ready(cache_counter_fetch(cx, t("local:two"), t("xyz"), x)), -3);
    assert_eq!(ready(cache_fetch(cx, t("local"), t("abc"), &VarRef::plain(variables::rm, None))), -1);
    assert_eq!(cx.shared().caches.statistics.total_queries.get(), 6);
    assert_eq!(cx.shared().caches.statistics.slow_queries.get(), 0);

    let command = |cx: &Context, name: &str, params: Json| {
        let command = cx.shared().commands.iter().find(|c| c.name == name).expect("a command");
        let params = Params(params.as_object().cloned().unwrap_or_default());
        (command.handler)(cx.shared(), &params)
    };
    let chunk = command(cx, "cachedb_local:fetch_chunk", json!({"glob": "a*"}));
    assert_eq!(chunk, Ok(json!({"keys": [{"name": "abc", "value": "3"}]})));
    assert!(command(cx, "cachedb_local:fetch_chunk", json!({"glob": "*", "collection": "none"})).is_err());
    assert_eq!(
        command(cx, "cachedb_local:remove_chunk", json!({"glob": "x*", "collection": "second"})),
        Ok(json!("OK"))
    );
    assert_eq!(cache_remove_chunk(cx, None, t("[a-c]*")), 1);
    assert_eq!(cache_remove_chunk(cx, Some(t("none")), t("*")), -1);
    assert_eq!(ready(cache_remove(cx, t("local"), t("abc"))), 1);
    for (name, key) in [("local", "abc"), ("local:two", "xyz")] {
        assert_eq!(ready(cache_fetch(cx, t(name), t(key), x)), -2);
    }
    let stored =
        command(cx, "cache:store", json!({"system": "local", "attr": "k", "value": "v", "expire": 9}));
    assert_eq!(stored, Ok(json!("OK")));
    let found = command(cx, "cache:fetch", json!({"system": "local", "attr": "k"}));
    assert_eq!(found, Ok(json!({"key": "k", "value": "v"})));
    assert_eq!(command(cx, "cache:remove", json!({"system": "local", "attr": "k"})), Ok(json!("OK")));
    let gone = command(cx, "cache:fetch", json!({"system": "local", "attr": "k"}));
    assert_eq!(gone.map_err(|e| e.code), Err(400));
    assert_eq!(
        command(cx, "cache:remove", json!({"system": "x", "attr": "k"})).map_err(|e| e.code),
        Err(500)
    );
}

#[test]
fn parameters() {
    for (name, value) in [
        ("cache_clean_period", Setting::Int(0)),
        ("exec_threshold", Setting::Int(-1)),
        ("cache_collections", text("a=b")),
        ("cache_collections", text("a;a")),
        ("cachedb_url", text("local:///none")),
        ("cachedb_url", text("nonsense")),
    ] {
        let mut setup = Setup::new(configuration(&[(name, value)]), Vec::new());
        assert!((LINKED.init)(&mut setup).is_err(), "{name}");
    }
}

/// A cache that answers any query with two rows.
struct Rows;

impl Cache for Rows {
    fn store<'a>(&'a self, _: &'a [u8], _: &'a [u8], _: i32, _: u64) -> Answer<'a, ()> {
        Box::pin(std::future::ready(Err(CacheError::Unsupported)))
    }

    fn remove<'a>(&'a self, _: &'a [u8]) -> Answer<'a, ()> {
        Box::pin(std::future::ready(Err(CacheError::Unsupported)))
    }

    fn fetch<'a>(&'a self, _: &'a [u8], _: u64) -> Answer<'a, Option<Text>> {
        Box::pin(std::future::ready(Err(CacheError::Unsupported)))
    }

    fn counter<'a>(&'a self, _: &'a [u8], _: u64) -> Answer<'a, Option<i32>> {
        Box::pin(std::future::ready(Err(CacheError::Unsupported)))
    }

    fn add<'a>(&'a self, _: &'a [u8], _: i32, _: i32, _: u64) -> Answer<'a, i32> {
        Box::pin(std::future::ready(Err(CacheError::Unsupported)))
    }

    fn raw_query<'a>(&'a self, query: &'a [u8], _: usize) -> Answer<'a, Vec<Vec<Value>>> {
        let query = Value::Text(Text::copy_from_slice(query));
        Box::pin(std::future::ready(Ok(vec![vec![Value::Int(1), query], vec![Value::Int(2), Value::Null]])))
    }
}

#[test]
fn rows_of_a_raw_query_go_into_avps() {
    fn init(setup: &mut Setup) -> InitResult {
        setup.caches.register("rows", "", std::sync::Arc::new(Rows));
        Ok(())
    }
    let configuration = Configuration { avp_names: vec!["n".into(), "q".into()], ..configuration(&[]) };
    let cx = &mut context_on(worker_with(configuration, &[Linked { name: "rows", init }]), OPTIONS);
    let ask = |cx: &mut Context, avps: Option<&'static str>| {
        ready(cache_raw_query(cx, "rows".into(), "all".into(), avps.map(Into::into)))
    };
    assert_eq!(ask(cx, Some("$avp(n); $avp(q)")), 1);
    let all = |cx: &mut Context, n| cx.avps(|a| a.all(n).cloned().collect::<Vec<_>>());
    assert_eq!(all(cx, 0), [Value::Int(1), Value::Int(2)], "the first row on top");
    assert_eq!(all(cx, 1), [Value::Text("all".into()), Value::Null]);
    assert_eq!(ask(cx, None), 1);
    assert_eq!(ready(cache_raw_query(cx, "rows".into(), Text::new(), None)), -1);
}

#[test]
fn collections_are_read_as_they_were_written() {
    let new = || Collections(vec![Arc::new(collection())]);
    let (old, read) = (new(), new());
    let c = &old.0[0];
    for (key, value, seconds) in [("k", "v", 0), ("", "line\nend", 10), ("dead", "x", -1), ("n", "", 20)] {
        ready(c.store(key.as_bytes(), value.as_bytes(), seconds, 100)).expect("stored");
    }
    let mut bytes = Vec::new();
    kept::write(&mut bytes, &old.0, 100).expect("memory takes it");
    assert_eq!(kept::read(&bytes, &read), Some(()));
    let c = &read.0[0];
    assert_eq!(c.living(100).len(), 3);
    assert_eq!(ready(c.fetch(b"", 110)), Ok(Some("line\nend".into())));
    assert_eq!((ready(c.fetch(b"", 111)), ready(c.fetch(b"dead", 100))), (Ok(None), Ok(None)));
    assert_eq!(ready(c.fetch(b"k", u64::MAX)), Ok(Some("v".into())));
    // cut anywhere it is refused or has fewer entries, and never breaks anything
    for n in 0..bytes.len() {
        let cut = new();
        let whole = kept::read(&bytes[..n], &cut).is_some();
        assert!(!whole || cut.0[0].living(100).len() < 3, "{n}");
    }
    assert_eq!(kept::read(b"cachedb_local 1\n99999999999999999999 1 1 0\n", &new()), None);
}
