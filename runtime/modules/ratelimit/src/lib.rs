//! `ratelimit`: named counters with limits, and what to do when they are reached.
//!
//! | File | What |
//! |---|---|
//! | `pipe` | one counter, its algorithm and its window |
//! | `pipes` | all of them, by name |
//! | `load` | the machine's load, and the controller of FEEDBACK |
//! | `commands` | management commands |
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;

use parking_lot::Mutex;
use sipc_engine::log::Level;
use sipc_engine::place::{Assign, Inner, Place, VarRef, VariableBinding};
use sipc_engine::regex::Regex;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text, Value};

mod commands;
mod load;
mod pipe;
mod pipes;
#[cfg(test)]
mod tests;

use load::{Controller, Measured};
use pipe::{Algorithm, Rules, Signals};
use pipes::Pipes;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "ratelimit", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[("rl_count", rl_count, None)];

sipc_engine::bindings! { sipc_interface::modules::ratelimit::MODULE;
    plain {
        rl_check(Text, i32, Option<Text>),
        rl_dec_count(Text),
        rl_reset_count(Text),
        rl_values(&VarRef, Option<&Regex>),
    }
    waiting {}
}

/// The most slots of a window.
const SLOTS_MAX: u64 = 36_000;
/// The most parts of the table.
const PARTS_MAX: usize = 4096;

/// What the module keeps.
struct State {
    pipes: Pipes,
    rules: Rules,
    default: Algorithm,
    /// Of FEEDBACK.
    controller: Mutex<Controller>,
    measured: Measured,
}

fn init(setup: &mut Setup) -> InitResult {
    let positive = |name: &str, default: i32| {
        let found = u32::try_from(setup.int("ratelimit", name, default)).ok().filter(|n| *n > 0);
        found.ok_or_else(|| format!("{name} must be above 0"))
    };
    let interval = positive("timer_interval", 10)?;
    let (seconds, slot) = (u64::from(positive("window_size", 10)?), u64::from(positive("slot_period", 200)?));
    let slots = seconds * 1000 / slot;
    if slots == 0 || slots > SLOTS_MAX {
        return Err(format!("window_size and slot_period make {slots} slots: 1 to {SLOTS_MAX} can be"));
    }
    let expire = u32::try_from(setup.int("ratelimit", "expire_time", 3600));
    let expire = expire.map_err(|_| "expire_time must not be below 0")?;
    let wanted = usize::try_from(positive("hash_size", 1024)?).unwrap_or(PARTS_MAX);
    let parts = if wanted.is_power_of_two() { wanted } else { wanted.next_power_of_two() / 2 };
    let name = setup.text("ratelimit", "default_algorithm").unwrap_or_else(|| "TAILDROP".to_owned());
    let default = Algorithm::named(name.as_bytes());
    let default = default.ok_or_else(|| format!("default_algorithm: there is no algorithm {name}"))?;
    let per_interval = setup.int("ratelimit", "limit_per_interval", 0) != 0;
    if parts != wanted {
        setup.warn("ratelimit", format!("hash_size is no power of 2: {parts} is used"));
    }
    let rules = Rules {
        interval,
        limit_factor: if per_interval { 1 } else { interval },
        window_ms: seconds * 1000,
        slot_ms: slot,
    };
    let state = State {
        pipes: Pipes::new(parts.min(PARTS_MAX), u64::from(expire)),
        rules,
        default,
        controller: Mutex::new(Controller::default()),
        measured: Measured::default(),
    };
    setup.share(Arc::new(state));
    setup.hooks.periodic.push((u64::from(interval) * 1000, tick));
    setup.hooks.services.push(load::serve);
    commands::register(setup);
    Ok(())
}

/// The end of an interval.
fn tick(worker: &Rc<Worker>) {
    let Some(state) = worker.shared.state::<State>() else { return };
    state.controller.lock().update(state.measured.load());
    let waiting = state.measured.waiting();
    state.pipes.tick(&state.rules, waiting, worker.unix_us() / 1_000_000);
}

fn module(cx: &Context) -> Option<&State> {
    cx.shared().state::<State>()
}

/// The name without `/r` and `/b`, which ask for copies elsewhere, and whether it had them.
fn without_flags(name: &Text) -> (Text, bool) {
    match name.iter().rposition(|b| !matches!(b, b'r' | b'b')) {
        Some(at) if name[at] == b'/' && at + 1 < name.len() && at > 0 => {
            (Text::copy_from_slice(name[..at].trim_ascii()), true)
        }
        _ => (name.clone(), false),
    }
}

/// `rl_check(pipe, limit[, algorithm])`.
pub fn rl_check(cx: &mut Context, name: Text, limit: i32, algorithm: Option<Text>) -> i32 {
    let Some(state) = module(cx) else { return 1 };
    let (name, has_flags) = without_flags(&name);
    let say = |level, text: std::fmt::Arguments<'_>| cx.shared().log.message(level, "ratelimit", text);
    let wanted = algorithm.as_ref().and_then(|text| Algorithm::named(text));
    let algorithm = wanted.unwrap_or(state.default);
    let mut limit = limit;
    let mut drop_rate = 0;
    if algorithm == Algorithm::Feedback {
        let mut controller = state.controller.lock();
        match controller.limit {
            Some(set) if set != limit => {
                let text = format_args!("FEEDBACK has one limit for all pipes: {set}, not {limit}");
                say(Level::Warning, text);
                limit = set;
            }
            Some(_) => {}
            None if (1..100).contains(&limit) => controller.limit = Some(limit),
            None => {
                say(Level::Error, format_args!("invalid limit for FEEDBACK: it must be between 0 and 100"));
                return 1;
            }
        }
        drop_rate = controller.drop_rate;
    }
    let signals = Signals { now_ms: cx.worker.unix_us() / 1000, drop_rate };
    let checked = state.pipes.check(&name, limit, algorithm, &state.rules, &signals);
    let Some(checked) = checked else {
        say(Level::Error, format_args!("there are too many pipes: nothing is counted"));
        return 1;
    };
    if checked.is_new && has_flags {
        say(Level::Warning, format_args!("replication is not configured: pipes are counted here alone"));
    }
    if wanted.is_some_and(|w| w != checked.algorithm) {
        let name = String::from_utf8_lossy(&name);
        let text = format_args!("pipe {name} keeps its algorithm {}", checked.algorithm.name());
        say(Level::Warning, text);
    }
    if checked.passes { 1 } else { -1 }
}

fn change(cx: &Context, name: &[u8], by: i32) -> i32 {
    let now = cx.worker.unix_us() / 1000;
    if module(cx).is_some_and(|state| state.pipes.change(name, by, &state.rules, now)) {
        return 1;
    }
    let name = String::from_utf8_lossy(name);
    cx.log(Level::Error, "ratelimit", format_args!("cannot find any pipe named {name}"));
    -1
}

/// `rl_dec_count(pipe)`.
pub fn rl_dec_count(cx: &mut Context, name: Text) -> i32 {
    change(cx, &name, -1)
}

/// `rl_reset_count(pipe)`.
pub fn rl_reset_count(cx: &mut Context, name: Text) -> i32 {
    change(cx, &name, 0)
}

/// `rl_values(names[, pattern])`.
pub fn rl_values(cx: &mut Context, out: &VarRef, pattern: Option<&Regex>) -> i32 {
    let names = module(cx).map(|state| state.pipes.names()).unwrap_or_default();
    for name in names.into_iter().filter(|name| pattern.is_none_or(|p| p.is_match(name))) {
        out.write(cx, Assign::Set, Value::Text(name));
    }
    1
}

/// `$rl_count(pipe)`.
pub fn rl_count(cx: &mut Context, at: &Place) -> Value {
    let Inner::Name(name) = &at.inner else { return Value::Null };
    let now = cx.worker.unix_us() / 1000;
    let count = module(cx).and_then(|state| state.pipes.count(name, &state.rules, now));
    count.map_or(Value::Null, Value::Int)
}
