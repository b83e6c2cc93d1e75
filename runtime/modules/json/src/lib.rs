//! `json`: JSON documents as variables, kept per worker between messages as `$var` is.
//!
//! | File | What |
//! |---|---|
//! | `node` | the tree: nodes are shared, so that `json_link` can give a part a second name |
//! | `parse` | text to tree |
//! | `print` | tree to text |
//! | `place` | finding, setting and removing what a path names |
//! | `merge` | `json_merge` |
//!
//! Texts and layout are those of json-c, which OpenSIPS uses: what scripts compare and send stays the same.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use sipc_engine::log::Level;
use sipc_engine::path::{Path, Step};
use sipc_engine::place::{Assign, Place, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Index, Inner, Text, Value, VarRef};

mod merge;
mod node;
mod parse;
mod place;
mod print;
#[cfg(test)]
mod tests;

use node::{Link, Node};
use print::Layout;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "json", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[
    ("json", json, Some(set_json)),
    ("json_compact", json_compact, Some(set_json_compact)),
    ("json_pretty", json_pretty, Some(set_json_pretty)),
    ("json_compact_noescape", json_compact_noescape, Some(set_json_compact_noescape)),
];

sipc_engine::bindings! { sipc_interface::modules::json::MODULE;
    plain { json_link(&VarRef, &VarRef), json_merge(Text, Text, &VarRef) }
    waiting {}
}

/// `enable_long_quoting`.
struct LongQuoting(bool);

/// The documents of one worker, by name.
#[derive(Default)]
struct Documents(RefCell<HashMap<Text, Link>>);

fn init(setup: &mut Setup) -> InitResult {
    setup.share(Arc::new(LongQuoting(setup.int("json", "enable_long_quoting", 0) != 0)));
    Ok(())
}

fn path(at: &Place) -> Option<&Path> {
    match &at.inner {
        Inner::Path(path) => Some(path),
        _ => None,
    }
}

fn document(cx: &Context, name: &Text) -> Option<Link> {
    cx.worker.kept::<Documents>().0.borrow().get(name).cloned()
}

/// `$json(path)`
pub fn json(cx: &mut Context, at: &Place) -> Value {
    read(cx, at, Layout::SPACED)
}

/// `$json_compact(path)`
pub fn json_compact(cx: &mut Context, at: &Place) -> Value {
    read(cx, at, Layout::COMPACT)
}

/// `$json_pretty(path)`
pub fn json_pretty(cx: &mut Context, at: &Place) -> Value {
    read(cx, at, Layout::PRETTY)
}

/// `$json_compact_noescape(path)`
pub fn json_compact_noescape(cx: &mut Context, at: &Place) -> Value {
    read(cx, at, Layout::COMPACT_NOESCAPE)
}

/// `$json(path) = value`, `$json(path) := "text to parse"`; NULL removes.
pub fn set_json(cx: &mut Context, at: &Place, how: Assign, value: Value) -> bool {
    path(at).is_some_and(|path| write(cx, path, how, value))
}

/// As [`set_json`].
pub fn set_json_compact(cx: &mut Context, at: &Place, how: Assign, value: Value) -> bool {
    set_json(cx, at, how, value)
}

/// As [`set_json`].
pub fn set_json_pretty(cx: &mut Context, at: &Place, how: Assign, value: Value) -> bool {
    set_json(cx, at, how, value)
}

/// As [`set_json`].
pub fn set_json_compact_noescape(cx: &mut Context, at: &Place, how: Assign, value: Value) -> bool {
    set_json(cx, at, how, value)
}

fn read(cx: &mut Context, at: &Place, layout: Layout) -> Value {
    let long_quoting = cx.shared().state::<LongQuoting>().is_some_and(|l| l.0);
    let Some(path) = path(at) else { return Value::Null };
    let found = document(cx, &path.name).and_then(|root| place::find(&root, &path.steps));
    let Some(found) = found else { return Value::Null };
    match &at.index {
        Index::None => value(&found.borrow(), layout, long_quoting),
        Index::At(n) => {
            let word = match path.steps.last() {
                Some(Step::Word(word)) => &word[..],
                _ => b"",
            };
            item(&found.borrow(), word, *n, layout, long_quoting)
        }
        Index::All | Index::Word(_) => Value::Null,
    }
}

/// The n-th item for `for`; NULL behind the last.
fn item(node: &Node, word: &[u8], n: i32, layout: Layout, long_quoting: bool) -> Value {
    let Ok(n) = usize::try_from(n) else { return Value::Null };
    let found = match node {
        Node::Object(members) => members.get_index(n).map(|(key, link)| match word {
            b"keys" => Value::Text(key.clone()),
            _ => value(&link.borrow(), layout, long_quoting),
        }),
        Node::Array(items) if word.is_empty() => {
            items.get(n).map(|link| value(&link.borrow(), layout, long_quoting))
        }
        _ => None,
    };
    found.unwrap_or(Value::Null)
}

/// What a script sees of a node.
fn value(node: &Node, layout: Layout, long_quoting: bool) -> Value {
    let wide = match node {
        Node::Int(n) => *n,
        Node::Unsigned(_) => i64::MAX,
        Node::Text(text) => return Value::Text(text.clone()),
        other => return print::print(other, layout).into(),
    };
    match i32::try_from(wide) {
        Ok(n) => Value::Int(n),
        Err(_) if long_quoting => Value::Text(wide.to_string().into()),
        // the number is the lower half, as in OpenSIPS
        Err(_) => Value::NamedInt(wide.to_string().into(), wide as i32),
    }
}

fn write(cx: &mut Context, path: &Path, how: Assign, value: Value) -> bool {
    let node = match (how, value) {
        (_, value) if value.is_null() => None,
        (Assign::Replace, value) => {
            let Some(text) = value.text() else {
                cx.log(Level::Error, "json", format_args!("only a text can be parsed"));
                return false;
            };
            let Some(parsed) = parse::document(&text) else {
                cx.log(Level::Error, "json", format_args!("the text is no JSON"));
                // as in OpenSIPS: what was there is gone
                put(cx, path, None);
                return false;
            };
            Some(parsed)
        }
        (Assign::Set, value) => Some(scalar(&value).link()),
    };
    put(cx, path, node)
}

fn scalar(value: &Value) -> Node {
    match value.number().filter(|_| value.is_number()) {
        Some(n) => Node::Int(n.into()),
        None => Node::Text(Text::copy_from_slice(&value.text().unwrap_or_default())),
    }
}

/// Puts a node where a path says; `None` removes what is there.
fn put(cx: &mut Context, path: &Path, node: Option<Link>) -> bool {
    let steps = place::without_word(&path.steps);
    let done = match document(cx, &path.name) {
        _ if steps.is_empty() => {
            let node = node.unwrap_or_else(|| Node::Null.link());
            let name = Text::copy_from_slice(&path.name);
            cx.worker.kept::<Documents>().0.borrow_mut().insert(name, node);
            Ok(())
        }
        None => Err("the document is not set"),
        Some(root) => place::put(&root, steps, node),
    };
    if let Err(why) = done {
        let name = String::from_utf8_lossy(&path.name);
        cx.log(Level::Notice, "json", format_args!("cannot set a place of {name}: {why}"));
    }
    done.is_ok()
}

/// Gives a part of a document a second name.
pub fn json_link(cx: &mut Context, alias: &VarRef, original: &VarRef) -> i32 {
    let (Some(alias), Some(original)) = (alias.place(cx), original.place(cx)) else { return -1 };
    let (Some(to), Some(from)) = (path(&alias), path(&original)) else { return -1 };
    let found = document(cx, &from.name).and_then(|root| place::find(&root, &from.steps));
    let Some(found) = found else {
        let name = String::from_utf8_lossy(&from.name);
        cx.log(Level::Error, "json_link", format_args!("nothing is there in {name}"));
        return -1;
    };
    let holder = document(cx, &to.name)
        .and_then(|root| place::holder(&root, place::without_word(&to.steps)).ok())
        .map(|(holder, _)| holder);
    if holder.is_some_and(|holder| node::contains(&found, &holder)) {
        cx.log(Level::Error, "json_link", format_args!("a document cannot contain itself"));
        return -1;
    }
    if put(cx, to, Some(found)) { 1 } else { -1 }
}

/// Merges two documents.
pub fn json_merge(cx: &mut Context, document: Text, patch: Text, result: &VarRef) -> i32 {
    let (Some(document), Some(patch)) = (parse::strict(&document), parse::strict(&patch)) else {
        cx.log(Level::Error, "json_merge", format_args!("a parameter is no JSON"));
        return -1;
    };
    let merged = merge::merge(document, &patch);
    let Some(text) = print::print(&merged.borrow(), Layout::MERGED) else { return -1 };
    if result.write(cx, Assign::Set, Value::Text(text)) { 1 } else { -1 }
}
