//! `{via.…}`: the body of one Via header.

use sipc_sip::Via;

use crate::place::TransformArg;
use crate::{Context, Text, Value};

use super::{part_or_null, some_text, text_arg};

/// The shortest text that is looked at.
const SHORTEST: usize = 3;

fn of(value: &Value, find: impl FnOnce(&Via<'_>, &Text) -> Value) -> Value {
    let Some(text) = some_text(value).filter(|t| t.len() >= SHORTEST) else { return Value::Null };
    match Via::parse(&text) {
        Ok(via) => find(&via, &text),
        Err(_) => Value::Null,
    }
}

macro_rules! parts {
    ($($(#[$doc:meta])* $function:ident = |$via:ident| $part:expr;)*) => {
        $($(#[$doc])*
        pub fn $function(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
            of(&value, |$via, text| part_or_null(text, $part))
        })*
    };
}

parts! {
    /// `{via.name}`
    via_name = |via| protocol(via, 0);
    /// `{via.version}`
    via_version = |via| protocol(via, 1);
    /// `{via.transport}`
    via_transport = |via| Some(via.transport_text);
    /// `{via.host}`, `{via.domain}`
    via_host = |via| Some(via.host_text);
    /// `{via.comment}`
    via_comment = |via| Some(via.comment);
    /// `{via.params}`
    via_params = |via| Some(via.params.text());
    /// `{via.branch}`
    via_branch = |via| via.known.branch.and_then(|p| p.value);
    /// `{via.received}`
    via_received = |via| via.known.received.and_then(|p| p.value);
    /// `{via.rport}`
    via_rport = |via| via.known.rport.and_then(|p| p.value);
}

/// `SIP` or `2.0` in `SIP / 2.0 / UDP`.
fn protocol<'a>(via: &Via<'a>, n: usize) -> Option<&'a [u8]> {
    via.whole.split(|c| *c == b'/').nth(n).map(<[u8]>::trim_ascii)
}

/// `{via.port}`
pub fn via_port(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    of(&value, |via, text| match via.port_text {
        b"" => Value::Null,
        port => Value::NamedInt(text.slice_ref(port), i32::from(via.port.unwrap_or(0))),
    })
}

/// `{via.param,name}`
pub fn via_param(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(name) = text_arg(args, 0) else { return Value::Null };
    of(&value, |via, text| match via.params.value(name) {
        Some(b"") => Value::literal(b""),
        found => found.map(|v| text.slice_ref(v)).into(),
    })
}
