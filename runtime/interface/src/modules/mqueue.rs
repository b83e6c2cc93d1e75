//! `mqueue`: queues of keys and values

use crate::{
    Effect, Function, Inner, Kind, MiCommand, ModParam, Module, Param, Routes, ValueType, Variable, required,
};

/// The table of `mqueue`.
pub const MODULE: Module = Module {
    name: "mqueue",
    summary: "Queues of keys and values",
    functions: &[
        Function::new(
            "mq_add",
            &[required("queue", Kind::Text), required("key", Kind::Text), required("value", Kind::Text)],
            Routes::ALL,
            Effect::Edits,
            "Adds an item behind the others.",
        ),
        Function::new("mq_fetch", QUEUE, Routes::ALL, Effect::Edits, "Takes the oldest item out, for $mqk and $mqv.")
            .returning("-2 when the queue is empty"),
        Function::new("mq_size", QUEUE, Routes::ALL, Effect::Reads, "How many items a queue has.")
            .returning("the number; -1 when it is empty; -2 when there is no such queue"),
        Function::new("mq_pv_free", QUEUE, Routes::ALL, Effect::Edits, "Forgets the item that was taken out."),
    ],
    params: &[
        ModParam::text(
            "mqueue",
            "A queue: `name=x; size=100; addmode=1`. A full one loses its oldest item; addmode 1 keeps the older of two \
             items of one key, 2 the newer. With dbmode 1 and 2 it begins with what the table of its name has, with 1 and 3 \
             what is left at the end goes there.",
        )
        .repeated(),
        ModParam::text("db_url", "The database of queues with a dbmode; `db_default_url`."),
    ],
    variables: &[
        variable("mqk", "mqk", ValueType::Text, "The key of the item that was taken out."),
        variable("mqv", "mqv", ValueType::Text, "The value of the item that was taken out."),
        variable("mq_size", "mq_size_value", ValueType::Int, "How many items a queue has."),
    ],
    mi: &[
        MiCommand::new("mqueue:get_sizes", &[&[]], "How many items the queues have.").also(&["mq_get_sizes"]),
        MiCommand::new("mqueue:get_size", &[&["name"]], "How many items a queue has.").also(&["mq_get_size"]),
        MiCommand::new("mqueue:fetch", &[&["name"], &["name", "limit"]], "Takes an item out, or several.")
            .also(&["mq_fetch"]),
    ],
    ..Module::EMPTY
};

const QUEUE: &[Param] = &[required("queue", Kind::Text)];

const fn variable(
    name: &'static str,
    function: &'static str,
    value: ValueType,
    summary: &'static str,
) -> Variable {
    Variable::read_only(name, function, value, summary).with(Inner::Name)
}
