//! `sipc fmt`: `tests/format/*.cfg` with what becomes of each beside it, and what must hold for every script of
//! this repository: the same tree, the same comments, and nothing left to do the second time.

#[path = "support/damaged.rs"]
mod damaged;
mod support;

use std::path::{Path, PathBuf};

use sipc_compiler::format::format;
use sipc_compiler::source::{Memory, load_alone};
use sipc_compiler::syntax::{dump::dump, parse};
use support::{all_equal, check, scripts};

/// All scripts of the repository.
fn everything() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders: Vec<PathBuf> =
        ["compiler/tests", "tests", "examples", "routes"].iter().map(|f| root.join(f)).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("folders of the repository can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "cfg" || e == "inc") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The tree of one file, with its comments.
fn tree(text: &[u8]) -> (String, Vec<String>) {
    let (source, _, _) = load_alone(&Memory::of("a.cfg", text), "a.cfg");
    let (script, _) = parse(&source);
    let comment = |span| String::from_utf8_lossy(source.slice(span)).trim().to_owned();
    (dump(&script, &source), script.comments.iter().map(|c| comment(c.span)).collect())
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

#[test]
fn scripts_are_laid_out_in_one_way() {
    all_equal(scripts("format").iter().map(|script| {
        let text = std::fs::read(script).map_err(|e| e.to_string())?;
        let laid_out = format(script, &text).map_err(|e| format!("{script}: {e:?}"))?;
        check(script, "out", &shown(&laid_out))
    }));
}

#[test]
fn layout_changes_no_meaning_and_is_final() {
    let mut done = 0;
    for path in everything() {
        let text = std::fs::read(&path).expect("it was listed");
        let name = path.display().to_string();
        let Ok(once) = format(&name, &text) else { continue };
        assert_eq!(tree(&text), tree(&once), "{name}: another tree");
        let twice = format(&name, &once).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(shown(&once), shown(&twice), "{name}: the second time differs");
        done += 1;
    }
    assert!(done > 30, "only {done} scripts could be read");
}

/// Blanks, line ends and comments wherever the language allows them.
#[test]
fn any_layout_of_the_same_tokens_is_laid_out_the_same_way() {
    let (mut state, mut done) = (0x2545_f491_4f6c_dd1d_u64, 0);
    for path in everything() {
        let text = std::fs::read(&path).expect("it was listed");
        let name = path.display().to_string();
        if format(&name, &text).is_err() {
            continue;
        }
        let shaken = shaken(&text, &mut state);
        // a blank more can make a clause of a word, or end a line of a comment: then it is another script
        let (Ok(laid_out), true) = (format(&name, &shaken), tree(&text).0 == tree(&shaken).0) else {
            continue;
        };
        assert_eq!(tree(&shaken), tree(&laid_out), "{name}: another tree of\n{}", shown(&shaken));
        let twice = format(&name, &laid_out).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(shown(&laid_out), shown(&twice), "{name}: not final:\n{}", shown(&shaken));
        done += 1;
    }
    assert!(done > 15, "only {done} scripts survived");
}

/// The same script with other blanks, line ends and comments at some of its blanks.
fn shaken(text: &[u8], state: &mut u64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut quote = None;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let comment = line.trim_ascii_start().starts_with(b"#") || line.windows(7).any(|w| w == b"include");
        for byte in line {
            match (quote, *byte) {
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(q), b) if q == b => quote = None,
                _ => {}
            }
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let blank = *byte == b' ' && quote.is_none() && !comment;
            match (*state >> 33) % 12 {
                0 if blank => out.extend_from_slice(b"\n\t"),
                1 if blank => out.extend_from_slice(b" /* x */ "),
                2 if blank => out.extend_from_slice(b" # y\n"),
                3 if blank => out.extend_from_slice(b"   "),
                _ => out.push(*byte),
            }
        }
    }
    out
}
