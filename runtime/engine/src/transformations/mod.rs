//! The transformations of the core, one function each.
//!
//! A function gets a value that is not NULL and gives NULL when it fails: then the whole variable reads
//! NULL. Arguments come as declared in the interface table, an omitted last one is missing.

mod csv;
mod cut;
mod digest;
mod escape;
mod ip;
mod nameaddr;
mod params;
mod sdp;
mod substitute;
#[cfg(test)]
mod tests;
mod text;
mod uri;
mod via;

pub use csv::*;
pub use cut::*;
pub use digest::*;
pub use escape::*;
pub use ip::*;
pub use nameaddr::*;
pub use params::*;
pub use sdp::*;
pub use substitute::*;
pub use text::*;
pub use uri::*;
pub use via::*;

use std::ops::Range;

use bytes::Buf;

use crate::place::{TransformArg, Transformer};
use crate::short::Short;
use crate::texts::{place_in, position};
use crate::{Text, Value};

/// The function of a transformation, by its name in scripts (`s.len`, in lower case).
pub fn find(name: &str) -> Option<Transformer> {
    let declared = sipc_interface::core().transformations.iter().find(|t| t.name == name)?;
    bound(declared.function)
}

/// The function behind the name that the interface table gives.
fn bound(function: &str) -> Option<Transformer> {
    BOUND.iter().find(|(name, _)| *name == function).map(|(_, apply)| *apply)
}

macro_rules! bound {
    ($($function:ident)*) => {
        /// Every function that the interface table may name.
        static BOUND: &[(&str, Transformer)] = &[$((stringify!($function), $function),)*];
    };
}

bound! {
    s_len s_int s_md5 s_sha1 s_sha224 s_sha256 s_sha384 s_sha512
    s_sha1_hmac s_sha224_hmac s_sha256_hmac s_sha384_hmac s_sha512_hmac
    s_crc32 s_encode_hexa s_decode_hexa s_hex2dec s_dec2hex s_date2unix
    s_escape_common s_unescape_common s_escape_user s_unescape_user s_escape_param s_unescape_param
    s_substr s_select s_tolower s_toupper s_index s_rindex s_fill_left s_fill_right s_width
    s_b64encode s_b64decode s_xor s_trim s_trimr s_triml s_reverse s_eval
    uri_user uri_passwd uri_host uri_port uri_params uri_param uri_headers uri_transport uri_ttl
    uri_uparam uri_maddr uri_method uri_lr uri_r2 uri_schema
    via_name via_version via_transport via_host via_port via_comment via_params via_param
    via_branch via_received via_rport
    param_value param_exist param_valueat param_name param_count
    nameaddr_uri nameaddr_name nameaddr_params nameaddr_len nameaddr_param
    ip_isip ip_isip4 ip_isip6 ip_pton ip_ntop ip_family ip_isprivate ip_matches ip_resolve
    csv_count csv_value sdp_line sdp_stream sdp_stream_delete re_subst
}

/// The longest result.
const RESULT_MAX: usize = 65_535;

/// The text of a value; a number without one prints unsigned.
fn input(value: &Value) -> Text {
    match value {
        Value::BareInt(n) => Text::from((*n as u32).to_string()),
        other => other.text().unwrap_or_default(),
    }
}

/// The text of a value that nobody needs any more.
#[inline]
fn into_text(value: Value) -> Text {
    match value {
        Value::Text(text) => text,
        other => input(&other),
    }
}

/// A text without what is before and behind a part of it.
#[inline]
fn cut(mut text: Text, part: Range<usize>) -> Text {
    text.truncate(part.end);
    text.advance(part.start.min(text.len()));
    text
}

/// The text of a value that must have one, and not an empty one.
#[inline]
fn some_text(value: &Value) -> Option<Text> {
    value.text().filter(|t| !t.is_empty())
}

/// The same of a value that nobody needs any more.
#[inline]
fn into_some_text(value: Value) -> Option<Text> {
    match value {
        Value::Text(text) => Some(text).filter(|t| !t.is_empty()),
        other => some_text(&other),
    }
}

/// A new text; NULL when too long.
fn output(text: impl Into<Text> + AsRef<[u8]>) -> Value {
    if let Some(short) = Short::new(text.as_ref()) {
        return Value::Short(short);
    }
    let text = text.into();
    if text.len() > RESULT_MAX { Value::Null } else { Value::Text(text) }
}

/// The value with another text; the number beside it stays.
fn with_text(value: Value, text: Text) -> Value {
    match value {
        Value::Int(n) | Value::BareInt(n) | Value::NamedInt(_, n) if text == *n.to_string() => Value::Int(n),
        Value::Int(n) | Value::BareInt(n) | Value::NamedInt(_, n) => Value::NamedInt(text, n),
        Value::TextInt(_, n) => Value::TextInt(text, n),
        _ => Value::Text(text),
    }
}

/// A number argument.
fn number_arg(args: &[TransformArg], at: usize) -> Option<i32> {
    match args.get(at)? {
        TransformArg::Number(n) => Some(*n),
        TransformArg::Text(_) => None,
    }
}

/// A text argument that is not empty.
fn text_arg(args: &[TransformArg], at: usize) -> Option<&Text> {
    match args.get(at)? {
        TransformArg::Text(text) => Some(text).filter(|t| !t.is_empty()),
        TransformArg::Number(_) => None,
    }
}

/// A part of a text, NULL when empty.
fn part_or_null(text: &Text, part: Option<&[u8]>) -> Value {
    part.filter(|p| !p.is_empty()).map(|p| text.slice_ref(p)).into()
}
