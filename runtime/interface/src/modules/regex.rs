//! `regex`: Perl-compatible regular expressions

use crate::{Effect, Function, Kind, MiCommand, ModParam, Module, Routes, optional, required};

/// The table of `regex`.
pub const MODULE: Module = Module {
    name: "regex",
    summary: "Perl-compatible regular expressions",
    functions: &[
        Function::new(
            "pcre_match",
            &[required("text", Kind::Text), required("expression", Kind::Text)],
            Routes::NO_ERROR,
            Effect::Reads,
            "Whether a text matches an expression.",
        )
        .returning("-4 when the expression cannot be read"),
        Function::new(
            "pcre_match_group",
            &[required("text", Kind::Text), optional("group", Kind::Int)],
            Routes::NO_ERROR,
            Effect::Reads,
            "Whether a text matches an expression of a group of `file`; group 0 when none is given.",
        )
        .returning("-2 without `file`; -4 when there is no such group"),
    ],
    params: &[
        ModParam::text("file", "The groups: `[0]`, then an expression per line, `[1]`, and so on."),
        ModParam::at_least(1, "max_groups", "As many groups may be in `file`; 20."),
        ModParam::at_least(1, "group_max_size", "A group may have as many bytes; 8192."),
        ModParam::int("pcre_caseless", "1: capitals are as small letters. This and the next need `file`."),
        ModParam::int("pcre_multiline", "1: `^` and `$` match at lines."),
        ModParam::int("pcre_dotall", "1: a dot matches line ends."),
        ModParam::int("pcre_extended", "1: blanks in expressions have no meaning."),
    ],
    mi: &[
        MiCommand::new(
            "regex:reload",
            &[&[]],
            "Reads `file` again; when it has faults, the old groups stay.",
        )
        .also(&["regex_reload"]),
        MiCommand::new("regex:match", &[&["string", "pcre_regex"]], "Whether a text matches an expression.")
            .also(&["regex_match"]),
        MiCommand::new("regex:match_group", &[&["string", "group"]], "Whether a text matches a group.")
            .also(&["regex_match_group"]),
    ],
    ..Module::EMPTY
};
