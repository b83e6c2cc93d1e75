//! `statistics`: statistics that scripts keep

use crate::{Effect, Function, Inner, Kind, ModParam, Module, Routes, ValueType, Variable, required};

/// The table of `statistics`.
pub const MODULE: Module = Module {
    name: "statistics",
    summary: "Statistics that scripts keep",
    functions: &[
        Function::new(
            "update_stat",
            &[required("statistic", Kind::Text), required("by", Kind::Int)],
            Routes::NO_ERROR,
            Effect::Edits,
            "Adds to a statistic, `name` or `group:name`, which is made when new.",
        ),
        Function::new(
            "reset_stat",
            &[required("statistic", Kind::Text)],
            Routes::NO_ERROR,
            Effect::Edits,
            "Sets a statistic to 0, unless it is one that cannot be reset.",
        ),
        Function::new(
            "stat_iter_init",
            &[required("group", Kind::Text), required("iterator", Kind::Text)],
            Routes::NO_ERROR,
            Effect::Edits,
            "Sets an iterator, any name, to the first statistic of a group.",
        ),
        Function::new(
            "stat_iter_next",
            &[
                required("name", Kind::Variable),
                required("value", Kind::Variable),
                required("iterator", Kind::Text),
            ],
            Routes::NO_ERROR,
            Effect::Edits,
            "Stores the name and the value that an iterator is at, and moves it on.",
        )
        .returning("-1 behind the last"),
        Function::new(
            "update_stat_series",
            &[
                required("profile", Kind::Text),
                required("statistic", Kind::Text),
                required("value", Kind::Int),
            ],
            Routes::ALL,
            Effect::Edits,
            "Adds a value to a statistic about a window of time, which is made when new.",
        ),
    ],
    params: &[
        ModParam::text(
            "variable",
            "A statistic of the group `script`; `/no_reset` behind it: it cannot be reset.",
        )
        .repeated(),
        ModParam::text("stat_groups", "Groups that statistics may be made in: `first, second`.").repeated(),
        ModParam::text(
            "stat_series_profile",
            "How series add up: `name: algorithm=accumulate|average|percentage window=60 slots=60 group=name \
             percentage_factor=100`. `hash_size` has no effect: tables grow by themselves.",
        )
        .repeated(),
    ],
    variables: &[Variable::read_only(
        "stat",
        "stat",
        ValueType::Int,
        "A statistic, `name` or `group:name`; NULL when there is none. Assigning sets it to 0.",
    )
    .with(Inner::Format)
    .writable()],
    ..Module::EMPTY
};
