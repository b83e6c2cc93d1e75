//! Modules that have another name, and their parameters.

use super::cursor::Cursor;
use crate::syntax::token::TokenKind;
use sipc_interface::ParamKind;

const RENAMED: &[(&str, &str, Option<&str>)] = &[
    ("cpl-c", "cpl_c", None),
    ("mi_xmlrpc_ng", "mi_xmlrpc", None),
    (
        "siptrace",
        "tracer",
        Some("look at its parameters: a trace_id takes the place of tables and addresses"),
    ),
    ("rabbitmq", "event_rabbitmq", None),
    ("tlsops", "tls_mgm", None),
    ("mi_json", "mi_http", Some("results are JSON-RPC")),
];

/// Parameters with another name: module, old, new.
const PARAMS: &[(&str, &str, &str)] = &[
    ("tm", "fr_timer", "fr_timeout"),
    ("tm", "fr_inv_timer", "fr_inv_timeout"),
    ("mi_json", "mi_json_root", "root"),
    ("avpops", "avp_table", "usr_table"),
];

pub(super) fn find(cursor: &mut Cursor<'_>) {
    transport(cursor);
    for at in 0..cursor.len() {
        match cursor.kind(at) {
            TokenKind::Keyword("loadmodule") => load(cursor, at),
            TokenKind::Keyword("modparam") if cursor.is(at + 1, "(") => modparam(cursor, at),
            _ => {}
        }
    }
}

/// Before release 2.2 UDP was no module: a script that listens in the old way and loads no transport gets it.
fn transport(cursor: &mut Cursor<'_>) {
    let listens = |at: usize| {
        let word = cursor.word(at);
        matches!(word.as_deref(), Some("listen" | "port" | "children")) && cursor.is(at + 1, "=")
    };
    if cursor.loads_any("proto_") || !(0..cursor.len()).any(listens) {
        return;
    }
    let is_load = |at: &usize| matches!(cursor.kind(*at), TokenKind::Keyword("loadmodule"));
    let Some(first) = (0..cursor.len()).find(is_load) else { return };
    let Some(file) = cursor.string(first + 1) else { return };
    let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let lines = format!("loadmodule \"{folder}proto_udp.so\"\nloadmodule");
    cursor.change_with(first..=first, lines, Some("UDP is a module since release 2.2"));
}

fn load(cursor: &mut Cursor<'_>, at: usize) {
    let Some(file) = cursor.string(at + 1) else { return };
    let (folder, base) = file.rsplit_once('/').map_or(("", file.as_str()), |(f, b)| (f, b));
    let name = base.strip_suffix(".so").unwrap_or(base);
    let path = |new: &str| match folder {
        "" => format!("\"{new}.so\""),
        _ => format!("\"{folder}/{new}.so\""),
    };
    if let Some((_, new, meaning)) = RENAMED.iter().find(|(old, ..)| *old == name) {
        cursor.change_with(at + 1..=at + 1, path(new), *meaning);
        return;
    }
    match name {
        "event_route" => cursor.change(at..=at + 1, ""),
        "uri" if cursor.loads("sipmsgops") => cursor.change(at..=at + 1, ""),
        "uri" => cursor.change(at + 1..=at + 1, path("sipmsgops")),
        "avpops" if cursor.databases && !cursor.loads("sqlops") => {
            cursor.change(at + 1..=at + 1, path("sqlops"));
        }
        "avpops" => cursor.change(at..=at + 1, ""),
        _ => {}
    }
}

fn modparam(cursor: &mut Cursor<'_>, at: usize) {
    let (Some(module), Some(param)) = (cursor.string(at + 2), cursor.string(at + 4)) else { return };
    // the value may be some strings in a row
    let Some(close) = (at..at + 40).find(|i| cursor.is(*i, ")")) else { return };
    if module == "uri" || module == "avpops" && !cursor.databases {
        let meaning = format!("the module {module} is no more");
        return cursor.change_with(at..=close, "", Some(&meaning));
    }
    let renamed = RENAMED.iter().find(|(old, ..)| *old == module).map(|(_, new, _)| *new);
    let new = if module == "avpops" { Some("sqlops") } else { renamed };
    if let Some(new) = new {
        cursor.change(at + 2..=at + 2, format!("\"{new}\""));
    }
    if (module.as_str(), param.as_str()) == ("usrloc", "db_mode") && close == at + 7 {
        return db_mode(cursor, at);
    }
    let today = PARAMS.iter().find(|(m, old, _)| *m == module && *old == param).map(|(.., new)| *new);
    if let Some(new) = today {
        cursor.change(at + 4..=at + 4, format!("\"{new}\""));
    }
    if close == at + 7 {
        value(cursor, at + 6, new.unwrap_or(&module), today.unwrap_or(&param));
    }
}

/// How usrloc works with a database had numbers.
fn db_mode(cursor: &mut Cursor<'_>, at: usize) {
    let mode = match cursor.string(at + 6).unwrap_or_else(|| cursor.text(at + 6)).as_str() {
        "0" => "single-instance-no-db",
        "1" => "single-instance-sql-write-through",
        "2" => "single-instance-sql-write-back",
        "3" => "sql-only",
        _ => return,
    };
    cursor.change(at + 4..=at + 4, "\"working_mode_preset\"");
    cursor.change(at + 6..=at + 6, format!("\"{mode}\""));
}

/// A number in quotes, or a flag by its number.
fn value(cursor: &mut Cursor<'_>, at: usize, module: &str, param: &str) {
    let table = sipc_interface::find_module(module);
    let kind = table.and_then(|m| m.params.iter().find(|p| p.name == param)).map(|p| p.kind);
    match (kind, cursor.kind(at)) {
        (Some(ParamKind::Int | ParamKind::Between(..)), TokenKind::Text(text)) => {
            let text = String::from_utf8_lossy(text).into_owned();
            if text.parse::<i32>().is_ok() {
                cursor.change(at..=at, text);
            }
        }
        (Some(ParamKind::Text), TokenKind::Number(n)) if param.ends_with("flag") => {
            let new = format!("\"{n}\"");
            cursor.change(at..=at, new);
        }
        _ => {}
    }
}
