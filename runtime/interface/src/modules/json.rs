//! `json`: JSON documents as variables

use crate::{Effect, Function, Inner, Kind, ModParam, Module, Param, Routes, ValueType, Variable, required};

/// The table of `json`.
pub const MODULE: Module = Module {
    name: "json",
    summary: "JSON documents as variables",
    functions: &[
        Function::new(
            "json_link",
            &[document("alias"), document("original")],
            Routes::NO_ERROR,
            Effect::Edits,
            "Makes a document, or a place in it, another name of a part of a document: changes show in both.",
        ),
        Function::new(
            "json_merge",
            &[
                required("document", Kind::Text),
                required("patch", Kind::Text),
                required("result", Kind::Variable),
            ],
            Routes::ALL,
            Effect::Edits,
            "Merges two documents (RFC 7386): members of the second replace those of the first, null removes.",
        ),
    ],
    params: &[ModParam::int(
        "enable_long_quoting",
        "1: whole numbers beyond 32 bits read as text, so that nothing of them is lost.",
    )],
    variables: &[
        variable("json", "json", "A value in a document, as text: with blanks.").indexed(),
        variable("json_compact", "json_compact", "The same without blanks."),
        variable("json_pretty", "json_pretty", "The same on lines of its own."),
        variable("json_compact_noescape", "json_compact_noescape", "Without blanks, slashes as they are."),
    ],
    ..Module::EMPTY
};

const fn document(name: &'static str) -> Param {
    required(name, Kind::Variable).checked(is_json)
}

fn is_json(variable: &[u8]) -> Result<(), &'static str> {
    if variable.starts_with(b"json") { Ok(()) } else { Err("not a `$json`") }
}

const fn variable(name: &'static str, function: &'static str, summary: &'static str) -> Variable {
    Variable::read_only(name, function, ValueType::Any, summary).with(Inner::Json).writable()
}
