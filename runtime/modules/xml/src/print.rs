//! Tree to text, as libxml2 writes it.

use std::fmt::Write;

use crate::tree::{Attribute, Document, Element, Node};

/// How characters are written.
#[derive(Clone, Copy)]
struct Style {
    /// In texts, what is not ASCII becomes a reference, and so do control characters.
    text: bool,
    /// In attributes, what is not ASCII becomes a reference.
    attributes: bool,
}

/// The whole document, without the last line end.
pub(crate) fn document(document: &Document) -> String {
    let d = &document.declaration;
    let mut out = format!("<?xml version=\"{}\"", d.version.as_deref().unwrap_or("1.0"));
    for (name, value) in [("encoding", &d.encoding), ("standalone", &d.standalone)] {
        if let Some(value) = value {
            out += &format!(" {name}=\"{value}\"");
        }
    }
    out += "?>";
    let ascii = !document.has_encoding();
    for one in &document.nodes {
        out.push('\n');
        node(&mut out, one, Style { text: ascii, attributes: ascii });
    }
    out
}

/// One element.
pub(crate) fn element(element: &Element, has_encoding: bool) -> String {
    let mut out = String::new();
    write_element(&mut out, element, Style { text: false, attributes: !has_encoding });
    out
}

fn node(out: &mut String, node: &Node, style: Style) {
    match node {
        Node::Element(element) => write_element(out, element, style),
        Node::Text(text) => text.chars().for_each(|c| in_text(out, c, style.text)),
        Node::CData(text) => {
            // the end of the section cannot stand in it
            *out += &format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"));
        }
        Node::Raw(raw) => out.push_str(raw),
    }
}

fn write_element(out: &mut String, element: &Element, style: Style) {
    out.push('<');
    out.push_str(&element.name);
    for a in element.spaces.iter().chain(&element.attributes) {
        attribute(out, a, style.attributes);
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    element.children.iter().for_each(|child| node(out, child, style));
    *out += &format!("</{}>", element.name);
}

fn attribute(out: &mut String, attribute: &Attribute, ascii: bool) {
    *out += &format!(" {}=\"", attribute.name);
    for c in attribute.value.chars() {
        match c {
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => *out += &format!("&#{};", u32::from(c)),
            c if ascii && !c.is_ascii() => reference(out, c),
            c => escaped(out, c),
        }
    }
    out.push('"');
}

fn in_text(out: &mut String, c: char, ascii: bool) {
    match c {
        '\n' | '\t' => out.push(c),
        c if ascii && (!c.is_ascii() || c.is_ascii_control()) => reference(out, c),
        '\r' => out.push_str("&#13;"),
        c => escaped(out, c),
    }
}

fn escaped(out: &mut String, c: char) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        c => out.push(c),
    }
}

fn reference(out: &mut String, c: char) {
    let written = write!(out, "&#x{:X};", u32::from(c));
    debug_assert!(written.is_ok(), "writing into a String cannot fail");
}
