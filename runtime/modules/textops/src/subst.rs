//! `/pattern/replacement/flags`.

use sipc_engine::uri_edit::{self, Part as UriPart};
use sipc_engine::{Context, Text, substitution};
use sipc_sip::Uri;

use crate::{Part, result};

/// Substitutes in headers and body.
pub fn subst(cx: &mut Context, expression: Text) -> i32 {
    in_part(cx, Some(Part::head_and_body(cx)), &expression)
}

/// Substitutes in the body.
pub fn subst_body(cx: &mut Context, expression: Text) -> i32 {
    in_part(cx, Part::body(cx), &expression)
}

fn in_part(cx: &mut Context, part: Option<Part>, expression: &Text) -> i32 {
    let (Some(part), Some(substitution)) = (part, substitution::find(cx, expression)) else { return -1 };
    let found = substitution.replacements(cx, &part.text, part.start).unwrap_or_default();
    let any = !found.is_empty();
    for (range, text) in found {
        cx.edits.replace(range, text);
    }
    result(any)
}

/// Substitutes in the request URI.
pub fn subst_uri(cx: &mut Context, expression: Text) -> i32 {
    let uri = cx.target.uri.to_text();
    match substituted(cx, &uri, &expression) {
        Some(new) => {
            cx.target.uri = new.into();
            1
        }
        None => -1,
    }
}

/// Substitutes in the user of the request URI; none is an empty one.
pub fn subst_user(cx: &mut Context, expression: Text) -> i32 {
    let uri = cx.target.uri.to_text();
    let Ok(parsed) = Uri::parse(&uri) else { return -1 };
    let Some(user) = substituted(cx, parsed.user().unwrap_or_default(), &expression) else { return -1 };
    match uri_edit::changed(&uri, UriPart::User(&user)) {
        Some(new) => {
            cx.target.uri = new.into();
            1
        }
        None => -1,
    }
}

/// The new text; `None` when the expression is broken, matches nothing, or the message is a reply.
fn substituted(cx: &mut Context, text: &[u8], expression: &Text) -> Option<Text> {
    let substitution = substitution::find(cx, expression).filter(|_| cx.is_request())?;
    substitution.apply(cx, text).ok().flatten().map(Text::from)
}
