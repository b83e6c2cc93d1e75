//! `$RANDOM` and events that happen with a probability.

use std::sync::atomic::{AtomicI32, Ordering};

use serde_json::{Value as Json, json};
use sipc_engine::mi::{Handler, MiError, Params};
use sipc_engine::place::Place;
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Value};

/// The management commands here.
pub(crate) const COMMANDS: &[(&str, Handler)] = &[
    ("cfgutils:rand_set_prob", mi_set),
    ("cfgutils:rand_reset_prob", mi_reset),
    ("cfgutils:rand_get_prob", mi_get),
];

/// The probability of `rand_event`, per cent.
pub(crate) struct Probability {
    now: AtomicI32,
    initial: i32,
}

impl Probability {
    /// Reads `initial_probability`.
    pub(crate) fn read(setup: &Setup) -> Result<Probability, String> {
        let initial = setup.int("cfgutils", "initial_probability", 10);
        match initial <= 100 {
            true => Ok(Probability { now: AtomicI32::new(initial), initial }),
            false => Err(format!("initial_probability must be at most 100, not {initial}")),
        }
    }

    fn set(&self, percent: i32) {
        self.now.store(percent, Ordering::Relaxed);
    }

    fn get(&self) -> i32 {
        self.now.load(Ordering::Relaxed)
    }
}

/// Sets the probability.
pub fn rand_set_prob(cx: &mut Context, percent: i32) -> i32 {
    of(cx, |p| p.set(percent));
    1
}

/// Sets the probability back to what the script began with.
pub fn rand_reset_prob(cx: &mut Context) -> i32 {
    of(cx, |p| p.set(p.initial));
    1
}

/// The probability.
pub fn rand_get_prob(cx: &mut Context) -> i32 {
    of(cx, Probability::get).unwrap_or(-1)
}

/// True as often as the probability says, or the one given.
pub fn rand_event(cx: &mut Context, percent: Option<i32>) -> i32 {
    let percent = percent.or_else(|| of(cx, Probability::get)).unwrap_or(0);
    if i64::from(number(cx)) * 100 < i64::from(percent) * i64::from(i32::MAX) { 1 } else { -1 }
}

fn of<R>(cx: &Context, f: impl FnOnce(&Probability) -> R) -> Option<R> {
    cx.shared().state::<Probability>().map(f)
}

/// A random number from 0 to `i32::MAX`.
fn number(cx: &Context) -> i32 {
    // the upper 31 bits, so that it cannot be negative
    (cx.worker.random() >> 33) as i32
}

/// `$RANDOM`.
pub fn random(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(number(cx))
}

/// A random number below `limit`, which must not be 0.
pub(crate) fn below(cx: &Context, limit: u64) -> u64 {
    (cx.worker.random() >> 1) % limit.max(1)
}

fn state(shared: &Shared) -> Result<&Probability, MiError> {
    shared.state::<Probability>().ok_or_else(|| MiError::new(500, "Internal Server Error"))
}

fn mi_set(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let percent = params.int("prob_proc").ok_or(MiError::new(-32602, "Invalid params"))?;
    let percent = i32::try_from(percent).ok().filter(|p| *p <= 100);
    state(shared)?.set(percent.ok_or(MiError::new(400, "Bad parameter value"))?);
    Ok(json!("OK"))
}

fn mi_reset(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    let probability = state(shared)?;
    probability.set(probability.initial);
    Ok(json!("OK"))
}

fn mi_get(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    Ok(json!({ "actual probability percent": state(shared)?.get() }))
}
