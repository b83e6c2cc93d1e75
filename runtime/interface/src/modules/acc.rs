//! `acc`: accounting of requests and missed calls, to the log

use crate::{
    Effect, Function, Inner, Kind, ModParam, Module, ParamKind, RouteKind, Routes, ValueType, Variable,
    optional, required,
};

const ROUTES_1: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch, RouteKind::Local]);

/// The table of `acc`.
pub const MODULE: Module = Module {
    name: "acc",
    summary: "Accounting of requests and missed calls, to the log",
    depends: &["tm"],
    functions: &[
        Function {
            name: "acc_log_request",
            params: &[required("comment", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Writes an accounting line for the request at hand.",
            returns: "",
        },
        Function {
            name: "do_accounting",
            params: &[
                required("kinds", Kind::Text).checked(kinds),
                optional("flags", Kind::Text).checked(flags),
                optional("table", Kind::Text),
            ],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Has the transaction accounted when it ends.",
            returns: "",
        },
        Function {
            name: "drop_accounting",
            params: &[
                optional("kinds", Kind::Text).checked(kinds),
                optional("flags", Kind::Text).checked(flags),
            ],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Undoes do_accounting.",
            returns: "",
        },
    ],
    params: &[
        ModParam {
            name: "early_media",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: account replies that start early media.",
        },
        ModParam {
            name: "report_cancels",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: do_accounting() accounts transactions of CANCEL too.",
        },
        ModParam {
            name: "detect_direction",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: swap caller and callee for requests that go upstream.",
        },
        ModParam {
            name: "log_level",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Level of accounting lines.",
        },
        ModParam {
            name: "log_facility",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Syslog facility of accounting lines; they go where all lines go here.",
        },
        ModParam {
            name: "extra_fields",
            kind: ParamKind::Text,
            repeats: true,
            summary: "Names of further fields: log: NAME->KEY; ...",
        },
    ],
    variables: &[Variable {
        name: "acc_extra",
        function: "acc_extra",
        inner: Inner::Literal,
        writable: true,
        indexed: false,
        value: ValueType::Any,
        summary: "A further field of the accounting line.",
    }],
    ..Module::EMPTY
};

/// Where accounting goes: words joined by bars.
fn kinds(text: &[u8]) -> Result<(), &'static str> {
    each(text, |kind| match kind {
        b"log" => Ok(()),
        b"db" | b"aaa" | b"evi" => Err("of the backends only `log` is built yet"),
        _ => Err("the backends are `log`, `db`, `aaa` and `evi`"),
    })
}

/// What is accounted.
fn flags(text: &[u8]) -> Result<(), &'static str> {
    each(text, |flag| match flag {
        b"missed" | b"failed" => Ok(()),
        b"cdr" => Err("`cdr` needs dialogs, which are not built yet; `missed` and `failed` are"),
        _ => Err("the flags are `missed`, `failed` and `cdr`"),
    })
}

fn each(text: &[u8], check: fn(&[u8]) -> Result<(), &'static str>) -> Result<(), &'static str> {
    text.split(|b| *b == b'|').try_for_each(|word| check(&word.trim_ascii().to_ascii_lowercase()))
}
