//! Parameters of the request URI.

use sipc_engine::{Context, Text};
use sipc_sip::Uri;

use crate::result;

/// Longest request URI that is made here.
const URI_MAX: usize = 1024;

/// Whether the request URI has a parameter: with this value, or without one.
pub fn ruri_has_param(cx: &mut Context, name: Text, value: Option<Text>) -> i32 {
    let Ok(uri) = Uri::parse(&cx.target.uri) else { return -1 };
    let found = uri.params().into_iter().find(|p| p.name == &name[..]);
    let Some(param) = found else { return -1 };
    let own = param.value_or_empty();
    result(match value {
        Some(value) => own == &value[..],
        None => own.is_empty(),
    })
}

/// Adds a parameter, before the headers of the URI if it has any.
pub fn ruri_add_param(cx: &mut Context, parameter: Text) -> i32 {
    if parameter.is_empty() {
        return 1;
    }
    let old = cx.target.uri.to_text();
    let Ok(uri) = Uri::parse(&old) else { return -1 };
    let headers = uri.headers_range();
    let at = if headers.is_empty() { old.len() } else { headers.start - 1 };
    let new = [&old[..at], b";", &parameter, &old[at..]].concat();
    if new.len() > URI_MAX {
        return -1;
    }
    cx.target.uri = new.into();
    1
}

/// Removes a parameter.
pub fn ruri_del_param(cx: &mut Context, name: Text) -> i32 {
    if name.is_empty() {
        return 1;
    }
    let old = cx.target.uri.to_text();
    let Ok(uri) = Uri::parse(&old) else { return -1 };
    let range = uri.params_range();
    let mut start = range.start;
    for token in old[range].split(|c| *c == b';') {
        let key = token.split(|c| *c == b'=').next().unwrap_or_default();
        if key == &name[..] && start > 0 {
            let new = [&old[..start - 1], &old[start + token.len()..]].concat();
            cx.target.uri = new.into();
            return 1;
        }
        start += token.len() + 1;
    }
    -1
}

/// Turns a tel URI into `sip:NUMBER@HOST;user=phone`, the host being that of From (RFC 3261 19.1.6).
pub fn ruri_tel2sip(cx: &mut Context) -> i32 {
    let old = cx.target.uri.to_text();
    let Some((_, rest)) = old.split_first_chunk::<4>().filter(|(s, _)| s.eq_ignore_ascii_case(b"tel:"))
    else {
        return 1;
    };
    let Some(Ok(from)) = cx.message.from() else { return -1 };
    let Ok(from) = from.uri() else { return -1 };
    let digits: Vec<u8> = match rest.iter().position(|c| *c == b';') {
        Some(at) => [&visual(&rest[..at])[..], &rest[at..]].concat(),
        None => visual(rest),
    };
    cx.target.uri = [b"sip:", &digits[..], b"@", from.host_text(), b";user=phone"].concat().into();
    1
}

/// A number without visual separators (RFC 3966).
fn visual(number: &[u8]) -> Vec<u8> {
    number.iter().copied().filter(|c| !matches!(c, b'-' | b'.' | b'(' | b')')).collect()
}

/// Whether the user of a URI is `+` and 2 to 15 digits.
pub fn is_uri_user_e164(_: &mut Context, uri: Text) -> i32 {
    let Ok(uri) = Uri::parse(&uri) else { return -1 };
    result(match uri.user() {
        Some([b'+', digits @ ..]) => {
            (2..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    })
}
