//! `uuid`: universally unique identifiers

use crate::{Effect, Function, Inner, Kind, Module, Routes, ValueType, Variable, optional, required};

/// The table of `uuid`.
pub const MODULE: Module = Module {
    name: "uuid",
    summary: "Universally unique identifiers",
    functions: &[Function::new(
        "uuid",
        &[
            required("result", Kind::Target),
            optional("version", Kind::Int),
            optional("namespace", Kind::Text),
            optional("name", Kind::Text),
        ],
        Routes::ALL,
        Effect::Edits,
        "Makes an identifier: version 1 of the time, 3 and 5 of a namespace and a name, 4 and 0 random, 7 random and \
         in the order of time.",
    )],
    variables: &[Variable::read_only(
        "uuid",
        "uuid_value",
        ValueType::Text,
        "A new identifier; of a version, 1, 4 or 7, in the parentheses.",
    )
    .with(Inner::Optional)],
    ..Module::EMPTY
};
