//! `dialplan`: rules that translate numbers and other texts

use crate::{Effect, Function, Kind, MiCommand, ModParam, Module, RouteKind, Routes, optional, required};

/// The table of `dialplan`.
pub const MODULE: Module = Module {
    name: "dialplan",
    summary: "Rules that translate numbers and other texts, from a table",
    functions: &[Function::new(
        "dp_translate",
        &[
            required("dpid", Kind::Int),
            required("input", Kind::Text),
            optional("output", Kind::Variable),
            optional("attributes", Kind::Variable),
            optional("partition", Kind::Text).told(),
        ],
        Routes::of(&[
            RouteKind::Request,
            RouteKind::Failure,
            RouteKind::Branch,
            RouteKind::Local,
            RouteKind::Startup,
            RouteKind::Timer,
            RouteKind::Event,
        ]),
        Effect::Edits,
        "Finds the first rule of a dial plan that matches, and stores the translation and the rule's attributes.",
    )],
    params: &[
        ModParam::text("partition", "A further table: name: db_url=…; table_name=…; or default: name.")
            .repeated(),
        ModParam::text("db_url", "The database of the table."),
        ModParam::text("table_name", "The table; \"dialplan\"."),
        ModParam::text("dpid_col", "Its column of dial plans; \"dpid\"."),
        ModParam::text("pr_col", "Its column of priorities, the least first; \"pr\"."),
        ModParam::text("match_op_col", "Its column of operators: 0 equal, 1 expression; \"match_op\"."),
        ModParam::text("match_exp_col", "Its column of what is matched; \"match_exp\"."),
        ModParam::text("match_flags_col", "Its column of flags: 1 ignores case; \"match_flags\"."),
        ModParam::text(
            "subst_exp_col",
            "Its column of expressions whose groups are replaced; \"subst_exp\".",
        ),
        ModParam::text("repl_exp_col", "Its column of replacements; \"repl_exp\"."),
        ModParam::text("attrs_col", "Its column of attributes; \"attrs\"."),
        ModParam::text("timerec_col", "Its column of recurring times; \"timerec\"."),
        ModParam::text("disabled_col", "Its column of what is out of use; \"disabled\"."),
    ],
    mi: &[
        MiCommand::new("dialplan:reload", &[&[], &["partition"]], "Reads the rules anew.")
            .also(&["dp_reload"]),
        MiCommand::new(
            "dialplan:translate",
            &[&["dpid", "input"], &["dpid", "input", "partition"]],
            "Translates a text.",
        )
        .also(&["dp_translate"]),
        MiCommand::new("dialplan:show_partition", &[&[], &["partition"]], "Where the partitions come from.")
            .also(&["dp_show_partition"]),
    ],
    ..Module::EMPTY
};
