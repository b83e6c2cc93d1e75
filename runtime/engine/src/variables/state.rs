//! The state of the script: routes, line, last result, last error, log thresholds.

use sipc_interface::RouteKind;

use crate::place::{Assign, Index, Place};
use crate::{Context, Text, Value};

use super::{name, position};

/// `$rc`
pub fn rc(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(cx.rc)
}

/// `$cfg_line`
pub fn cfg_line(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(i32::try_from(cx.line).unwrap_or(i32::MAX))
}

/// `$cfg_file`
pub fn cfg_file(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(Text::copy_from_slice(cx.shared().configuration.file.as_bytes()))
}

/// `$pp`
pub fn pp(_cx: &mut Context, _at: &Place) -> Value {
    super::unsigned(u64::from(std::process::id()))
}

/// `$argv(name)`: `-o name=value` of the command line.
pub fn argv(cx: &mut Context, at: &Place) -> Value {
    let mut arguments = cx.shared().arguments.iter().map(|a| a.as_bytes());
    while let Some(argument) = arguments.next() {
        let option = match argument {
            b"-o" => arguments.next(),
            [b'-', b'o', attached @ ..] => Some(attached),
            _ => None,
        };
        let value = option.and_then(|o| o.strip_prefix(name(at))).and_then(|o| o.strip_prefix(b"="));
        if let Some(value) = value {
            return Some(Text::copy_from_slice(value)).filter(|v| !v.is_empty()).into();
        }
    }
    Value::Null
}

/// `$route`
pub fn route(cx: &mut Context, at: &Place) -> Value {
    let depth = cx.frames.len();
    match &at.index {
        Index::All => {
            let names = (0..depth).map(|n| shown(cx, n)).collect::<Vec<_>>();
            Value::Text(Text::from(names.join(" > ")))
        }
        index => frame(index, depth).map(|n| Text::from(shown(cx, n))).into(),
    }
}

/// `$route.name`
pub fn route_name(cx: &mut Context, at: &Place) -> Value {
    let found = frame(&at.index, cx.frames.len()).and_then(|n| cx.frames.get(n));
    let name = found.map(|f| if f.name.starts_with('!') { "" } else { f.name });
    name.map(|name| Text::from_static(name.as_bytes())).into()
}

/// `$route.type`
pub fn route_type(cx: &mut Context, at: &Place) -> Value {
    let found = frame(&at.index, cx.frames.len());
    found.map(|n| Text::from_static(kind_of(cx, n).keyword().as_bytes())).into()
}

/// Frames are counted from the running route outwards.
fn frame(index: &Index, depth: usize) -> Option<usize> {
    let index = match index {
        Index::None => 0,
        Index::At(n) => *n,
        Index::All | Index::Word(_) => return None,
    };
    position(index, depth).map(|n| depth - 1 - n)
}

fn kind_of(cx: &Context, frame: usize) -> RouteKind {
    if frame == 0 { cx.route_kind } else { RouteKind::Request }
}

/// `failure_route[missed]`; a name that begins with `!` stands for itself.
fn shown(cx: &Context, frame: usize) -> String {
    let kind = kind_of(cx, frame);
    let name = cx.frames.get(frame).map_or("", |f| f.name);
    let unnamed = matches!(kind, RouteKind::Error | RouteKind::Local | RouteKind::Startup);
    match name.strip_prefix('!') {
        Some(as_is) if frame > 0 => as_is.to_owned(),
        _ if name.is_empty() || unnamed => kind.keyword().to_owned(),
        _ => format!("{}[{name}]", kind.keyword()),
    }
}

/// `$err.class`
pub fn err_class(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(cx.error.class as i32)
}

/// `$err.level`
pub fn err_level(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(cx.error.level)
}

/// `$err.info`
pub fn err_info(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(cx.error.info.clone())
}

/// `$err.rcode`
pub fn err_rcode(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(cx.error.code)
}

/// `$err.rreason`
pub fn err_rreason(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(cx.error.reason.clone())
}

/// `$log_level`
pub fn log_level(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(cx.worker.local.log_level.get().unwrap_or_else(|| cx.shared().log.level()))
}

/// `$log_level = n`, for this worker; a text is an error, NULL goes back to that of the process.
pub fn set_log_level(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    let Some(level) = level(&value) else { return false };
    cx.worker.local.log_level.set(level);
    true
}

/// `$xlog_level`
pub fn xlog_level(cx: &mut Context, _at: &Place) -> Value {
    Value::Int(cx.worker.local.xlog_level.get().unwrap_or_else(|| cx.shared().log.xlog_level()))
}

/// `$xlog_level = n`, for this worker; a text is an error, NULL goes back to that of the process.
pub fn set_xlog_level(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    let Some(level) = level(&value) else { return false };
    cx.worker.local.xlog_level.set(level);
    true
}

fn level(value: &Value) -> Option<Option<i32>> {
    match value {
        Value::Null | Value::Nothing => Some(None),
        value if value.is_number() => Some(value.number()),
        _ => None,
    }
}
