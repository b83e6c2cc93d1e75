//! Variables with another name, in the script and inside of strings.

use super::cursor::Cursor;
use crate::syntax::token::TokenKind;

const RENAMED: &[(&str, &str)] = &[
    ("fs", "socket_out"),
    ("Ri", "socket_in(ip)"),
    ("Rp", "socket_in(port)"),
    ("pr", "socket_in(proto)"),
    ("proto", "socket_in(proto)"),
    ("af", "socket_in(af)"),
    ("rT", "route.type"),
];

pub(super) fn find(cursor: &mut Cursor<'_>) {
    for at in 0..cursor.len() {
        if !matches!(cursor.kind(at), TokenKind::Variable | TokenKind::Text(_)) {
            continue;
        }
        let old = cursor.text(at);
        if let Some(new) = renamed(&old) {
            cursor.change(at..=at, new);
        }
    }
}

/// A text with the variables in it renamed; `None` when there are none.
pub(super) fn renamed(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, after) = (&rest[..at + 1], &rest[at + 1..]);
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            // two of them are one sign
            out.push('$');
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix('(') {
            out.push('(');
            rest = after;
        }
        let name =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
        let (word, tail) = rest.split_at(name);
        if word == "avp" {
            let typed = ["(s:", "(i:"].iter().find_map(|p| tail.strip_prefix(p));
            out.push_str("avp");
            rest = typed.inspect(|_| out.push('(')).unwrap_or(tail);
        } else if let Some((_, new)) = RENAMED.iter().find(|(old, _)| *old == word && !tail.starts_with('('))
        {
            out.push_str(new);
            rest = tail;
        }
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn variables_are_found_in_strings_and_alone() {
        assert_eq!(renamed("$avp(s:x)").as_deref(), Some("$avp(x)"));
        assert_eq!(renamed("$(avp(i:5)[1])").as_deref(), Some("$(avp(5)[1])"));
        assert_eq!(renamed("\"$Ri:$Rp $$pr\"").as_deref(), Some("\"$socket_in(ip):$socket_in(port) $$pr\""));
        assert_eq!(renamed("$(fs{s.len})").as_deref(), Some("$(socket_out{s.len})"));
        assert_eq!(renamed("$fsx $avp(x) $ru"), None);
    }
}
