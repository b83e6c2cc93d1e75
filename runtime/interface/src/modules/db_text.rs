//! `db_text`: tables in text files, for databases `text://directory`

use crate::{MiCommand, ModParam, Module};

/// The table of `db_text`.
pub const MODULE: Module = Module {
    name: "db_text",
    summary: "Tables in text files, for databases text://directory",
    params: &[
        ModParam::within(0, 1, "db_mode", "0: a file is read once; 1: again whenever it has changed. 0."),
        ModParam::at_least(1, "buffer_size", "The longest value that a file may have, bytes; 16384."),
    ],
    mi: &[
        MiCommand::new("db_text:dump", &[&[]], "Writes the tables that have changed into their files.")
            .also(&["dbt_dump"]),
        MiCommand::new(
            "db_text:reload",
            &[&[], &["db_name"], &["db_name", "table_name"]],
            "Reads files anew: all, those of a directory, or one.",
        )
        .also(&["dbt_reload"]),
    ],
    ..Module::EMPTY
};
