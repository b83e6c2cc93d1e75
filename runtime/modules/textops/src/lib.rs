//! `textops`: searching, replacing and substituting in the text of a message as it was received.
//!
//! Changes are edits: they apply when the message is sent, so that what one function replaced is still
//! found by the next. Positions are looked for behind the first line; the request URI has its own
//! functions. The text ends with the body as Content-Length gives it, or at the first NUL.
//!
//! | File | What |
//! |---|---|
//! | `search` | finding, and adding behind what was found |
//! | `replace` | putting a text in place of matches |
//! | `subst` | `/pattern/replacement/flags` |
#![forbid(unsafe_code)]

use std::ops::Range;

use sipc_engine::place::VariableBinding;
use sipc_engine::regex::Regex;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text};

mod replace;
mod search;
mod subst;
#[cfg(test)]
mod tests;

pub use replace::*;
pub use search::*;
pub use subst::*;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "textops", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::textops::MODULE;
    plain {
        search(&Regex), search_body(&Regex), search_append(&Regex, Text), search_append_body(&Regex, Text),
        replace(&Regex, Text), replace_all(&Regex, Text),
        replace_body(&Regex, Text), replace_body_all(&Regex, Text), replace_body_atonce(&Regex, Text),
        subst(Text), subst_uri(Text), subst_user(Text), subst_body(Text),
    }
    waiting {}
}

fn init(_setup: &mut Setup) -> InitResult {
    Ok(())
}

/// A part of the received text: all of it up to the end of the part, and where the part begins.
struct Part {
    text: Text,
    start: usize,
}

impl Part {
    /// Headers and body.
    fn head_and_body(cx: &Context) -> Part {
        Part { text: whole(cx), start: cx.message.headers_start() }
    }

    /// The body; `None` when there is none.
    fn body(cx: &Context) -> Option<Part> {
        let part = Part { text: whole(cx), start: cx.message.body_start() };
        (part.start < part.text.len()).then_some(part)
    }

    fn find(&self, pattern: &Regex, from: usize) -> Option<Range<usize>> {
        pattern.find(&self.text, from.max(self.start))
    }
}

/// The message up to the end of its body.
fn whole(cx: &Context) -> Text {
    let end = cx.message.body_start() + cx.message.body().len();
    cx.message.bytes().slice(..end)
}

/// The value of a function that says only whether it succeeded.
fn result(success: bool) -> i32 {
    if success { 1 } else { -1 }
}
