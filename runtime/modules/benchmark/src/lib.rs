//! `benchmark`: how long parts of a script take, by the real clock: the time of a message stands still.
//!
//! A measurement that begins on a worker ends there; its results are added up over all of them.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use sipc_engine::log::Level;
use sipc_engine::mi::{Handler, MiError, Params};
use sipc_engine::place::{Place, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text, Value};

mod sums;
#[cfg(test)]
mod tests;

use sums::Timer;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "benchmark", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[("bm_time_diff", bm_time_diff, None)];

sipc_engine::bindings! { sipc_interface::modules::benchmark::MODULE;
    plain { bm_start_timer(Text), bm_log_timer(Text) }
    waiting {}
}

const COMMANDS: &[(&str, Handler)] = &[
    ("benchmark:enable_global", mi_enable_global),
    ("benchmark:enable_timer", mi_enable_timer),
    ("benchmark:granularity", mi_granularity),
    ("benchmark:loglevel", mi_loglevel),
    ("benchmark:poll_results", mi_poll_results),
];

/// More timers are refused: their names can come from messages.
const TIMERS_MAX: usize = 1024;
/// Longer names are refused.
const NAME_MAX: usize = 31;

/// Parameters and timers.
struct State {
    enabled: AtomicI32,
    granularity: AtomicI32,
    level: AtomicI32,
    timers: Mutex<Vec<Timer>>,
}

/// What one worker measures.
#[derive(Default)]
struct Running {
    started: RefCell<HashMap<usize, Instant>>,
    last: Cell<i32>,
}

fn init(setup: &mut Setup) -> InitResult {
    let number = |name, default| AtomicI32::new(setup.int("benchmark", name, default));
    let granularity = number("granularity", 100);
    if granularity.load(Ordering::Relaxed) < 0 {
        return Err("granularity must not be below 0".to_owned());
    }
    let level = number("loglevel", Level::Info as i32);
    setup.share(Arc::new(State {
        enabled: number("enable", 0),
        granularity,
        level,
        timers: Mutex::default(),
    }));
    for (name, handler) in COMMANDS {
        setup.command(name, *handler);
    }
    Ok(())
}

impl State {
    /// Runs on a timer, made when new, with its number; `None` when it cannot be made.
    fn timer<R>(&self, name: &[u8], f: impl FnOnce(usize, &mut Timer) -> R) -> Option<R> {
        let mut timers = self.timers.lock();
        let known = timers.iter().position(|t| t.name.as_bytes() == name);
        let at = match known {
            Some(at) => at,
            None if timers.len() >= TIMERS_MAX || name.is_empty() || name.len() > NAME_MAX => return None,
            None => {
                timers.push(Timer::new(String::from_utf8(name.to_vec()).ok()?));
                timers.len() - 1
            }
        };
        timers.get_mut(at).map(|timer| f(at, timer))
    }

    fn measures(&self, timer: &Timer) -> bool {
        self.enabled.load(Ordering::Relaxed) > 0 || timer.enabled
    }
}

fn on_timer<R>(cx: &Context, name: &[u8], f: impl FnOnce(&State, usize, &mut Timer) -> R) -> Option<R> {
    let state = cx.shared().state::<State>()?;
    let result = state.timer(name, |at, timer| f(state, at, timer));
    if result.is_none() {
        let name = String::from_utf8_lossy(name);
        cx.log(Level::Error, "benchmark", format_args!("cannot register timer [{name}]"));
    }
    result
}

/// Starts a timer.
pub fn bm_start_timer(cx: &mut Context, name: Text) -> i32 {
    let Some(at) = on_timer(cx, &name, |state, at, timer| state.measures(timer).then_some(at)) else {
        return -1;
    };
    if let Some(at) = at {
        cx.worker.kept::<Running>().started.borrow_mut().insert(at, Instant::now());
    }
    1
}

/// Ends a measurement. One that never began here counts nothing.
pub fn bm_log_timer(cx: &mut Context, name: Text) -> i32 {
    let running = cx.worker.kept::<Running>();
    let line = on_timer(cx, &name, |state, at, timer| {
        let start = running.started.borrow().get(&at).copied().filter(|_| state.measures(timer))?;
        let took = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        running.last.set(i32::try_from(took).unwrap_or(i32::MAX));
        timer.add(took);
        let granularity = state.granularity.load(Ordering::Relaxed);
        let level = Level::from_number(state.level.load(Ordering::Relaxed));
        u64::try_from(granularity).ok().and_then(|g| timer.line(at, took, g)).map(|line| (level, line))
    });
    match line {
        None => return -1,
        Some(Some((level, line))) => cx.log(level, "benchmark", format_args!("{line}")),
        Some(None) => {}
    }
    1
}

/// `$BM_time_diff`
pub fn bm_time_diff(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(cx.worker.kept::<Running>().last.get())
}

fn state(shared: &Shared) -> Result<&State, MiError> {
    shared.state::<State>().ok_or(MiError::new(500, "Internal error"))
}

/// A number of a command, within a range.
fn number(params: &Params, name: &str, least: i32, most: i32, bad: &str) -> Result<i32, MiError> {
    let number = params.int(name).ok_or(MiError::new(-32602, "Invalid params"))?;
    let number = i32::try_from(number).ok().filter(|n| (least..=most).contains(n));
    number.ok_or_else(|| MiError::new(400, bad))
}

fn mi_enable_global(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let enable = number(params, "enable", -1, 1, "Bad parameter value")?;
    state(shared)?.enabled.store(enable, Ordering::Relaxed);
    Ok(json!("OK"))
}

fn mi_enable_timer(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let name = params.text("timer").unwrap_or_default();
    let mut timers = state(shared)?.timers.lock();
    let timer = timers.iter_mut().find(|t| t.name == name);
    let timer = timer.ok_or(MiError::new(400, "Failed to register timer"))?;
    timer.enabled = number(params, "enable", 0, 1, "Bad parameter value")? == 1;
    Ok(json!("OK"))
}

fn mi_granularity(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let granularity = number(params, "granularity", 0, i32::MAX, "Bad value for parameter")?;
    state(shared)?.granularity.store(granularity, Ordering::Relaxed);
    Ok(json!("OK"))
}

fn mi_loglevel(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let level = number(params, "log_level", -3, 4, "Bad value for parameter")?;
    state(shared)?.level.store(level, Ordering::Relaxed);
    Ok(json!("OK"))
}

fn mi_poll_results(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    let state = state(shared)?;
    if state.granularity.load(Ordering::Relaxed) != 0 {
        return Err(MiError::new(400, "Call not valid for granularity!=0"));
    }
    let mut timers = state.timers.lock();
    let all: Vec<Json> = timers.iter_mut().rev().map(Timer::polled).collect();
    Ok(json!({ "Timers": all }))
}
