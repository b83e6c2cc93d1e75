//! `statistics`: statistics that scripts keep, beside those of the core and the modules.
//!
//! | File | What |
//! |---|---|
//! | `series` | sums, averages and percentages over a window of time |
//! | `iterator` | going through a group |
//!
//! Names can come from messages, so that the number of statistics has a bound.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::log::Level;
use sipc_engine::place::{Assign, Place, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::statistics::{Counter, Source, Statistic};
use sipc_engine::{Context, Inner, Text, Value, VarRef};

mod iterator;
mod series;
#[cfg(test)]
mod tests;

pub use iterator::{stat_iter_init, stat_iter_next};
pub use series::update_stat_series;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "statistics", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[("stat", stat, Some(set_stat))];

sipc_engine::bindings! { sipc_interface::modules::statistics::MODULE;
    plain {
        update_stat(Text, i32), reset_stat(Text),
        stat_iter_init(Text, Text), stat_iter_next(&VarRef, &VarRef, Text),
        update_stat_series(Text, Text, i32),
    }
    waiting {}
}

/// The group of statistics that `variable` names.
const SCRIPT: &str = "script";
/// The group of statistics that are made without a group.
const DYNAMIC: &str = "dynamic";

/// Scripts make no more statistics when there are so many.
const STATISTICS_MAX: usize = 1 << 16;

fn init(setup: &mut Setup) -> InitResult {
    let statistics = setup.statistics.clone();
    statistics.declare_group(DYNAMIC);
    // those of modules that are started later, too
    let modules = setup.configuration.modules.iter().filter_map(|m| sipc_interface::find_module(m));
    let others = modules.filter(|m| !m.statistics.is_empty()).map(|m| m.name);
    std::iter::once("core").chain(others).for_each(|group| statistics.declare_group(group));
    let all = |name: &str| -> Vec<String> {
        setup.params("statistics", name).filter_map(|s| s.text()).map(str::to_owned).collect()
    };
    for list in all("stat_groups") {
        list.split(',').map(str::trim).filter(|g| !g.is_empty()).for_each(|g| statistics.declare_group(g));
    }
    for variable in all("variable") {
        let (name, flag) = variable.split_once('/').unwrap_or((&variable, ""));
        let source = match flag {
            _ if name.is_empty() => return Err("variable: a name is missing".to_owned()),
            "" if !variable.contains('/') => Source::Counter(Counter::default()),
            flag if flag.eq_ignore_ascii_case("no_reset") => Source::Permanent(Counter::default()),
            flag => return Err(format!("variable {name}: there is no flag {flag}, only no_reset")),
        };
        statistics.add(SCRIPT, name, source);
    }
    let profiles = series::Profiles::read(&all("stat_series_profile"), &statistics)?;
    setup.share(Arc::new(profiles));
    Ok(())
}

/// The group, if one is named, and the name.
fn split(full: &[u8]) -> (Option<String>, String) {
    let full = String::from_utf8_lossy(full);
    match full.split_once(':') {
        Some((group, name)) => (Some(group.to_owned()), name.to_owned()),
        None => (None, full.into_owned()),
    }
}

/// A statistic; `Err` when its group is not known, which was logged.
fn find(cx: &Context, full: &[u8]) -> Result<Option<Statistic>, ()> {
    let (group, name) = split(full);
    let statistics = &cx.shared().statistics;
    match group {
        Some(group) if !statistics.has_group(&group) => {
            let text = format_args!("the group {group} of statistics is not declared: see stat_groups");
            cx.log(Level::Error, "statistics", text);
            Err(())
        }
        Some(group) => Ok(statistics.find(&group, &name)),
        None => Ok(statistics.named(&name)),
    }
}

/// A statistic, made when new; `None` when it cannot be.
fn find_or_make(cx: &Context, full: &[u8]) -> Option<Statistic> {
    let (group, name) = split(full);
    if let Some(found) = find(cx, full).ok()? {
        return Some(found);
    }
    let statistics = &cx.shared().statistics;
    if name.is_empty() || statistics.count() >= STATISTICS_MAX {
        cx.log(Level::Error, "statistics", format_args!("failed to create statistic <{name}>"));
        return None;
    }
    let group = group.as_deref().unwrap_or(DYNAMIC);
    // two workers that make it at once get the same
    statistics.counter(group, &name);
    statistics.find(group, &name)
}

/// Adds to a statistic.
pub fn update_stat(cx: &mut Context, name: Text, by: i32) -> i32 {
    if by == 0 {
        return 1;
    }
    let Some(statistic) = find_or_make(cx, &name) else { return -1 };
    statistic.update(by.into());
    1
}

/// Sets a statistic to 0.
pub fn reset_stat(cx: &mut Context, name: Text) -> i32 {
    let Some(statistic) = find_or_make(cx, &name) else { return -1 };
    statistic.reset();
    1
}

/// `$stat(name)`
pub fn stat(cx: &mut Context, at: &Place) -> Value {
    let Inner::Name(name) = &at.inner else { return Value::Null };
    match find(cx, name) {
        // the lower half of larger values, as in OpenSIPS
        Ok(Some(statistic)) => Value::Int(statistic.value(now_ms(cx)) as i32),
        Ok(None) | Err(()) => Value::Null,
    }
}

/// `$stat(name) = 0`; other values do the same, with a warning.
pub fn set_stat(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    let Inner::Name(name) = &at.inner else { return false };
    let Some(statistic) = find_or_make(cx, name) else { return false };
    if value.number().is_some_and(|n| n != 0) {
        cx.log(Level::Warning, "statistics", format_args!("assigning to $stat always sets it to 0"));
    }
    statistic.reset();
    true
}

/// The time of the message.
fn now_ms(cx: &Context) -> u64 {
    cx.worker.unix_us() / 1000
}
