//! `dialplan`: rules that translate numbers and other texts.
//!
//! | File | What |
//! |---|---|
//! | `rule` | one rule: what it matches, what it makes of it |
//! | `plans` | finding the rule |
//! | `partitions` | the tables that they come from |
//! | `commands` | management commands, loading |
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::log::Level;
use sipc_engine::place::{Assign, VarRef, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text, Value};

mod commands;
mod partitions;
mod plans;
mod rule;
#[cfg(test)]
mod tests;

use partitions::Partitions;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "dialplan", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::dialplan::MODULE;
    plain { dp_translate(i32, Text, Option<&VarRef>, Option<&VarRef>, Option<Text>) }
    waiting {}
}

/// The position of the partition among the parameters.
const PARTITION: usize = 4;

fn init(setup: &mut Setup) -> InitResult {
    let partitions = Partitions::open(setup)?;
    for name in setup.told("dialplan", "dp_translate", PARTITION) {
        if partitions.named(name).is_none() {
            return Err(format!("dp_translate: partition <{}> is not defined", name.unwrap_or("default")));
        }
    }
    commands::start(setup, &partitions);
    setup.share(Arc::new(partitions));
    Ok(())
}

/// Translates a text.
pub fn dp_translate(
    cx: &mut Context,
    plan: i32,
    input: Text,
    output: Option<&VarRef>,
    attributes: Option<&VarRef>,
    partition: Option<Text>,
) -> i32 {
    let name = partition.as_ref().map(|n| String::from_utf8_lossy(n));
    let found =
        cx.shared().state::<Partitions>().and_then(|p| p.named(name.as_deref())).map(|p| p.plans.get());
    let Some(plans) = found else {
        let name = name.unwrap_or("default".into());
        cx.log(Level::Error, "dialplan", format_args!("partition <{name}> not found"));
        return -1;
    };
    if input.is_empty() {
        cx.log(Level::Error, "dialplan", format_args!("invalid input string"));
        return -1;
    }
    let unix = i64::try_from(cx.worker.unix_us() / 1_000_000).unwrap_or(i64::MAX);
    let Some(rule) = plans.get(plan).and_then(|p| p.find(&input, unix)) else { return -1 };
    let translated = match rule.translate(Some(cx), &input) {
        Ok(translated) => translated,
        Err(why) => {
            let input = String::from_utf8_lossy(&input);
            cx.log(Level::Error, "dialplan", format_args!("<{input}> cannot be translated: {why}"));
            return -1;
        }
    };
    let written = output.is_none_or(|v| {
        translated.is_empty() || v.write(cx, Assign::Set, Value::Text(Text::from(translated)))
    });
    let told = |v: &VarRef, cx: &mut Context| v.write(cx, Assign::Set, Value::Text(rule.short_attributes()));
    if written && attributes.is_none_or(|v| told(v, cx)) {
        return 1;
    }
    cx.log(Level::Error, "dialplan", format_args!("the result cannot be stored"));
    -1
}
