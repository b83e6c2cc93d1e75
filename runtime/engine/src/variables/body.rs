//! The body and its parts, as received.

use sipc_sip::{HeaderKind, MediaType};

use crate::place::{Index, Place};
use crate::{Context, Text, Value};

use super::{item_at, name};

/// `$rb`
pub fn rb(cx: &mut Context, at: &Place) -> Value {
    let body = cx.message.body();
    match &at.index {
        Index::None | Index::All => Some(body).filter(|b| !b.is_empty()).into(),
        index => parts(cx, index, |_| true),
    }
}

/// `$rb(mime/type)`
pub fn rb_part(cx: &mut Context, at: &Place) -> Value {
    let Some(wanted) = MediaType::parse(name(at)) else { return Value::Null };
    let index = match &at.index {
        Index::All => &Index::None,
        index => index,
    };
    parts(cx, index, |kind| kind.is_some_and(|k| k.is(wanted.main, wanted.sub)))
}

fn parts(cx: &Context, index: &Index, wanted: impl Fn(Option<MediaType<'_>>) -> bool) -> Value {
    let body = cx.message.body();
    let found = cx.message.body_parts(&body).filter(|p| wanted(p.kind)).map(|p| p.content);
    item_at(index, found.collect(), |content| cx.message.share(content))
}

/// `$cT`: the header; with an index, the type of a part; with `[*]`, all of them.
pub fn content_type(cx: &mut Context, at: &Place) -> Value {
    let Some(header) = cx.message.find(HeaderKind::ContentType) else { return Value::Null };
    if at.index == Index::None {
        return Value::Text(header.value_bytes());
    }
    let body = cx.message.body();
    let types = cx.message.body_parts(&body).map(|p| p.kind.map(media_type).unwrap_or_default());
    if at.index == Index::All {
        let all = std::iter::once(header.value().to_vec()).chain(types).collect::<Vec<_>>();
        return Value::Text(Text::from(all.join(&b","[..])));
    }
    item_at(&at.index, types.collect(), Text::from)
}

/// A media type in OpenSIPS' spelling: it knows few, and the marks in their names are not printed.
fn media_type(kind: MediaType<'_>) -> Vec<u8> {
    let types = ["text", "message", "application", "multipart"];
    let main = types.into_iter().find(|t| kind.main.eq_ignore_ascii_case(t.as_bytes())).unwrap_or("unknown");
    let sub = SUBTYPES.iter().find(|(name, _)| kind.sub.eq_ignore_ascii_case(name.as_bytes()));
    format!("{main}/{}", sub.map_or("unknown", |(_, printed)| printed)).into_bytes()
}

/// The subtypes that OpenSIPS knows, and how it prints them.
const SUBTYPES: &[(&str, &str)] = &[
    ("plain", "plain"),
    ("cpim", "cpim"),
    ("sdp", "sdp"),
    ("cpl+xml", "cplxml"),
    ("pidf+xml", "pidfxml"),
    ("rlmi+xml", "rlmixml"),
    ("related", "related"),
    ("lpidf+xml", "lpidfxml"),
    ("xpidf+xml", "xpidfxml"),
    ("watcherinfo+xml", "watcherinfoxml"),
    ("external-body", "external_body"),
    ("simple-message-summary", "sms"),
    ("mixed", "mixed"),
    ("isup", "isup"),
];
