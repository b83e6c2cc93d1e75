//! `xml`: XML documents as variables

use crate::{Inner, Module, ValueType, Variable};

/// The table of `xml`.
pub const MODULE: Module = Module {
    name: "xml",
    summary: "XML documents as variables",
    variables: &[Variable::read_only(
        "xml",
        "xml",
        ValueType::Text,
        "An element of a document, its text (`.val`) or one of its attributes (`.attr/name`); the whole document without \
         a path. A text that is assigned to an element becomes its last child; NULL removes.",
    )
    .with(Inner::Xml)
    .writable()],
    ..Module::EMPTY
};
