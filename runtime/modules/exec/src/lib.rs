//! `exec`: running commands with the shell, without holding up anything but the message at hand.
//!
//! How a command is run belongs to the network; `environment` says what it finds there of the message.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::log::Level;
use sipc_engine::network::{Printed, ShellCommand};
use sipc_engine::place::{Assign, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text, Value, VarRef};

mod environment;
#[cfg(test)]
mod tests;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "exec", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::exec::MODULE;
    plain {}
    waiting { exec(Text, Option<Text>, Option<&VarRef>, Option<&VarRef>, Option<&VarRef>) }
}

/// Longer output is cut off.
const OUTPUT_MAX: usize = 32 * 1024;
/// The same of `async`, which takes it line by line.
const LINES_MAX: usize = 1 << 20;
/// Longer lines of `async` are cut into several.
const LINE_MAX: usize = 1024;

/// The value of `async` when nothing is waited for.
const NO_OUTPUT: i32 = 2;

/// The module's parameters.
struct Settings {
    seconds_max: u64,
    variables: bool,
}

fn init(setup: &mut Setup) -> InitResult {
    let seconds = setup.int("exec", "time_to_kill", 0);
    let seconds_max = u64::try_from(seconds).map_err(|_| "time_to_kill must not be below 0")?;
    let variables = setup.int("exec", "setvars", 0) != 0;
    setup.share(Arc::new(Settings { seconds_max, variables }));
    Ok(())
}

/// Runs a command.
pub async fn exec(
    cx: &mut Context,
    command: Text,
    input: Option<Text>,
    output: Option<&VarRef>,
    errors: Option<&VarRef>,
    environment: Option<&VarRef>,
) -> i32 {
    let lines = cx.asynchronous;
    let errors = errors.filter(|_| !lines);
    let Some(environment) = environment::of(cx, environment) else {
        cx.log(Level::Error, "exec", format_args!("the AVP for the environment has no value"));
        return -1;
    };
    let command = ShellCommand {
        command,
        input: input.unwrap_or_default(),
        output: output.is_some(),
        errors: errors.is_some(),
        output_max: if lines { LINES_MAX } else { OUTPUT_MAX },
        environment,
        seconds_max: cx.shared().state::<Settings>().map_or(0, |s| s.seconds_max),
    };
    let worker = cx.worker.clone();
    match worker.network.run(command).await {
        Ok(_) if lines && output.is_none() => NO_OUTPUT,
        Ok(printed) if lines => store_lines(cx, output, &printed.output),
        Ok(printed) => store(cx, output, errors, &printed),
        Err(why) => {
            cx.log(Level::Error, "exec", format_args!("the command could not be run: {why}"));
            -1
        }
    }
}

/// Stores both outputs; a variable keeps its value when nothing was printed.
fn store(cx: &mut Context, output: Option<&VarRef>, errors: Option<&VarRef>, printed: &Printed) -> i32 {
    for (target, text) in [(output, &printed.output), (errors, &printed.errors)] {
        let Some(target) = target.filter(|_| !text.is_empty()) else { continue };
        if text.len() >= OUTPUT_MAX {
            cx.log(Level::Warning, "exec", format_args!("output behind {OUTPUT_MAX} bytes was left out"));
        }
        if !target.write(cx, Assign::Set, Value::Text(text.clone())) {
            cx.log(Level::Error, "exec", format_args!("the output cannot be stored"));
            return -1;
        }
    }
    1
}

/// Stores each line by itself: an AVP gets all of them, the last one on top.
fn store_lines(cx: &mut Context, output: Option<&VarRef>, text: &Text) -> i32 {
    let Some(output) = output else { return 1 };
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if text.is_empty() {
        return 1;
    }
    for line in text.split(|b| *b == b'\n') {
        let mut rest = line;
        loop {
            let (part, more) = rest.split_at(rest.len().min(LINE_MAX));
            if !output.write(cx, Assign::Set, Value::Text(Text::copy_from_slice(part))) {
                cx.log(Level::Error, "exec", format_args!("a line of the output cannot be stored"));
            }
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
    }
    1
}
