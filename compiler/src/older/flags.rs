//! Flags of functions that were single letters or sums of numbers, and are words with commas now.

/// What stands behind a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    None,
    /// Digits.
    Number,
    /// Text between two equal signs, as `/text/`.
    Text,
}

type Letters = &'static [(&'static str, &'static str, Value)];

const SAVE: Letters = &[
    ("m", "memory-only", Value::None),
    ("r", "no-reply", Value::None),
    ("c", "max-contacts", Value::Number),
    ("f", "force-registration", Value::None),
    ("p0", "path-off", Value::None),
    ("p1", "path-lazy", Value::None),
    ("p2", "path-strict", Value::None),
    ("v", "path-received", Value::None),
    ("o", "only-request-contacts", Value::None),
    ("s", "socket-header", Value::None),
    ("e", "min-expires", Value::Number),
    ("E", "max-expires", Value::Number),
];
const LOOKUP: Letters = &[
    ("b", "no-branches", Value::None),
    ("B", "to-branches-only", Value::None),
    ("r", "branch", Value::None),
    ("m", "method-filtering", Value::None),
    ("u", "ua-filtering", Value::Text),
    ("i", "case-insensitive", Value::None),
    ("e", "extended-regexp", Value::None),
    ("g", "global", Value::None),
    ("y", "max-ping-latency", Value::Number),
    ("Y", "sort-by-latency", Value::None),
];
const DIALOG: Letters = &[
    ("B", "bye-on-timeout", Value::None),
    ("P", "options-ping-caller", Value::None),
    ("p", "options-ping-callee", Value::None),
    ("R", "reinvite-ping-caller", Value::None),
    ("r", "reinvite-ping-callee", Value::None),
    ("E", "end-on-race-condition", Value::None),
];
/// Bits of `nat_uac_test`.
const NAT: &[(u32, &str)] = &[
    (1, "private-contact"),
    (2, "diff-ip-src-via"),
    (4, "private-via"),
    (8, "private-sdp"),
    (16, "diff-port-src-via"),
    (32, "diff-ip-src-contact"),
    (64, "diff-port-src-contact"),
    (128, "carrier-grade-nat"),
];
/// Bits of `t_relay`.
const RELAY: &[(u32, &str)] =
    &[(2, "no-auto-477"), (4, "no-dns-failover"), (8, "pass-reason-hdr"), (16, "allow-no-cancel")];

/// Gives flags in words; `None` when they are no older ones.
type Words = fn(&str) -> Option<String>;

/// Which argument of a function has flags in letters, and what they mean.
pub(super) fn letters(function: &str) -> Option<(usize, Words)> {
    match function {
        "save" => Some((1, |text| words(text, SAVE))),
        "lookup" => Some((1, |text| words(text, LOOKUP))),
        "create_dialog" => Some((0, |text| words(text, DIALOG))),
        "nat_uac_test" => Some((0, |text| names(text.parse().ok()?, NAT))),
        "www_challenge" | "proxy_challenge" => Some((1, |text| match text {
            "0" => Some(String::new()),
            "1" => Some("auth".to_owned()),
            _ => None,
        })),
        _ => None,
    }
}

/// The flags of `t_relay`, which were a number in hexadecimal.
pub(super) fn relay(bits: u32) -> String {
    names(bits & !1, RELAY).unwrap_or_default()
}

fn names(bits: u32, table: &[(u32, &str)]) -> Option<String> {
    let known: u32 = table.iter().map(|(bit, _)| bit).sum();
    let found: Vec<&str> = table.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect();
    (bits & !known == 0).then(|| found.join(","))
}

/// Letters as words; `None` when it is not all letters, as in a script of today.
fn words(text: &str, letters: Letters) -> Option<String> {
    let mut rest = text;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (letter, word, value) = letters.iter().find(|(letter, ..)| rest.starts_with(letter))?;
        rest = &rest[letter.len()..];
        let length = match value {
            Value::None => 0,
            Value::Number => rest.bytes().take_while(u8::is_ascii_digit).count(),
            Value::Text => {
                let sign = rest.chars().next()?;
                sign.len_utf8() + rest[sign.len_utf8()..].find(sign)? + sign.len_utf8()
            }
        };
        let (value_text, tail) = rest.split_at(length);
        if *value != Value::None && length == 0 {
            return None;
        }
        found.push(if length == 0 { (*word).to_owned() } else { format!("{word}={value_text}") });
        rest = tail;
    }
    (!found.is_empty()).then(|| found.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_become_words_and_words_stay() {
        for (text, expected) in [
            ("m", Some("memory-only")),
            ("c5fp2v", Some("max-contacts=5,force-registration,path-strict,path-received")),
            ("memory-only", None),
            ("max-contacts=5", None),
            ("c", None),
            ("", None),
        ] {
            assert_eq!(words(text, SAVE).as_deref(), expected, "{text}");
        }
        assert_eq!(
            words("u/a b/im", LOOKUP).as_deref(),
            Some("ua-filtering=/a b/,case-insensitive,method-filtering")
        );
        assert_eq!(
            (words("branch", LOOKUP), words("global", LOOKUP), words("u/a", LOOKUP)),
            (None, None, None)
        );
        assert_eq!(names(19, NAT).as_deref(), Some("private-contact,diff-ip-src-via,diff-port-src-via"));
        assert_eq!(names(256, NAT), None);
        assert_eq!(relay(7), "no-auto-477,no-dns-failover");
    }
}
