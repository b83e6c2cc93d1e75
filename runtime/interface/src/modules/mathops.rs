//! `mathops`: floating-point expressions and rounding

use crate::{Effect, Function, Kind, ModParam, Module, Routes, optional, required};

/// The table of `mathops`.
pub const MODULE: Module = Module {
    name: "mathops",
    summary: "Floating-point expressions and rounding",
    functions: &[
        Function::new(
            "math_eval",
            &[required("expression", Kind::Text), required("result", Kind::Variable)],
            Routes::ALL,
            Effect::Edits,
            "Evaluates an expression with + - * / % ^, parentheses and functions.",
        ),
        Function::new(
            "math_rpn",
            &[required("expression", Kind::Text), required("result", Kind::Variable)],
            Routes::ALL,
            Effect::Edits,
            "Evaluates an expression in reverse Polish notation.",
        ),
        Function::new(
            "math_floor",
            &[required("number", Kind::Text), required("result", Kind::Variable)],
            Routes::ALL,
            Effect::Edits,
            "Rounds down to a whole number.",
        ),
        Function::new(
            "math_ceil",
            &[required("number", Kind::Text), required("result", Kind::Variable)],
            Routes::ALL,
            Effect::Edits,
            "Rounds up to a whole number.",
        ),
        Function::new(
            "math_trunc",
            &[required("number", Kind::Text), required("result", Kind::Variable)],
            Routes::ALL,
            Effect::Edits,
            "Rounds to a whole number, towards 0.",
        ),
        Function::new(
            "math_round",
            &[
                required("number", Kind::Text),
                required("result", Kind::Variable),
                optional("decimals", Kind::Int),
            ],
            Routes::ALL,
            Effect::Edits,
            "Rounds to a whole number, or to so many decimals.",
        ),
        Function::new(
            "math_round_sf",
            &[
                required("number", Kind::Text),
                required("result", Kind::Variable),
                optional("figures", Kind::Int),
            ],
            Routes::ALL,
            Effect::Edits,
            "Rounds to a whole number, or to so many significant figures.",
        ),
        Function::new(
            "math_compare",
            &[
                required("expression_1", Kind::Text),
                required("expression_2", Kind::Text),
                required("result", Kind::Variable),
            ],
            Routes::ALL,
            Effect::Edits,
            "Stores 1 when the first expression is greater, -1 when it is less, else 0.",
        ),
    ],
    params: &[ModParam::within(
        i32::MIN,
        128,
        "decimal_digits",
        "How many decimals results have, up to 128; 6.",
    )],
    ..Module::EMPTY
};
