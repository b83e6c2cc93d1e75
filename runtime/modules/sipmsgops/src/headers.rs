//! Adding, removing and finding headers.

use sipc_engine::arguments;
use sipc_engine::direct::{HeaderName, NamePattern};
use sipc_engine::format::Formatter;
use sipc_engine::glob::glob;
use sipc_engine::regex::Regex;
use sipc_engine::{Context, Text};
use sipc_sip::{Edits, Header, HeaderKind, Message};

use crate::result;

/// The headers that a script names: a known name also stands for its compact form.
pub(crate) fn named<'a>(message: &'a Message, name: &'a [u8]) -> impl Iterator<Item = Header<'a>> {
    message.find_all_names(name.trim_ascii().strip_suffix(b":").unwrap_or(name.trim_ascii()))
}

/// Adds header lines behind all headers, or behind the first one named `after`.
pub fn append_hf(cx: &mut Context, text: Text, after: Option<Text>) -> i32 {
    let Context { message, edits, .. } = cx;
    let anchor = after.as_deref().and_then(|name| named(message, name).next());
    match anchor {
        Some(header) => edits.insert_after(&header, text),
        None => edits.append_header(message, text),
    }
    1
}

/// [`append_hf`] of a text that was just written, behind all headers.
pub fn append_hf_written(cx: &mut Context, text: Formatter) -> i32 {
    let fits = text.fits(cx);
    if fits {
        cx.edits.append_line(&cx.message, text.as_bytes());
    }
    text.give_back(cx);
    if fits { 1 } else { arguments::FAILED }
}

/// Adds header lines before all headers, or before the first one named `before`.
pub fn insert_hf(cx: &mut Context, text: Text, before: Option<Text>) -> i32 {
    let Context { message, edits, .. } = cx;
    let anchor = before.as_deref().and_then(|name| named(message, name).next());
    match anchor {
        Some(header) => edits.insert_before(&header, text),
        None => edits.prepend_header(message, text),
    }
    1
}

/// Adds a header made of a prefix, the received request URI and a suffix.
pub fn append_urihf(cx: &mut Context, prefix: Text, suffix: Text) -> i32 {
    let uri = sipc_engine::context::request_uri(&cx.message);
    append_hf(cx, [&prefix[..], &uri, &suffix].concat().into(), None)
}

/// [`remove_hf`] with a name that was looked up beforehand.
#[inline]
pub fn remove_hf_named(cx: &mut Context, name: &HeaderName) -> i32 {
    if name.is_in(&cx.message) { remove_named(cx, name) } else { result(false) }
}

fn remove_named(cx: &mut Context, name: &HeaderName) -> i32 {
    match name.known() {
        Ok(kind) => remove(&mut cx.edits, cx.message.find_all(kind)),
        Err(name) => remove(&mut cx.edits, cx.message.others(name)),
    }
}

/// [`is_present_hf`] with a name that was looked up beforehand.
#[inline]
pub fn is_present_hf_named(cx: &mut Context, name: &HeaderName) -> i32 {
    result(name.is_in(&cx.message))
}

#[inline]
fn remove<'a>(edits: &mut Edits, headers: impl Iterator<Item = Header<'a>>) -> i32 {
    let mut found = false;
    for header in headers {
        if !edits.removes(&header) {
            edits.remove_header(&header);
            found = true;
        }
    }
    result(found)
}

/// Removes all headers of a name.
pub fn remove_hf(cx: &mut Context, name: Text) -> i32 {
    remove(&mut cx.edits, named(&cx.message, &name))
}

/// Removes all headers whose name matches.
pub fn remove_hf_re(cx: &mut Context, names: &Regex) -> i32 {
    remove(&mut cx.edits, cx.message.headers().filter(|h| names.is_match(h.name())))
}

/// [`remove_hf_re`] with an expression that was looked at beforehand.
pub fn remove_hf_matched(cx: &mut Context, names: &NamePattern) -> i32 {
    remove(&mut cx.edits, names.find(&cx.message))
}

/// Removes all headers whose name matches a shell pattern, ignoring case.
pub fn remove_hf_glob(cx: &mut Context, names: Text) -> i32 {
    let names = names.to_ascii_lowercase();
    let wanted = |h: &Header<'_>| glob(&names, &h.name().to_ascii_lowercase());
    remove(&mut cx.edits, cx.message.headers().filter(wanted))
}

/// Whether the message has a header of a name.
pub fn is_present_hf(cx: &mut Context, name: Text) -> i32 {
    result(named(&cx.message, &name).next().is_some())
}

/// Whether the Privacy header (RFC 3323) has a value.
pub fn is_privacy(cx: &mut Context, value: Text) -> i32 {
    let has = |h: Header<'_>| {
        let mut words = h.value().split(|c| *c == b';' || *c == b',').map(<[u8]>::trim_ascii);
        words.any(|w| w.eq_ignore_ascii_case(&value))
    };
    let known = cx.message.find_all(HeaderKind::Privacy).any(has);
    result(known)
}
