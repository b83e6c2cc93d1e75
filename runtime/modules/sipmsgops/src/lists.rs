//! Headers that are lists of options, such as Supported and Allow.
//!
//! Changes are one edit per header, so that functions called later work on what earlier ones left.

use std::ops::Range;

use sipc_engine::{Context, Text};
use sipc_sip::{Header, Insert};

use crate::headers::named;
use crate::result;

/// Where the items of a list are, each without blanks around it.
fn items(list: &[u8]) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = 0;
    for item in list.split(|c| *c == b',') {
        let blanks = item.len() - item.trim_ascii_start().len();
        let length = item.trim_ascii().len();
        if length > 0 {
            all.push(start + blanks..start + blanks + length);
        }
        start += item.len() + 1;
    }
    all
}

/// A header as the edits have left it: the line, and where the list in it is. An empty line is a header
/// that was removed.
struct Line {
    text: Text,
    list: Range<usize>,
}

fn line(cx: &Context, header: &Header<'_>) -> Line {
    let (range, value) = (header.range(), header.value_range());
    let text = match cx.edits.replacement(&range) {
        Some(Insert::Text(text)) => text.clone(),
        _ => cx.message.bytes().slice(range.clone()),
    };
    // only the list is ever changed
    let end = text.len().saturating_sub(range.end - value.end);
    let start = (value.start - range.start).min(end);
    Line { list: start..end, text }
}

fn is(list: &[u8], item: &Range<usize>, option: &Text) -> bool {
    list.get(item.clone()).is_some_and(|i| i.eq_ignore_ascii_case(option))
}

/// Whether a header that is a list, as received, has an option.
pub fn list_hdr_has_option(cx: &mut Context, header: Text, option: Text) -> i32 {
    let mut all = named(&cx.message, &header);
    result(all.any(|h| items(h.value()).iter().any(|i| is(h.value(), i, &option))))
}

/// Adds an option to the first header of the name, also when it is there already.
pub fn list_hdr_add_option(cx: &mut Context, header: Text, option: Text) -> i32 {
    let message = cx.message.clone();
    let Some(found) = named(&message, &header).next() else { return -1 };
    let Line { text, list } = line(cx, &found);
    let new = if text.is_empty() {
        // all options were removed: the header comes back
        let (range, value) = (found.range(), found.value_range());
        let bytes = message.bytes();
        [&bytes[range.start..value.start], &option, &bytes[value.end..range.end]].concat()
    } else {
        let last = items(&text[list.clone()]).pop();
        let end = list.start + last.as_ref().map_or(0, |last| last.end);
        let separator: &[u8] = if last.is_some() { b"," } else { b" " };
        [&text[..end], separator, &option, &text[end..]].concat()
    };
    cx.edits.replace_again(found.range(), new);
    1
}

/// Removes an option from all headers of the name; one that has no other goes as a whole.
pub fn list_hdr_remove_option(cx: &mut Context, header: Text, option: Text) -> i32 {
    let message = cx.message.clone();
    let mut removed = false;
    for found in named(&message, &header) {
        let Line { text, list } = line(cx, &found);
        let all = items(&text[list.clone()]);
        let Some(at) = all.iter().position(|i| is(&text[list.clone()], i, &option)) else { continue };
        // with the separator behind it; the last one with the separator before it
        let cut = match (at.checked_sub(1).and_then(|n| all.get(n)), all.get(at + 1)) {
            (None, None) => None,
            (_, Some(next)) => Some(all[at].start..next.start),
            (Some(previous), None) => Some(previous.end..all[at].end),
        };
        let new = match cut {
            None => Vec::new(),
            Some(cut) => [&text[..list.start + cut.start], &text[list.start + cut.end..]].concat(),
        };
        cx.edits.replace_again(found.range(), new);
        removed = true;
    }
    result(removed)
}
