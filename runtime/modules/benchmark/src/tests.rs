//! Timers alone and on one worker.

use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};

use super::*;

#[test]
fn sums() {
    let mut timer = Timer::new("t".to_owned());
    timer.add(10);
    assert_eq!(timer.line(3, 10, 2), None);
    timer.add(20);
    let line = "benchmark (timer t [3]): 20 [ msgs/total/min/max/avg - LR: 2/30/10/20/15.000000 | GB: \
                2/30/10/20/15.000000]";
    assert_eq!(timer.line(3, 20, 2).as_deref(), Some(line));
    timer.add(6);
    let polled = json!({"name": "t", "global": "1/6/6/6/6.000000", "local": "3/36/6/20/12.000000"});
    assert_eq!(timer.polled(), polled);
    let polled = json!({"name": "t", "global": "0/0/0/0/0.000000", "local": "3/36/6/20/12.000000"});
    assert_eq!(timer.polled(), polled);
}

fn context(params: &[(&str, i32)]) -> Context {
    let of = |(n, v): &(&str, i32)| ("benchmark".to_owned(), (*n).to_owned(), Setting::Int(*v));
    let configuration =
        Configuration { modparams: params.iter().map(of).collect(), ..Configuration::default() };
    context_on(worker_with(configuration, &[LINKED]), OPTIONS)
}

fn command(cx: &Context, name: &str, params: Json) -> Result<Json, MiError> {
    let command = cx.shared().commands.iter().find(|c| c.name == name).expect("a command");
    (command.handler)(cx.shared(), &Params(params.as_object().cloned().unwrap_or_default()))
}

fn results(cx: &Context) -> Vec<String> {
    let all = command(cx, "benchmark:poll_results", json!({})).expect("results");
    let timers = all["Timers"].as_array().cloned().unwrap_or_default();
    timers
        .iter()
        .filter_map(|t| t["local"].as_str().map(|l| l.split('/').next().unwrap_or_default().to_owned()))
        .collect()
}

#[test]
fn timers_measure_when_they_are_enabled() {
    let cx = &mut context(&[("granularity", 0)]);
    let t = |t: &'static str| Text::from_static(t.as_bytes());
    let measure = |cx: &mut Context| {
        for name in ["one", "two"] {
            assert_eq!((bm_start_timer(cx, t(name)), bm_log_timer(cx, t(name))), (1, 1));
        }
    };
    measure(cx);
    assert_eq!(results(cx), ["0", "0"]);
    assert_eq!(command(cx, "benchmark:enable_timer", json!({"timer": "one", "enable": 1})), Ok(json!("OK")));
    measure(cx);
    assert_eq!(results(cx), ["0", "1"], "the newest first");
    assert_eq!(command(cx, "benchmark:enable_global", json!({"enable": 1})), Ok(json!("OK")));
    measure(cx);
    assert_eq!(results(cx), ["1", "2"]);
    assert!(bm_time_diff(cx, &Place::PLAIN).number().is_some_and(|n| n >= 0));
    assert_eq!(bm_log_timer(cx, t("never started")), 1);
    assert_eq!(results(cx), ["0", "1", "2"]);
    assert_eq!(command(cx, "benchmark:granularity", json!({"granularity": 1})), Ok(json!("OK")));
    assert_eq!(command(cx, "benchmark:loglevel", json!({"log_level": -3})), Ok(json!("OK")));
    measure(cx);
    assert!(command(cx, "benchmark:poll_results", json!({})).is_err());
    for (name, params) in [
        ("enable_global", json!({"enable": 2})),
        ("enable_timer", json!({"timer": "none", "enable": 1})),
        ("enable_timer", json!({"timer": "one", "enable": 2})),
        ("granularity", json!({"granularity": -1})),
        ("loglevel", json!({"log_level": 5})),
    ] {
        assert!(command(cx, &format!("benchmark:{name}"), params).is_err(), "{name}");
    }
}

#[test]
fn names() {
    let cx = &mut context(&[("enable", 1)]);
    assert_eq!(bm_start_timer(cx, Text::from("x".repeat(32))), -1);
    assert_eq!(bm_log_timer(cx, Text::new()), -1);
    let made = (0..2 * TIMERS_MAX).take_while(|n| bm_start_timer(cx, Text::from(n.to_string())) == 1).count();
    assert_eq!(made, TIMERS_MAX);
    let params = vec![("benchmark".to_owned(), "granularity".to_owned(), Setting::Int(-1))];
    let mut setup = Setup::new(Configuration { modparams: params, ..Configuration::default() }, Vec::new());
    assert!((LINKED.init)(&mut setup).is_err());
}
