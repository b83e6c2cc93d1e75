//! `xml`: XML documents as variables, kept per worker between messages as `$var` is.
//!
//! | File | What |
//! |---|---|
//! | `tree` | documents, elements, finding one by a path |
//! | `parse` | text to tree |
//! | `print` | tree to text, as libxml2 writes it |
//! | `change` | what assigning does |
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::HashMap;

use sipc_engine::log::Level;
use sipc_engine::path::{Path, Step};
use sipc_engine::place::{Assign, Place, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Inner, Text, Value};

mod change;
mod parse;
mod print;
#[cfg(test)]
mod tests;
mod tree;

use tree::Document;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "xml", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[("xml", xml, Some(set_xml))];

sipc_engine::bindings! { sipc_interface::modules::xml::MODULE;
    plain {}
    waiting {}
}

fn init(_setup: &mut Setup) -> InitResult {
    Ok(())
}

/// The documents of one worker, by name; `None` for those that are empty.
#[derive(Default)]
struct Documents(RefCell<HashMap<Text, Option<Document>>>);

/// What a path leads to.
enum Part<'a> {
    /// The element or the document itself.
    Whole,
    /// Its text.
    Content,
    /// One of its attributes.
    Attribute(&'a str),
}

/// The elements of a path, each with its index, and what of the last; `None` when a name is no UTF-8, and so
/// cannot be that of anything, or an index is negative.
fn split(path: &Path) -> Option<(Vec<(&str, usize)>, Part<'_>)> {
    let mut elements: Vec<(&str, usize)> = Vec::new();
    let mut steps = path.steps.iter();
    while let Some(step) = steps.next() {
        match step {
            Step::Key(name) => elements.push((std::str::from_utf8(name).ok()?, 0)),
            Step::At(n) => elements.last_mut()?.1 = usize::try_from(*n).ok()?,
            Step::Word(word) if word == "val" => return Some((elements, Part::Content)),
            Step::Word(_) => {
                let Some(Step::Key(name)) = steps.next() else { return None };
                return Some((elements, Part::Attribute(std::str::from_utf8(name).ok()?)));
            }
            Step::End => return None,
        }
    }
    Some((elements, Part::Whole))
}

/// `$xml(path)`
pub fn xml(cx: &mut Context, at: &Place) -> Value {
    let Inner::Path(path) = &at.inner else { return Value::Null };
    let documents = cx.worker.kept::<Documents>();
    let documents = documents.0.borrow();
    let Some(Some(document)) = documents.get(&path.name) else { return Value::Null };
    let Some((elements, part)) = split(path) else { return Value::Null };
    if elements.is_empty() {
        return Value::Text(print::document(document).into());
    }
    let Some(element) = document.find(&elements) else { return Value::Null };
    match part {
        Part::Whole => Value::Text(print::element(element, document.has_encoding()).into()),
        Part::Content => Value::Text(element.text().into()),
        Part::Attribute(name) => {
            let value = element.attribute(name).map(|value| Text::from(value.to_owned()));
            value.into()
        }
    }
}

/// `$xml(path) = text`; NULL removes.
pub fn set_xml(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    let Inner::Path(path) = &at.inner else { return false };
    let documents = cx.worker.kept::<Documents>();
    let done = change::set(&mut documents.0.borrow_mut(), path, &value);
    if let Err(why) = done {
        let name = String::from_utf8_lossy(&path.name);
        cx.log(Level::Notice, "xml", format_args!("cannot set a place of {name}: {why}"));
    }
    done.is_ok()
}
