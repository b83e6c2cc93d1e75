//! Tree to text, as json-c lays it out.

use std::io::Write;

use sipc_engine::Text;

use crate::node::{Link, Node};

/// Deeper documents have no text: only links make them.
const DEPTH_MAX: usize = 200;

/// Longer texts are not made: links can make a small document print without end.
const LENGTH_MAX: usize = 1 << 24;

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Blanks between the parts.
    spaced: bool,
    /// Lines and indentation.
    pretty: bool,
    /// `/` becomes `\/`.
    escape_slash: bool,
}

impl Layout {
    /// On one line with blanks.
    pub(crate) const SPACED: Layout = Layout { spaced: true, pretty: false, escape_slash: true };
    /// Without blanks.
    pub(crate) const COMPACT: Layout = Layout { spaced: false, pretty: false, escape_slash: true };
    /// Indented.
    pub(crate) const PRETTY: Layout = Layout { spaced: false, pretty: true, escape_slash: true };
    /// Without blanks, slashes as they are.
    pub(crate) const COMPACT_NOESCAPE: Layout = Layout { spaced: false, pretty: false, escape_slash: false };
    /// What `json_merge` gives.
    pub(crate) const MERGED: Layout = Layout::COMPACT_NOESCAPE;
}

/// The text of a node; `None` when it is too deep or too long.
pub(crate) fn print(node: &Node, layout: Layout) -> Option<Text> {
    let mut printer = Printer { out: Vec::new(), layout };
    printer.node(node, 0)?;
    Some(Text::from(printer.out))
}

struct Printer {
    out: Vec<u8>,
    layout: Layout,
}

impl Printer {
    fn node(&mut self, node: &Node, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX || self.out.len() > LENGTH_MAX {
            return None;
        }
        match node {
            Node::Null => self.out.extend_from_slice(b"null"),
            Node::Bool(b) => self.out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Node::Int(n) => write!(self.out, "{n}").ok()?,
            Node::Unsigned(n) => write!(self.out, "{n}").ok()?,
            Node::Double(text) => self.out.extend_from_slice(text),
            Node::Text(text) => self.string(text),
            Node::Array(items) => self.list(*b"[]", items.iter().map(|link| (None, link)), depth)?,
            Node::Object(members) => {
                self.list(*b"{}", members.iter().map(|(key, link)| (Some(key), link)), depth)?;
            }
        }
        Some(())
    }

    fn list<'a>(
        &mut self,
        [open, close]: [u8; 2],
        items: impl Iterator<Item = (Option<&'a Text>, &'a Link)>,
        depth: usize,
    ) -> Option<()> {
        self.out.push(open);
        let mut empty = true;
        for (key, link) in items {
            if !std::mem::replace(&mut empty, false) {
                self.out.push(b',');
            }
            self.gap(depth + 1);
            if let Some(key) = key {
                self.string(key);
                self.out.extend_from_slice(if self.layout.spaced { b": " } else { b":" });
            }
            self.node(&link.borrow(), depth + 1)?;
        }
        if !(self.layout.pretty && empty) {
            self.gap(depth);
        }
        self.out.push(close);
        Some(())
    }

    /// What stands before an item or the end of a list.
    fn gap(&mut self, depth: usize) {
        if self.layout.pretty {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * depth, b' ');
        } else if self.layout.spaced {
            self.out.push(b' ');
        }
    }

    fn string(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for byte in text {
            let escape = match byte {
                b'"' => b'"',
                b'\\' => b'\\',
                b'/' if self.layout.escape_slash => b'/',
                0x08 => b'b',
                0x0c => b'f',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0..0x20 => {
                    let written = write!(self.out, "\\u{byte:04x}");
                    debug_assert!(written.is_ok(), "writing into a Vec cannot fail");
                    continue;
                }
                _ => {
                    self.out.push(*byte);
                    continue;
                }
            };
            self.out.extend_from_slice(&[b'\\', escape]);
        }
        self.out.push(b'"');
    }
}
