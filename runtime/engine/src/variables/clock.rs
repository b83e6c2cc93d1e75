//! Time, and colours for terminals.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Local, TimeZone};

use crate::place::Place;
use crate::{Context, Text, Value};

use super::{name, unsigned};

/// The longest text of `$time`.
const TIME_MAX: usize = 126;

fn now(cx: &Context) -> Option<DateTime<Local>> {
    let seconds = i64::try_from(cx.worker.unix_us() / 1_000_000).ok()?;
    Local.timestamp_opt(seconds, 0).single()
}

/// `$time(layout)`; NULL when the layout is unknown to strftime, or the text is empty or too long.
pub fn time(cx: &mut Context, at: &Place) -> Value {
    let layout = String::from_utf8_lossy(name(at));
    let items = StrftimeItems::new(&layout).collect::<Vec<_>>();
    if items.iter().any(|item| matches!(item, Item::Error)) {
        return Value::Null;
    }
    let text = now(cx).map(|t| t.format_with_items(items.iter()).to_string());
    text.filter(|t| !t.is_empty() && t.len() <= TIME_MAX).map(Text::from).into()
}

/// `$Tf`
pub fn time_text(cx: &mut Context, _at: &Place) -> Value {
    match now(cx) {
        Some(t) => {
            let text = Text::from(t.format("%a %b %e %H:%M:%S %Y").to_string());
            Value::TextInt(text, t.timestamp() as i32)
        }
        None => Value::Null,
    }
}

/// `$Ts`
pub fn time_seconds(cx: &mut Context, _at: &Place) -> Value {
    unsigned(cx.worker.unix_us() / 1_000_000)
}

/// `$Tsm`
pub fn time_microseconds(cx: &mut Context, _at: &Place) -> Value {
    unsigned(cx.worker.unix_us() % 1_000_000)
}

/// `$TS`
pub fn start_seconds(cx: &mut Context, _at: &Place) -> Value {
    unsigned(cx.shared().started_unix)
}

/// `$C(xy)`: empty unless the script asks for colours (`xlog_force_color`).
pub fn colour(cx: &mut Context, at: &Place) -> Value {
    let globals = &cx.shared().configuration.globals;
    let force = globals.iter().rev().find(|(name, _)| name == "xlog_force_color");
    if force.and_then(|(_, value)| value.int()).unwrap_or(0) == 0 {
        return Value::literal(b"");
    }
    let [front, back] = *name(at) else { return Value::Null };
    escape(front, back).map(Text::from).into()
}

/// The escape sequence of a foreground letter, capital for bold, and a background letter.
fn escape(front: u8, back: u8) -> Option<String> {
    let style = if front.is_ascii_uppercase() { 1 } else { 0 };
    let front = code(front.to_ascii_lowercase())?;
    Some(format!("\x1b[{style};3{front};4{}m", code(back)?))
}

/// The digit of a colour; `x` is the terminal's own.
fn code(letter: u8) -> Option<usize> {
    if letter == b'x' { Some(9) } else { b"srgybpcw".iter().position(|c| *c == letter) }
}
