//! The message as a whole: its kind, its first line, its flags.

use sipc_sip::Start;

use crate::place::{Assign, Place};
use crate::{Context, Text, Value};

use super::{number, part, unsigned};

/// `true` or `false`, as the flag variables print them.
pub fn truth(yes: bool) -> Value {
    let text: &'static [u8] = if yes { b"true" } else { b"false" };
    Value::NamedInt(Text::from_static(text), i32::from(yes))
}

/// `$mi`
pub fn mi(cx: &mut Context, _at: &Place) -> Value {
    unsigned(u64::from(cx.number))
}

/// `$mb`
pub fn mb(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(cx.message.bytes().clone())
}

/// `$ml`
pub fn ml(cx: &mut Context, _at: &Place) -> Value {
    unsigned(cx.message.bytes().len() as u64)
}

/// `$msg.is_request`
pub fn msg_is_request(cx: &mut Context, _at: &Place) -> Value {
    truth(cx.is_request())
}

/// `$msg.type`
pub fn msg_type(cx: &mut Context, _at: &Place) -> Value {
    if cx.is_request() { Value::literal(b"request") } else { Value::literal(b"reply") }
}

/// `$rm`
pub fn rm(cx: &mut Context, _at: &Place) -> Value {
    let (name, method) = match cx.message.start() {
        Start::Request(line) => (line.method_name, line.method),
        Start::Response(_) => match cx.message.cseq() {
            Some(Ok(cseq)) => (cseq.method_name, cseq.method),
            _ => return Value::Null,
        },
    };
    Value::TextInt(cx.message.share(name), i32::from(method.bit()))
}

/// `$rs`
pub fn rs(cx: &mut Context, _at: &Place) -> Value {
    let message = &cx.message;
    // the digits as received: 000 is a code to OpenSIPS
    let digits = message.bytes().get(message.target_range());
    match (message.code(), digits) {
        (Some(code), Some(digits)) => Value::NamedInt(message.share(digits), i32::from(code)),
        _ => Value::Null,
    }
}

/// `$rr`
pub fn rr(cx: &mut Context, _at: &Place) -> Value {
    part(cx, |m| m.status_line().map(|line| line.reason))
}

/// `$mf`
pub fn mf(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(flag_list(&cx.shared().configuration.message_flags, cx.flags))
}

/// `$bf`
pub fn bf(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(flag_list(&cx.shared().configuration.branch_flags, cx.target.flags))
}

/// `$msg.flag(name)`
pub fn msg_flag(cx: &mut Context, at: &Place) -> Value {
    truth(cx.flags & bit(at) != 0)
}

/// `$msg.flag(name) = n`
pub fn set_msg_flag(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    change_flag(&mut cx.flags, at, &value)
}

/// Sets or clears the flag that stands in the parentheses; only numbers will do.
pub fn change_flag(flags: &mut u32, at: &Place, value: &Value) -> bool {
    let Some(number) = value.number().filter(|_| value.is_number()) else { return false };
    if number == 0 {
        *flags &= !bit(at);
    } else {
        *flags |= bit(at);
    }
    true
}

/// The mask of the flag that stands in the parentheses.
pub fn bit(at: &Place) -> u32 {
    u32::try_from(number(at)).ok().and_then(|bit| 1u32.checked_shl(bit)).unwrap_or(0)
}

/// The names of the flags that are set, the last that was named in the script first.
pub fn flag_list(names: &[String], flags: u32) -> Text {
    let set = names.iter().enumerate().rev().filter(|(bit, _)| flags & 1u32.wrapping_shl(*bit as u32) != 0);
    Text::from(set.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" "))
}

/// The flags that a list of names stands for; names that no statement uses are left out.
pub fn flags_of(names: &[String], list: &[u8]) -> u32 {
    let bit = |word: &[u8]| names.iter().position(|name| name.as_bytes() == word);
    list.split(|c| *c == b' ').filter_map(bit).fold(0, |flags, bit| flags | 1u32.wrapping_shl(bit as u32))
}
