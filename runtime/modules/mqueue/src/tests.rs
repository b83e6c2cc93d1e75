//! Queues alone and on one worker.

use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};

use super::*;

fn keys(queue: &Queue) -> String {
    std::iter::from_fn(|| queue.take()).map(|i| String::from_utf8_lossy(&i.key).into_owned()).collect()
}

fn filled(text: &str) -> Queue {
    let queue = Queue::parse(text).expect("a queue");
    for (key, value) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")] {
        queue.add(key.as_bytes(), value.as_bytes());
    }
    queue
}

#[test]
fn modes_and_sizes() {
    assert_eq!(keys(&filled("name=q")), "abac");
    assert_eq!(keys(&filled("name=q; size=2;")), "ac");
    assert_eq!(keys(&filled("NAME=\"q\";addmode=1")), "abc");
    assert_eq!(keys(&filled("name=q;addmode=2;dbmode=0")), "bac");
    let small = Queue::parse("name=q").expect("a queue").limited(1000);
    for n in 0..100 {
        small.add(b"key", format!("{n}").as_bytes());
    }
    assert!((2..10).contains(&small.size()));
    assert!(small.take().map(|i| i.value).is_some_and(|v| v > "90"));
    for bad in ["", "name=", "size=1", "name=q;size=x", "name=q;dbmode=4", "name=q;colour=red", "name"] {
        assert!(Queue::parse(bad).is_err(), "{bad}");
    }
}

fn context(queues: &[&str]) -> Context {
    let param = |q: &&str| ("mqueue".to_owned(), "mqueue".to_owned(), Setting::Text((*q).to_owned()));
    let configuration =
        Configuration { modparams: queues.iter().map(param).collect(), ..Configuration::default() };
    context_on(worker_with(configuration, &[LINKED]), OPTIONS)
}

#[test]
fn functions_and_commands() {
    let cx = &mut context(&["name=q;size=10", "name=r"]);
    let t = |t: &'static str| Text::from_static(t.as_bytes());
    assert_eq!((mq_size(cx, t("q")), mq_size(cx, t("none"))), (-1, -2));
    assert_eq!(
        (mq_fetch(cx, t("q")), mq_fetch(cx, t("none")), mq_add(cx, t("none"), t("k"), t("v"))),
        (-2, -1, -1)
    );
    for (key, value) in [("k1", "v1"), ("k2", ""), ("k3", "v3"), ("k4", "v4"), ("k5", "v5")] {
        assert_eq!(mq_add(cx, t("q"), t(key), t(value)), 1);
    }
    assert_eq!((mq_size(cx, t("q")), mq_size_value(cx, &Place::name(b"q"))), (5, Value::Int(5)));
    assert_eq!(mqk(cx, &Place::name(b"q")), Value::Null);
    assert_eq!(mq_fetch(cx, t("q")), 1);
    assert_eq!(
        (mqk(cx, &Place::name(b"q")), mqv(cx, &Place::name(b"q"))),
        (Value::literal(b"k1"), Value::literal(b"v1"))
    );
    assert_eq!(mq_pv_free(cx, t("q")), 1);
    assert_eq!(mqk(cx, &Place::name(b"q")), Value::Null);
    assert_eq!(mq_fetch(cx, t("q")), 1);
    assert_eq!(
        (mqk(cx, &Place::name(b"q")), mqv(cx, &Place::name(b"q"))),
        (Value::literal(b"k2"), Value::Null)
    );
    assert_eq!(mqk(cx, &Place::name(b"none")), Value::Null);

    let command = |name: &str, params: Json| {
        let command = cx.shared().commands.iter().find(|c| c.name == name).expect("a command");
        (command.handler)(cx.shared(), &Params(params.as_object().cloned().unwrap_or_default()))
    };
    let sizes = json!({"Queue": [{"name": "r", "size": 0}, {"name": "q", "size": 3}]});
    assert_eq!(command("mqueue:get_sizes", json!({})), Ok(sizes));
    assert_eq!(
        command("mqueue:get_size", json!({"name": "q"})),
        Ok(json!({"Queue": {"name": "q", "size": 3}}))
    );
    assert_eq!(
        command("mqueue:fetch", json!({"name": "q"})),
        Ok(json!({"Item": {"key": "k3", "value": "v3"}}))
    );
    let rest = json!([{"key": "k4", "value": "v4"}, {"key": "k5", "value": "v5"}]);
    assert_eq!(command("mqueue:fetch", json!({"name": "q", "limit": 9})), Ok(rest));
    assert_eq!(
        command("mqueue:fetch", json!({"name": "q"})).map_err(|e| e.message),
        Err("Empty queue".to_owned())
    );
    assert!(command("mqueue:fetch", json!({"name": "q", "limit": 0})).is_err());
    assert!(command("mqueue:get_size", json!({"name": "none"})).is_err());
}

#[test]
fn a_name_twice() {
    let param = || ("mqueue".to_owned(), "mqueue".to_owned(), Setting::Text("name=q".to_owned()));
    let configuration = Configuration { modparams: vec![param(), param()], ..Configuration::default() };
    assert!((LINKED.init)(&mut Setup::new(configuration, Vec::new())).is_err());
}
