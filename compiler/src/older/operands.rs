//! Bare words in conditions: `method`, `src_ip`, `uri == myself`.

use super::cursor::Cursor;
use crate::syntax::token::TokenKind;

/// The variable that a word became.
const WORDS: &[(&str, &str)] = &[
    ("uri", "$ru"),
    ("from_uri", "$fu"),
    ("to_uri", "$tu"),
    ("method", "$rm"),
    ("status", "$rs"),
    ("proto", "$socket_in(proto)"),
    ("af", "$socket_in(af)"),
    ("src_ip", "$si"),
    ("src_port", "$sp"),
    ("dst_ip", "$socket_in(ip)"),
    ("dst_port", "$socket_in(port)"),
    ("retcode", "$rc"),
];
/// What `is_myself` looks at.
const HOSTS: &[(&str, &str)] = &[
    ("uri", "\"$rd\""),
    ("from_uri", "\"$fd\""),
    ("to_uri", "\"$td\""),
    ("src_ip", "\"$si\""),
    ("dst_ip", "\"$socket_in(ip)\""),
];

pub(super) fn find(cursor: &mut Cursor<'_>) {
    for at in 0..cursor.len() {
        let Some(word) = cursor.word(at) else { continue };
        if word == "msg" && cursor.is(at + 1, ":") && cursor.text(at + 2) == "len" {
            cursor.change(at..=at + 2, "$ml");
            continue;
        }
        let Some(sign) = comparison(cursor, at + 1) else { continue };
        if cursor.text(at + 2) == "myself" {
            myself(cursor, at, &word, sign);
        } else if let Some((_, variable)) = WORDS.iter().find(|(old, _)| *old == word) {
            cursor.change(at..=at, *variable);
            bare_value(cursor, at + 2, &word);
        }
    }
}

fn comparison(cursor: &Cursor<'_>, at: usize) -> Option<&'static str> {
    match cursor.kind(at) {
        TokenKind::Symbol(s @ ("==" | "!=" | "=~" | "!~" | "<" | ">" | "<=" | ">=")) => Some(s),
        _ => None,
    }
}

fn myself(cursor: &mut Cursor<'_>, at: usize, word: &str, sign: &str) {
    let Some((_, host)) = HOSTS.iter().find(|(old, _)| *old == word) else { return };
    let not = if sign == "!=" { "!" } else { "" };
    let meaning = (word == "uri").then_some("only the host is compared: add $rp where the port matters");
    cursor.change_with(at..=at + 2, format!("{not}is_myself({host})"), meaning);
}

/// `method == INVITE`: text stands in quotes.
fn bare_value(cursor: &mut Cursor<'_>, at: usize, word: &str) {
    let upper = match word {
        "proto" => cursor.text(at).to_ascii_uppercase(),
        _ => cursor.text(at),
    };
    if matches!(cursor.kind(at), TokenKind::Word) && !cursor.is(at + 1, "(") {
        cursor.change(at..=at, format!("\"{upper}\""));
    }
}
