//! What assigning to `$xml` does.

use std::collections::HashMap;

use sipc_engine::path::Path;
use sipc_engine::{Text, Value};

use crate::parse::{self, Fault};
use crate::tree::{Attribute, Document, Element, Node};
use crate::{Part, print, split};

/// A document does not grow beyond this.
const BYTES_MAX: usize = 16 << 20;

/// Elements are not put deeper than this by a path; what is put there has its own bound.
const STEPS_MAX: usize = 256;

/// A section of characters begins so.
const CDATA: &str = "<![CDATA[";
/// The shortest section that OpenSIPS looks for.
const CDATA_LENGTH: usize = "<![CDATA[]]>".len();

/// Assigns to what a path leads to.
pub(crate) fn set(
    documents: &mut HashMap<Text, Option<Document>>,
    path: &Path,
    value: &Value,
) -> Result<(), Fault> {
    let (elements, part) = split(path).ok_or("the path leads nowhere")?;
    let text = match value {
        value if value.is_null() => None,
        value => Some(value.text().ok_or("only a text can be assigned")?),
    };
    if elements.is_empty() {
        return set_document(documents, &path.name, text.as_deref());
    }
    let document = documents.get_mut(&path.name).ok_or("the document is not set")?;
    let document = document.as_mut().ok_or("the document is empty")?;
    match (part, text) {
        (Part::Whole, None) => {
            let (nodes, at) = document.find_mut(&elements).ok_or("the path leads nowhere")?;
            nodes.remove(at);
            Ok(())
        }
        (Part::Whole, Some(text)) => insert(document, &elements, &text),
        (Part::Content, text) => {
            grow(document, text.as_ref().map_or(0, Text::len))?;
            set_content(element(document, &elements)?, text.as_deref())
        }
        (Part::Attribute(name), text) => {
            grow(document, text.as_ref().map_or(0, Text::len))?;
            set_attribute(element(document, &elements)?, name, text.as_deref())
        }
    }
}

/// Parses, or clears, a whole document. A text that cannot be parsed leaves the old one, as in OpenSIPS.
fn set_document(
    documents: &mut HashMap<Text, Option<Document>>,
    name: &Text,
    text: Option<&[u8]>,
) -> Result<(), Fault> {
    let known = documents.get_mut(name);
    match (text, known) {
        (None, None) => Err("the document is not set"),
        (None | Some(b""), Some(known)) => {
            *known = None;
            Ok(())
        }
        (Some(text), _) => {
            let known = documents.entry(Text::copy_from_slice(name)).or_default();
            if !text.is_empty() {
                *known = Some(parse::document(text)?);
            }
            Ok(())
        }
    }
}

fn element<'a>(document: &'a mut Document, path: &[(&str, usize)]) -> Result<&'a mut Element, Fault> {
    let (nodes, at) = document.find_mut(path).ok_or("the path leads nowhere")?;
    match nodes.get_mut(at) {
        Some(Node::Element(element)) => Ok(element),
        _ => Err("the path leads nowhere"),
    }
}

/// Makes room for so many bytes; what was removed meanwhile is counted out when the room seems to end.
fn grow(document: &mut Document, bytes: usize) -> Result<(), Fault> {
    if document.bytes.saturating_add(bytes) > BYTES_MAX {
        document.bytes = print::document(document).len();
    }
    document.bytes = document.bytes.saturating_add(bytes);
    if document.bytes <= BYTES_MAX { Ok(()) } else { Err("the document is too large") }
}

/// Puts a block behind the children of an element, with the blanks around it.
fn insert(document: &mut Document, path: &[(&str, usize)], text: &[u8]) -> Result<(), Fault> {
    if path.len() > STEPS_MAX {
        return Err("the path is too deep");
    }
    element(document, path)?;
    let block = parse::document(text)?;
    grow(document, text.len())?;
    let text = std::str::from_utf8(text).map_err(|_| "it is no UTF-8")?;
    let blanks = [' ', '\t', '\n'];
    let before = &text[..text.len() - text.trim_start_matches(blanks).len()];
    let behind = &text[text.trim_end_matches(blanks).len()..];
    let root = block.nodes.into_iter().find(|n| matches!(n, Node::Element(_))).ok_or("there is no root")?;
    let children = &mut element(document, path)?.children;
    push_text(children, before);
    children.push(root);
    push_text(children, behind);
    Ok(())
}

/// Adds text, to the last node if that is one.
fn push_text(children: &mut Vec<Node>, text: &str) {
    match children.last_mut() {
        _ if text.is_empty() => {}
        Some(Node::Text(last)) => last.push_str(text),
        _ => children.push(Node::Text(text.to_owned())),
    }
}

fn is_content(node: &Node) -> bool {
    matches!(node, Node::Text(_) | Node::CData(_))
}

/// Replaces the text of an element: in the place of its first text, or behind its children.
fn set_content(element: &mut Element, text: Option<&[u8]>) -> Result<(), Fault> {
    let text = text.map(std::str::from_utf8).transpose().map_err(|_| "it is no UTF-8")?;
    let Some(text) = text else {
        element.children.retain(|n| !is_content(n));
        return Ok(());
    };
    if text.len() > CDATA_LENGTH && text.contains(CDATA) {
        element.children.retain(|n| !is_content(n));
        let parsed = parse::document(format!("<x>{text}</x>").as_bytes())?;
        let of_root = parsed.nodes.into_iter().find_map(|n| match n {
            Node::Element(root) => Some(root.children),
            _ => None,
        });
        element.children.extend(of_root.unwrap_or_default().into_iter().filter(is_content));
        return Ok(());
    }
    if !parse::is_text(text) {
        return Err("a character is not allowed");
    }
    let place = element.children.iter().position(|n| matches!(n, Node::Text(_)));
    let mut new = Some(Node::Text(text.to_owned()));
    let old = std::mem::take(&mut element.children);
    for (at, node) in old.into_iter().enumerate() {
        if Some(at) == place {
            element.children.extend(new.take());
        } else if !is_content(&node) {
            element.children.push(node);
        }
    }
    element.children.extend(new);
    Ok(())
}

fn set_attribute(element: &mut Element, name: &str, text: Option<&[u8]>) -> Result<(), Fault> {
    let text = text.map(std::str::from_utf8).transpose().map_err(|_| "it is no UTF-8")?;
    let at = element.attributes.iter().position(|a| a.name.get(a.prefix..) == Some(name));
    match (at, text) {
        (Some(at), None) => {
            element.attributes.remove(at);
        }
        (None, None) => return Err("there is no such attribute"),
        (_, Some(text)) if !parse::is_full_name(name) || !parse::is_text(text) => {
            return Err("a character is not allowed");
        }
        (Some(at), Some(text)) => element.attributes[at].value = text.to_owned(),
        (None, Some(text)) => {
            let (name, value) = (name.to_owned(), text.to_owned());
            element.attributes.push(Attribute { name, prefix: 0, value });
        }
    }
    Ok(())
}
