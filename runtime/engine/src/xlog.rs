//! `xlog`, `xdbg` and `log` (LANGUAGE 4.10). The value of the statement is 1, or -1 when the text is
//! too long or the level is no number.

use crate::format::Formatter;
use crate::log::Level;
use crate::{Context, Value};

/// The level of `xdbg`, and of `log` without a level.
pub const DEBUG: i32 = 4;

/// The level of `xlog` without a level.
#[inline]
pub fn default_level(cx: &Context) -> i32 {
    cx.shared().globals.xlog_print_level
}

/// Prints a text at a level, if that is on; `write` makes the text and is not called otherwise.
#[inline]
pub fn xlog(cx: &mut Context, level: i32, write: impl FnOnce(&mut Context, &mut Formatter)) -> i32 {
    if !is_on(cx, level) {
        return 1;
    }
    let mut text = Formatter::new(cx);
    write(cx, &mut text);
    let value = print(cx, level, text.as_bytes());
    text.give_back(cx);
    value
}

/// As [`xlog`], with the level from a variable.
pub fn xlog_at(cx: &mut Context, level: &Value, write: impl FnOnce(&mut Context, &mut Formatter)) -> i32 {
    match level.number() {
        Some(level) => xlog(cx, level, write),
        None => {
            cx.log(Level::Error, "xlog_2", format_args!("invalid log level: not a number"));
            -1
        }
    }
}

/// Whether a text of this level would be printed.
#[inline]
pub fn is_on(cx: &Context, level: i32) -> bool {
    let threshold = cx.worker.local.xlog_level.get();
    level <= threshold.unwrap_or_else(|| cx.shared().log.xlog_level())
}

/// `log(level, "text")`: as written, at a level of the program's own messages.
pub fn log(cx: &mut Context, level: i32, text: &[u8]) -> i32 {
    let threshold = cx.worker.local.log_level.get();
    if level <= threshold.unwrap_or_else(|| cx.shared().log.level()) {
        cx.shared().log.script_line(Level::from_number(level), text);
    }
    1
}

fn print(cx: &Context, level: i32, text: &[u8]) -> i32 {
    let size_max = cx.shared().globals.xlog_buffer_size;
    if text.len() > size_max {
        let length = text.len();
        cx.log(
            Level::Error,
            "xlog",
            format_args!("xlog_buf_size ({size_max}) exceeded by a text of {length} bytes"),
        );
        return -1;
    }
    cx.shared().log.script_line(Level::from_number(level), text);
    // As in OpenSIPS, each printed text takes back what the script did to $log_level.
    cx.worker.local.log_level.set(None);
    1
}
