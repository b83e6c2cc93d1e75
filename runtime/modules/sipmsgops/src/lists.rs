//! Headers that are lists of options, such as Supported and Allow.

use sipc_engine::{Context, Text};
use sipc_sip::Header;

use crate::headers::is_named;
use crate::result;

/// The items of a list, each without blanks around it.
fn items<'a>(header: &Header<'a>) -> Vec<&'a [u8]> {
    header.value().split(|c| *c == b',').map(<[u8]>::trim_ascii).filter(|i| !i.is_empty()).collect()
}

/// Whether a header that is a list has an option.
pub fn list_hdr_has_option(cx: &mut Context, header: Text, option: Text) -> i32 {
    let mut all = cx.message.headers().filter(|h| is_named(h, &header));
    result(all.any(|h| items(&h).iter().any(|i| i.eq_ignore_ascii_case(&option))))
}

/// Adds an option to the first header of the name; 1 also when it is there already.
pub fn list_hdr_add_option(cx: &mut Context, header: Text, option: Text) -> i32 {
    if list_hdr_has_option(cx, header.clone(), option.clone()) > 0 {
        return 1;
    }
    let message = cx.message.clone();
    let Some(found) = message.headers().find(|h| is_named(h, &header)) else { return -1 };
    let value = sipc_sip::trim(found.value());
    let end = found.value_range().start + value.len();
    cx.edits.insert(end, [b", ", &option[..]].concat());
    1
}

/// Removes an option; a header that has no other is removed.
pub fn list_hdr_remove_option(cx: &mut Context, header: Text, option: Text) -> i32 {
    let message = cx.message.clone();
    for found in message.headers().filter(|h| is_named(h, &header)) {
        let all = items(&found);
        let left: Vec<&[u8]> = all.iter().copied().filter(|i| !i.eq_ignore_ascii_case(&option)).collect();
        if left.len() == all.len() {
            continue;
        }
        if left.is_empty() {
            cx.edits.remove_header(&found);
        } else {
            cx.edits.set_value(&found, left.join(&b", "[..]));
        }
        return 1;
    }
    -1
}
