//! Expressions as PCRE reads them, and groups of a file.

use sipc_engine::setup::{Configuration, Setting};
use sipc_engine::testing::{OPTIONS, context_on, worker_with};

use super::*;
use sipc_test_support::pieces::mixed;

fn matches(expression: &str, text: &[u8]) -> Option<bool> {
    Pattern::new(expression.as_bytes(), Options::default()).ok().map(|p| p.is_match(text))
}

#[test]
fn expressions() {
    for (expression, text, matching) in [
        ("^al+ice$", "alllice", true),
        ("ice$", "alice\n", true),
        ("ice$", "alice\nx", false),
        ("(?m)ice$", "alice\nx", true),
        ("(?i)ALICE", "alice", true),
        ("^(?!bob)\\w+@", "alice@x", true),
        ("^(?!bob)\\w+@", "bob@x", false),
        ("(a+)b\\1$", "aabaa", true),
        ("(a+)b\\1$", "aabaaa", false),
        ("^[[:digit:]a-c_-]+$", "1a_-c", true),
        ("^[[]$", "[", true),
        ("^[]x]+$", "]x", true),
        ("^[a&&b]$", "&", true),
        ("^[+--]$", ",", true),
        ("^[\\w.-]+$", "a.b-c", true),
        ("^[^\\d\\s]$", "5", false),
        ("a{b}", "a{b}", true),
        ("^a{2,3}$", "aaaa", false),
        ("\\Q1.5*\\E$", "1.5*", true),
        ("^\\x41\\x{42}\\e?$", "AB", true),
        ("^a\\/b\\_c\\-d$", "a/b_c-d", true),
        ("^\\h+x\\R$", " \tx\r\n", true),
        ("a(?#comment)b", "ab", true),
        ("^(?<user>\\w+)@\\k<user>$", "al@al", true),
        ("^.{3}$", "\u{e9}b", true),
    ] {
        assert_eq!(matches(expression, text.as_bytes()), Some(matching), "{expression} {text}");
    }
    assert_eq!(
        matches("^\u{e9}$", "\u{e9}".as_bytes()),
        Some(true),
        "bytes of the script are bytes of the text"
    );
    assert_eq!(matches("^..$", b"\xff\xfe"), Some(true));
    for broken in ["a(", "*a", "[z-a]", "a)", "(?z)", "["] {
        assert_eq!(matches(broken, b""), None, "{broken}");
    }
}

#[test]
fn backtracking_ends() {
    let text = [b'a'; 60];
    assert_eq!(matches("^(?=(a+)+b)(a+)+\\1b$", &text), Some(false));
}

fn context(params: Vec<(&str, Setting)>) -> Context {
    let modparams = params.into_iter().map(|(n, v)| ("regex".to_owned(), n.to_owned(), v)).collect();
    context_on(worker_with(Configuration { modparams, ..Configuration::default() }, &[LINKED]), OPTIONS)
}

/// A file of its own for a test.
fn file(name: &str, text: &str) -> String {
    let path = std::env::temp_dir().join(format!("sipc-regex-{}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("a folder for temporary files");
    path.to_string_lossy().into_owned()
}

fn text(t: &'static str) -> Text {
    Text::from_static(t.as_bytes())
}

#[test]
fn functions_and_commands() {
    let path = file("groups", "# users\n[0]\n^ALICE$\n^bob\n\n[1]\n[2]\n^\\+[0-9]+$");
    let cx = &mut context(vec![("file", Setting::Text(path.clone())), ("pcre_caseless", Setting::Int(1))]);
    assert_eq!(pcre_match(cx, text("xAx"), text("a")), 1);
    assert_eq!(pcre_match(cx, text("xAx"), text("b")), -1);
    assert_eq!(pcre_match(cx, text("xAx"), text("(")), BAD);
    for (group, t, expected) in [
        (None, "alice", 1),
        (Some(0), "bobby", 1),
        (Some(0), "carol", -1),
        (Some(1), "", 1),
        (Some(1), "x", -1),
        (Some(2), "+12", 1),
        (Some(3), "x", BAD),
        (Some(-1), "x", BAD),
    ] {
        assert_eq!(pcre_match_group(cx, text(t), group), expected, "{group:?} {t}");
    }
    for n in 0..2 * COMPILED_MAX {
        assert_eq!(pcre_match(cx, text("x"), Text::from(format!("y{n}"))), -1);
    }
    let command = |cx: &Context, name: &str, params: Json| {
        let command = cx.shared().commands.iter().find(|c| c.name == name).expect("a command");
        (command.handler)(cx.shared(), &Params(params.as_object().cloned().unwrap_or_default()))
    };
    assert_eq!(command(cx, "regex:match", json!({"string": "a", "pcre_regex": "A"})), Ok(json!("Match")));
    assert!(command(cx, "regex:match", json!({"string": "a", "pcre_regex": "("})).is_err());
    assert_eq!(
        command(cx, "regex:match_group", json!({"string": "dave", "group": "0"})),
        Ok(json!("Not Match"))
    );
    assert!(command(cx, "regex:match_group", json!({"string": "dave", "group": "7"})).is_err());
    std::fs::write(&path, "[0]\n^dave$\n").expect("writable");
    assert_eq!(command(cx, "regex:reload", json!({})), Ok(json!("OK")));
    assert_eq!(pcre_match_group(cx, text("dave"), None), 1);
    std::fs::write(&path, "[0]\n(\n").expect("writable");
    assert!(command(cx, "regex:reload", json!({})).is_err());
    assert_eq!(pcre_match_group(cx, text("dave"), None), 1, "the old groups stay");
    std::fs::remove_file(path).expect("removable");
}

#[test]
fn without_a_file() {
    let cx = &mut context(vec![("pcre_caseless", Setting::Int(1))]);
    assert_eq!(pcre_match(cx, text("A"), text("a")), -1, "options need a file");
    assert_eq!(pcre_match_group(cx, text("A"), None), NO_FILE);
}

#[test]
fn broken_files() {
    let long = format!("[0]\n{}\n", "x".repeat(LINE_TOO_LONG));
    for (n, content) in
        ["^x$\n", "[0]\n(\n", "[0]\n[1]\n[2]\n", &*long, "[0]\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"]
            .iter()
            .enumerate()
    {
        let path = file(&format!("broken{n}"), content);
        let modparams = [
            ("file", Setting::Text(path.clone())),
            ("max_groups", Setting::Int(2)),
            ("group_max_size", Setting::Int(30)),
        ];
        let modparams = modparams.into_iter().map(|(n, v)| ("regex".to_owned(), n.to_owned(), v)).collect();
        let mut setup = Setup::new(Configuration { modparams, ..Configuration::default() }, Vec::new());
        assert!((LINKED.init)(&mut setup).is_err(), "{content}");
        std::fs::remove_file(path).expect("removable");
    }
}

const LINE_TOO_LONG: usize = 499;

#[test]
fn no_text_breaks_the_translation() {
    let pieces = [
        "a",
        "[",
        "]",
        "^",
        "$",
        "(",
        ")",
        "(?",
        ":",
        "=",
        "!",
        "i)",
        "{",
        "2",
        ",",
        "}",
        "*",
        "+",
        "?",
        "\\",
        "Q",
        "E",
        "x{",
        "41",
        "R",
        "h",
        "[:alpha:]",
        "-",
        "|",
        ".",
        "\\1",
        "#",
        " ",
    ];
    mixed(&pieces, 3_000, |text| {
        for extended in [false, true] {
            let options = Options { extended, ..Options::default() };
            if let Ok(pattern) = Pattern::new(text, options) {
                pattern.is_match(b"a2, -|aa");
            }
        }
    });
}
