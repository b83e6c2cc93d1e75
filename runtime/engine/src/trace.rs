//! `script_trace`: a line for each action of the script, while it is on.

use crate::log::Level;
use crate::{Context, Text, dynamic};

/// What is printed with each action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// At which level.
    pub level: i32,
    /// A text with variables, evaluated at each action.
    pub format: Text,
    /// Words in front of the action.
    pub info: Option<Text>,
}

/// An action is about to be done: what it is and its name.
pub fn step(cx: &mut Context, line: u32, class: &str, action: &str) {
    let Some(trace) = cx.trace.clone() else { return };
    let threshold = cx.worker.local.log_level.get();
    if trace.level > threshold.unwrap_or_else(|| cx.shared().log.level()) {
        return;
    }
    let Some(text) = dynamic::evaluate(cx, &trace.format) else {
        cx.log(Level::Error, "__script_trace", format_args!("the variables cannot be evaluated"));
        return;
    };
    let info = trace.info.map(|i| format!("[{}]", String::from_utf8_lossy(&i))).unwrap_or_default();
    let (file, text) = (&cx.shared().configuration.file, String::from_utf8_lossy(&text));
    let line = format!("[Script Trace][{file}:{line}]{info}[{class} {action}] -> ({text})\n");
    cx.shared().log.script_line(Level::from_number(trace.level), line.as_bytes());
}
