//! Functions with another name or other arguments.

use super::cursor::{Call, Cursor};
use super::flags;
use crate::syntax::token::TokenKind;
use sipc_interface::Kind;

const RENAMED: &[(&str, &str)] = &[
    ("rewriteuri", "seturi"),
    ("rewritehost", "sethost"),
    ("seth", "sethost"),
    ("rewritehostport", "sethostport"),
    ("sethp", "sethostport"),
    ("rewriteuser", "setuser"),
    ("setu", "setuser"),
    ("rewriteuserpass", "setuserpass"),
    ("setup", "setuserpass"),
    ("rewriteport", "setport"),
    ("setp", "setport"),
    ("setbranchflag", "setbflag"),
    ("resetbranchflag", "resetbflag"),
    ("isbranchflagset", "isbflagset"),
    ("add_rport", "force_rport"),
    ("append_branch", "append_branch_old"),
    ("remove_branch", "remove_msg_branch"),
    ("move_branch", "move_msg_branch"),
    ("swap_branches", "swap_msg_branches"),
    ("uri_param", "ruri_has_param"),
    ("add_uri_param", "ruri_add_param"),
    ("del_uri_param", "ruri_del_param"),
    ("tel2sip", "ruri_tel2sip"),
    ("sip_trace", "trace"),
];
const FLAGS: &[&str] = &["setflag", "resetflag", "isflagset"];
const BRANCH_FLAGS: &[&str] =
    &["setbflag", "resetbflag", "isbflagset", "setbranchflag", "resetbranchflag", "isbranchflagset"];

pub(super) fn find(cursor: &mut Cursor<'_>) {
    for (name, call) in cursor.calls() {
        if let Some((_, new)) = RENAMED.iter().find(|(old, _)| *old == name) {
            cursor.change(call.name..=call.name, *new);
        }
        match name.as_str() {
            name if FLAGS.contains(&name) => flag(cursor, &call, 0),
            name if BRANCH_FLAGS.contains(&name) => branch_flag(cursor, &call),
            "setdebug" => set_level(cursor, &call),
            "t_relay" => relay(cursor, &call),
            "is_user" => is_user(cursor, &call),
            name => words(cursor, name, &call),
        }
        let today = RENAMED.iter().find(|(old, _)| *old == name).map_or(name.as_str(), |(_, new)| new);
        numbers(cursor, today, &call);
    }
}

fn one(call: &Call, n: usize) -> Option<usize> {
    call.args.get(n).filter(|range| range.len() == 1).map(|range| range.start)
}

/// A flag by its number, or by a bare word.
fn flag(cursor: &mut Cursor<'_>, call: &Call, n: usize) {
    let Some(at) = one(call, n) else { return };
    // `setflag(yes)` never named a flag
    let numeric = cursor.text(at).bytes().all(|b| b.is_ascii_digit());
    if numeric || matches!(cursor.kind(at), TokenKind::Word) {
        let name = format!("\"{}\"", cursor.text(at));
        cursor.change(at..=at, name);
    }
}

/// `setbflag(branch, flag)`: the flag stands first now.
fn branch_flag(cursor: &mut Cursor<'_>, call: &Call) {
    let (Some(first), Some(second)) = (one(call, 0), one(call, 1)) else { return flag(cursor, call, 0) };
    if matches!(cursor.kind(first), TokenKind::Number(_)) {
        let name = cursor.text(second);
        let name = if name.starts_with(['"', '\'']) { name } else { format!("\"{name}\"") };
        let branch = cursor.text(first);
        cursor.change(first..=second, format!("{name}, {branch}"));
    } else {
        flag(cursor, call, 0);
    }
}

fn set_level(cursor: &mut Cursor<'_>, call: &Call) {
    let new = match one(call, 0) {
        Some(at) => format!("$log_level = {}", cursor.string(at).unwrap_or_else(|| cursor.text(at))),
        None => "$log_level = NULL".to_owned(),
    };
    cursor.change(call.name..=call.close, new);
}

/// Flags were numbers, and the proxy could stand first.
fn relay(cursor: &mut Cursor<'_>, call: &Call) {
    let [only] = call.args.as_slice() else { return };
    let Some(text) = cursor.string(only.start).filter(|_| only.len() == 1) else { return };
    let at = only.start;
    if let Some(bits) = text.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok()) {
        let meaning =
            (bits & 1 != 0).then_some("the flag 0x01 is no more: 100 is sent by t_newtran or t_relay");
        let names = flags::relay(bits);
        let new = if names.is_empty() { String::new() } else { format!("\"{names}\"") };
        cursor.change_with(call.name..=call.close, format!("t_relay({new})"), meaning);
    } else if text.split_once(':').is_some_and(|(p, _)| matches!(p, "udp" | "tcp" | "tls" | "sctp" | "sip")) {
        let proxy = cursor.text(at);
        cursor.change(at..=at, format!(", {proxy}"));
    }
}

/// Flags that were letters or a sum; in quotes or, the sum, without.
fn words(cursor: &mut Cursor<'_>, name: &str, call: &Call) {
    let Some((n, words)) = flags::letters(name) else { return };
    let Some(at) = one(call, n) else { return };
    let text = match cursor.kind(at) {
        TokenKind::Text(_) => cursor.string(at).unwrap_or_default(),
        TokenKind::Number(_) => cursor.text(at),
        _ => return,
    };
    match words(&text) {
        // an argument that is left out at the end takes its comma with it
        Some(new) if new.is_empty() && n > 0 && call.args.len() == n + 1 => {
            let before = cursor.texts(call.name..at - 1);
            cursor.change(call.name..=call.close, format!("{before})"));
        }
        Some(new) => cursor.change(at..=at, format!("\"{new}\"")),
        None => {}
    }
}

/// `is_user("name")` of the module uri.
fn is_user(cursor: &mut Cursor<'_>, call: &Call) {
    let Some(at) = one(call, 0) else { return };
    let negated = cursor.is(call.name.wrapping_sub(1), "!");
    let (from, sign) = if negated { (call.name - 1, "!=") } else { (call.name, "==") };
    let name = cursor.text(at);
    cursor.change(from..=call.close, format!("$au {sign} {name}"));
}

/// Numbers in quotes where the function wants numbers.
fn numbers(cursor: &mut Cursor<'_>, name: &str, call: &Call) {
    let mut modules =
        std::iter::once(sipc_interface::core()).chain(sipc_interface::modules::ALL.iter().copied());
    let Some(function) = modules.find_map(|m| m.functions.iter().find(|f| f.name == name)) else { return };
    for (n, param) in function.params.iter().enumerate().filter(|(_, p)| p.kind == Kind::Int) {
        let Some(at) = one(call, n) else { continue };
        let Some(text) = cursor.string(at) else { continue };
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = digits && text.parse::<i32>().is_ok();
        let variable = text.starts_with('$') && text[1..].bytes().all(is_of_name) && !param.fixed;
        if number || variable {
            cursor.change(at..=at, text);
        }
    }
}

fn is_of_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"_()".contains(&b)
}
