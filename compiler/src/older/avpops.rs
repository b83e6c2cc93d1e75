//! Functions of the module avpops, which the language does itself now; those of databases are in sqlops.

use super::cursor::{Call, Cursor};
use crate::syntax::token::TokenKind;

const DATABASES: &[(&str, &str)] = &[
    ("avp_db_query", "sql_query"),
    ("avp_db_load", "sql_avp_load"),
    ("avp_db_store", "sql_avp_store"),
    ("avp_db_delete", "sql_avp_delete"),
];

/// Whether a function is one of those of databases.
pub(super) fn is_of_databases(name: &str) -> bool {
    DATABASES.iter().any(|(old, _)| *old == name)
}

pub(super) fn find(cursor: &mut Cursor<'_>) {
    for (name, call) in cursor.calls() {
        if let Some((_, new)) = DATABASES.iter().find(|(old, _)| *old == name) {
            cursor.change(call.name..=call.name, *new);
            continue;
        }
        let Some(new) = replacement(cursor, &name, &call) else { continue };
        let negated = name == "is_avp_set" && cursor.is(call.name.wrapping_sub(1), "!");
        if negated {
            cursor.change(call.name - 1..=call.close, new.replace("!=", "=="));
        } else {
            cursor.change(call.name..=call.close, new);
        }
    }
}

/// What a call becomes; `None` when it uses something that has no equal.
fn replacement(cursor: &Cursor<'_>, name: &str, call: &Call) -> Option<String> {
    let argument = |n: usize| {
        let range = call.args.get(n)?.clone();
        (range.len() == 1).then_some(range.start)
    };
    match name {
        "is_avp_set" => Some(format!("{} != NULL", variable(cursor, argument(0)?)?)),
        "avp_delete" => {
            let text = cursor.string(argument(0)?)?;
            match text.strip_suffix("/g") {
                Some(all) => {
                    let inner = all.strip_prefix("$avp(")?.strip_suffix(')')?;
                    Some(format!("$(avp({inner})[*]) = NULL"))
                }
                None => Some(format!("{} = NULL", simple(&text)?)),
            }
        }
        "avp_printf" | "avp_write" => {
            let (target, text) = if name == "avp_printf" { (0, 1) } else { (1, 0) };
            Some(format!("{} = {}", variable(cursor, argument(target)?)?, cursor.text(argument(text)?)))
        }
        "avp_copy" => {
            let (from, to) = (variable(cursor, argument(0)?)?, variable(cursor, argument(1)?)?);
            Some(format!("{to} = {from}"))
        }
        "avp_pushto" => {
            let (to, from) = (variable(cursor, argument(0)?)?, variable(cursor, argument(1)?)?);
            Some(format!("{to} = {from}"))
        }
        "avp_subst" => {
            let (target, step) = (variable(cursor, argument(0)?)?, cursor.string(argument(1)?)?);
            let inner = target.strip_prefix('$')?;
            Some(format!("{target} = $({inner}{{re.subst,{step}}})"))
        }
        _ => None,
    }
}

/// A variable, quoted or not, without flags behind it.
fn variable(cursor: &Cursor<'_>, at: usize) -> Option<String> {
    match cursor.kind(at) {
        TokenKind::Variable => Some(cursor.text(at)),
        _ => simple(&cursor.string(at)?),
    }
}

fn simple(text: &str) -> Option<String> {
    let plain = text.starts_with('$') && !text[1..].contains(['$', '/', ' ', '{', '[']);
    plain.then(|| text.to_owned())
}
