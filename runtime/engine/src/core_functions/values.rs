//! Functions that put values into variables, or show them.

use crate::log::Level;
use crate::place::Assign;
use crate::trace::Trace;
use crate::{Context, Text, Value, VarRef};

use super::result;

/// The longest URI that is made.
const URI_MAX: usize = 1024;

/// Assigns a text.
pub fn pv_printf(cx: &mut Context, target: &VarRef, text: Text) -> i32 {
    result(target.write(cx, Assign::Set, Value::Text(text)))
}

/// Puts a URI together. It is 1 even when that was not possible.
pub fn construct_uri(
    cx: &mut Context,
    protocol: Text,
    user: Option<Text>,
    domain: Text,
    port: Option<Text>,
    params: Option<Text>,
    target: &VarRef,
) -> i32 {
    let mut uri = [&protocol[..], b":"].concat();
    let mut part = |before: &[u8], text: Option<&Text>, behind: &[u8]| {
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            uri.extend_from_slice(&[before, text, behind].concat());
        }
    };
    part(b"", user.as_ref(), b"@");
    part(b"", Some(&domain), b"");
    part(b":", port.as_ref(), b"");
    part(b";", params.as_ref(), b"");
    if protocol.is_empty() || domain.is_empty() || uri.len() >= URI_MAX {
        cx.log(Level::Error, "construct_uri", format_args!("no protocol, no domain, or too long"));
        return 1;
    }
    result(target.write(cx, Assign::Set, Value::Text(Text::from(uri))))
}

/// Assigns the present time: seconds, and microseconds within the second.
pub fn get_timestamp(cx: &mut Context, seconds: &VarRef, microseconds: &VarRef) -> i32 {
    let now = cx.worker.unix_us();
    let number = |n: u64| Value::Int(n as i32);
    let first = seconds.write(cx, Assign::Set, number(now / 1_000_000));
    result(first && microseconds.write(cx, Assign::Set, number(now % 1_000_000)))
}

/// From here to the end of the route that was entered first, each action is printed; without arguments, no
/// longer.
pub fn script_trace(cx: &mut Context, level: Option<i32>, format: Option<Text>, info: Option<Text>) -> i32 {
    cx.trace = match (level, format) {
        (None, None) if info.is_none() => None,
        (Some(level), Some(format)) => Some(Trace { level, format, info }),
        _ => {
            cx.log(Level::Error, "w_script_trace", format_args!("level and text belong together"));
            return -6;
        }
    };
    1
}

/// Closes the connection to `[proto:]IP:port`.
pub fn tcp_close_conn(cx: &mut Context, connection: Text) -> i32 {
    let which = crate::mi::connections::which(&connection);
    let close = |which| cx.shared().connections.get().is_some_and(|all| all.close(which));
    result(which.is_some_and(close))
}

/// Logs all AVPs, newest first.
pub fn avp_print(cx: &mut Context) -> i32 {
    let all = cx.avps(|avps| avps.iter().rev().cloned().collect::<Vec<_>>());
    let info = |text: std::fmt::Arguments<'_>| cx.log(Level::Info, "w_print_avps", text);
    info(format_args!("----------- All AVPs in this context --------"));
    for (name, value) in all {
        let shown = cx.shared().avp_names.name(name).unwrap_or_default();
        info(format_args!("    name=<{}>", String::from_utf8_lossy(&shown)));
        info(format_args!("    id=<{name}>"));
        match value.only_text() {
            Some(t) => info(format_args!("    val_str=<{} / {}>", String::from_utf8_lossy(t), t.len())),
            None => info(format_args!("    val_int=<{}>", value.number().unwrap_or(0))),
        }
    }
    info(format_args!("---------------- END ALL AVPs ---------------"));
    1
}
