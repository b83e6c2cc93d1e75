//! The tree of a document.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use indexmap::IndexMap;
use sipc_engine::Text;

/// More members or items than this are refused: a script that only ever adds must not fill the memory.
pub(crate) const MEMBERS_MAX: usize = 1 << 20;

/// A node; several places may share it.
pub(crate) type Link = Rc<RefCell<Node>>;

/// What a node is.
#[derive(Debug, Default)]
pub(crate) enum Node {
    /// `null`, which scripts see as nothing.
    #[default]
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number beyond `i64`.
    Unsigned(u64),
    /// Another number, as it was written.
    Double(Text),
    /// Text.
    Text(Text),
    /// `[…]`
    Array(Vec<Link>),
    /// `{…}`
    Object(IndexMap<Text, Link>),
}

impl Node {
    /// A node of its own.
    pub(crate) fn link(self) -> Link {
        Rc::new(RefCell::new(self))
    }

    /// Takes the nodes below.
    fn take_children(&mut self) -> Vec<Link> {
        match self {
            Node::Array(items) => std::mem::take(items),
            Node::Object(members) => std::mem::take(members).into_values().collect(),
            _ => Vec::new(),
        }
    }
}

// Links can make a tree as deep as a script likes; its end must not need a stack as deep.
impl Drop for Node {
    fn drop(&mut self) {
        let mut waiting = self.take_children();
        while let Some(link) = waiting.pop() {
            if let Some(node) = Rc::into_inner(link) {
                waiting.extend(node.into_inner().take_children());
            }
        }
    }
}

/// Whether a node is another one or has it below.
pub(crate) fn contains(node: &Link, wanted: &Link) -> bool {
    let mut seen = HashSet::new();
    let mut waiting = vec![node.clone()];
    while let Some(link) = waiting.pop() {
        if Rc::ptr_eq(&link, wanted) {
            return true;
        }
        if !seen.insert(Rc::as_ptr(&link)) {
            continue;
        }
        match &*link.borrow() {
            Node::Array(items) => waiting.extend(items.iter().cloned()),
            Node::Object(members) => waiting.extend(members.values().cloned()),
            _ => {}
        }
    }
    false
}
