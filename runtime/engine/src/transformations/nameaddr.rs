//! `{nameaddr.…}`: one entry, or one of a list, as in From or Contact.

use sipc_sip::NameAddr;

use crate::place::TransformArg;
use crate::{Context, Text, Value, texts};

use super::{cut, into_some_text, number_arg, part_or_null, place_in, text_arg};

/// The entry that an index (the last argument) names; a list with a broken entry counts as broken.
fn of(value: Value, index: Option<i32>, find: impl FnOnce(&NameAddr<'_>, &Text) -> Value) -> Value {
    let Some(text) = into_some_text(value) else { return Value::Null };
    let found = texts::identity(&text, index.unwrap_or(0)).flatten();
    found.map_or(Value::Null, |entry| find(&entry, &text))
}

/// `{nameaddr.uri}`
pub fn nameaddr_uri(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(text) = into_some_text(value) else { return Value::Null };
    let uri = texts::nameaddr_uri(&text, number_arg(args, 0).unwrap_or(0));
    let place = uri.map(|uri| place_in(&text, uri));
    place.map(|place| cut(text, place)).into()
}

/// `{nameaddr.name}`
pub fn nameaddr_name(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    of(value, number_arg(args, 0), |entry, text| part_or_null(text, Some(entry.display)))
}

/// `{nameaddr.params}`
pub fn nameaddr_params(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    of(value, number_arg(args, 0), |entry, text| part_or_null(text, Some(entry.params.text())))
}

/// `{nameaddr.len}`: of name and URI, without the parameters.
pub fn nameaddr_len(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    of(value, number_arg(args, 0), |entry, _| {
        let before = (entry.uri_text.as_ptr() as usize).saturating_sub(entry.whole.as_ptr() as usize);
        let end = before.saturating_add(entry.uri_text.len());
        let rest = entry.whole.get(end..).unwrap_or_default();
        let bracket = if entry.bracketed { memchr::memchr(b'>', rest).map_or(0, |n| n + 1) } else { 0 };
        Value::Int(i32::try_from(end + bracket).unwrap_or(i32::MAX))
    })
}

/// `{nameaddr.param,name}`: the case of the name matters.
pub fn nameaddr_param(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(name) = text_arg(args, 0) else { return Value::Null };
    of(value, number_arg(args, 1), |entry, text| {
        let found = entry.params.into_iter().find(|p| p.name == name);
        part_or_null(text, found.and_then(|p| p.value))
    })
}
