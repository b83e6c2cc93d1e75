//! Adding, removing and finding headers.

use sipc_engine::regex::Regex;
use sipc_engine::{Context, Text};
use sipc_sip::{Header, HeaderKind};

use crate::result;

/// Whether a header is the one a script names: a known name also stands for its compact form.
pub(crate) fn is_named(header: &Header<'_>, name: &[u8]) -> bool {
    header.is_named(name.trim_ascii().strip_suffix(b":").unwrap_or(name.trim_ascii()))
}

/// Adds header lines behind all headers, or behind the first one named `after`.
pub fn append_hf(cx: &mut Context, text: Text, after: Option<Text>) -> i32 {
    let message = cx.message.clone();
    let anchor = after.and_then(|name| message.headers().find(|h| is_named(h, &name)));
    match anchor {
        Some(header) => cx.edits.insert_after(&header, text),
        None => cx.edits.append_header(&message, text),
    }
    1
}

/// Adds header lines before all headers, or before the first one named `before`.
pub fn insert_hf(cx: &mut Context, text: Text, before: Option<Text>) -> i32 {
    let message = cx.message.clone();
    let anchor = before.and_then(|name| message.headers().find(|h| is_named(h, &name)));
    match anchor {
        Some(header) => cx.edits.insert_before(&header, text),
        None => cx.edits.prepend_header(&message, text),
    }
    1
}

/// Adds a header made of a prefix, the received request URI and a suffix.
pub fn append_urihf(cx: &mut Context, prefix: Text, suffix: Text) -> i32 {
    let uri = sipc_engine::context::request_uri(&cx.message);
    append_hf(cx, [&prefix[..], &uri, &suffix].concat().into(), None)
}

fn remove(cx: &mut Context, wanted: impl Fn(&Header<'_>) -> bool) -> i32 {
    let message = cx.message.clone();
    let mut found = false;
    for header in message.headers().filter(|h| wanted(h)) {
        if !cx.edits.removes(&header) {
            cx.edits.remove_header(&header);
            found = true;
        }
    }
    result(found)
}

/// Removes all headers of a name.
pub fn remove_hf(cx: &mut Context, name: Text) -> i32 {
    remove(cx, |h| is_named(h, &name))
}

/// Removes all headers whose name matches.
pub fn remove_hf_re(cx: &mut Context, names: &Regex) -> i32 {
    remove(cx, |h| names.is_match(h.name()))
}

/// Removes all headers whose name matches a shell pattern, ignoring case.
pub fn remove_hf_glob(cx: &mut Context, names: Text) -> i32 {
    remove(cx, |h| glob(&names.to_ascii_lowercase(), &h.name().to_ascii_lowercase()))
}

/// Whether the message has a header of a name.
pub fn is_present_hf(cx: &mut Context, name: Text) -> i32 {
    result(cx.message.headers().any(|h| is_named(&h, &name)))
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

/// fnmatch(3) without flags: `*`, `?`, `[…]`, and a backslash that takes the next character as it is.
/// Linear in practice: only the last `*` is tried again.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        let step = match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some(_) => one(&pattern[p..], text[t]),
            None => None,
        };
        match (step, retry) {
            (Some(length), _) => {
                p += length;
                t += 1;
            }
            (None, Some((after, from))) => {
                p = after;
                t = from + 1;
                retry = Some((after, t));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// Whether the first item of a pattern takes a character; how long the item is.
fn one(pattern: &[u8], c: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'\\', x, ..] => (*x == c).then_some(2),
        [b'[', rest @ ..] => {
            let close = rest.iter().skip(1).position(|x| *x == b']')? + 1;
            let (negated, set) = match &rest[..close] {
                [b'!' | b'^', set @ ..] => (true, set),
                set => (false, set),
            };
            (in_set(set, c) != negated).then_some(close + 2)
        }
        [x, ..] => (*x == c).then_some(1),
        [] => None,
    }
}

fn in_set(set: &[u8], c: u8) -> bool {
    let mut i = 0;
    while i < set.len() {
        match set.get(i..i + 3) {
            Some([from, b'-', to]) => {
                if (*from..=*to).contains(&c) {
                    return true;
                }
                i += 3;
            }
            _ => {
                if set[i] == c {
                    return true;
                }
                i += 1;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn shell_patterns() {
        for (pattern, text, matches) in [
            ("x-*", "x-foo", true),
            ("x-*", "y-foo", false),
            ("*a*b", "xxaxxb", true),
            ("?-[a-c]", "x-b", true),
            ("?-[!a-c]", "x-b", false),
            ("\\*", "*", true),
            ("", "", true),
            ("*", "", true),
            ("[", "x", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), matches, "{pattern} {text}");
        }
    }
}
