//! Documents.

/// A document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// What stands in its first line.
    pub declaration: Declaration,
    /// The root, and what stands around it.
    pub nodes: Vec<Node>,
    /// Bytes that were parsed into it, for the bound; what was removed counts until it is counted anew.
    pub bytes: usize,
}

/// `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
#[derive(Debug, Default)]
pub(crate) struct Declaration {
    pub version: Option<String>,
    pub encoding: Option<String>,
    pub standalone: Option<String>,
}

/// A part of a document.
#[derive(Debug)]
pub(crate) enum Node {
    Element(Element),
    /// As it is, without escapes.
    Text(String),
    /// As it is.
    CData(String),
    /// What stands in a comment, a processing instruction or a document type, with its brackets.
    Raw(String),
}

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// As written, with its prefix.
    pub name: String,
    /// Declarations of name spaces, as attributes.
    pub spaces: Vec<Attribute>,
    pub attributes: Vec<Attribute>,
    pub children: Vec<Node>,
}

/// An attribute.
#[derive(Debug)]
pub(crate) struct Attribute {
    /// As written, with its prefix.
    pub name: String,
    /// How many bytes of the name are a prefix that is declared, with its colon.
    pub prefix: usize,
    pub value: String,
}

impl Node {
    fn element(&self) -> Option<&Element> {
        match self {
            Node::Element(element) => Some(element),
            _ => None,
        }
    }
}

/// A name without its prefix, declared or not.
fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Where the n-th element of a name is.
pub(crate) fn position(nodes: &[Node], (name, n): (&str, usize)) -> Option<usize> {
    let named = |node: &Node| node.element().is_some_and(|e| local(&e.name) == name);
    nodes.iter().enumerate().filter(|(_, node)| named(node)).nth(n).map(|(at, _)| at)
}

impl Document {
    /// The element at a path.
    pub(crate) fn find(&self, path: &[(&str, usize)]) -> Option<&Element> {
        let mut nodes = &self.nodes;
        let mut found = None;
        for step in path {
            let element = nodes.get(position(nodes, *step)?)?.element()?;
            nodes = &element.children;
            found = Some(element);
        }
        found
    }

    /// The nodes among which the last element of a path is, and its place there.
    pub(crate) fn find_mut(&mut self, path: &[(&str, usize)]) -> Option<(&mut Vec<Node>, usize)> {
        let (last, before) = path.split_last()?;
        let mut nodes = &mut self.nodes;
        for step in before {
            let at = position(nodes, *step)?;
            match nodes.get_mut(at)? {
                Node::Element(element) => nodes = &mut element.children,
                _ => return None,
            }
        }
        let at = position(nodes, *last)?;
        Some((nodes, at))
    }

    /// Whether its characters are written as they are: one that does not say what its encoding is has those
    /// beyond ASCII as references.
    pub(crate) fn has_encoding(&self) -> bool {
        self.declaration.encoding.is_some()
    }
}

impl Element {
    /// Its own text, without that of the elements in it.
    pub(crate) fn text(&self) -> String {
        let text = |node: &Node| match node {
            Node::Text(text) | Node::CData(text) => Some(text.clone()),
            _ => None,
        };
        self.children.iter().filter_map(text).collect()
    }

    /// An attribute's value, by its name without a declared prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|a| a.name.get(a.prefix..) == Some(name));
        found.map(|a| &*a.value)
    }
}
