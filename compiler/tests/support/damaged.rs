//! Layout, older spellings and site values on damaged scripts: nothing panics or hangs, and what is laid out
//! stays laid out. `SEEDS=100000` makes it a long run.

use crate::support::scripts;
use sipc_compiler::driver::check_file_with;
use sipc_compiler::format::format;
use sipc_compiler::older;
use sipc_compiler::source::{Memory, load};
use sipc_compiler::values::Values;

/// Things that end, begin or change what stands around them.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    "\"",
    "'",
    "$",
    "${A}",
    "$(",
    "$$",
    "#",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\\",
    "=",
    "-",
    " as ",
    " on ",
    "cycles",
    "else",
    "if (",
    "case 1:",
    "listen=",
    "setflag(1)",
    "modparam(",
    "avp_delete(\"$avp(s:a)/g\")",
    "uri==myself",
    "loadmodule \"uri.so\"",
    "include_file \"ab\"",
    "\u{e9}",
    "event_route[E,async]",
    "fork=no",
    "t_relay(\"0x03\")",
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// A script with some of its bytes gone, doubled, or something else in their place.
fn damaged(text: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = text.to_vec();
    for _ in 0..1 + random.below(4) {
        let at = random.below(out.len());
        let end = (at + random.below(30)).min(out.len());
        let piece = PIECES[random.below(PIECES.len())].as_bytes().to_vec();
        match random.below(4) {
            0 => drop(out.drain(at..end)),
            1 => drop(out.splice(at..at, piece)),
            2 => drop(out.splice(at..end, piece)),
            _ => {
                let doubled = out[at..end].to_vec();
                drop(out.splice(at..at, doubled));
            }
        }
    }
    out
}

#[test]
fn damaged_scripts_harm_nothing() {
    let seeds = std::env::var("SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(100);
    let texts: Vec<Vec<u8>> = ["format", "older", "syntax", "golden"]
        .iter()
        .flat_map(|folder| scripts(folder))
        .map(|path| std::fs::read(path).expect("it was listed"))
        .collect();
    let values = Values::new(["A=1"], None).expect("good");
    let mut laid_out = 0;
    for seed in 0..seeds {
        let mut random = Random(seed);
        let text = damaged(&texts[random.below(texts.len())], &mut random);
        if let Ok(once) = format("a.cfg", &text) {
            laid_out += 1;
            let twice = format("a.cfg", &once).unwrap_or_else(|e| panic!("seed {seed}: {e:?}"));
            assert_eq!(String::from_utf8_lossy(&once), String::from_utf8_lossy(&twice), "seed {seed}");
        }
        let files = Memory::of("a.cfg", text);
        let checked = check_file_with(&files, "a.cfg", &values);
        for found in &checked.diagnostics {
            sipc_compiler::diagnostics::render(found, &checked.source, false);
        }
        let (source, _) = load(&files, "a.cfg");
        let changes = older::changes(&source);
        let (anew, places) = older::read_anew(&source, &changes);
        assert_eq!(places.len(), changes.len(), "seed {seed}");
        assert_eq!(lines(&anew.text), lines(&source.text), "seed {seed}");
        older::in_files(&source, &changes);
    }
    assert!(laid_out > 0, "no script survived");
}

fn lines(text: &[u8]) -> usize {
    text.iter().filter(|b| **b == b'\n').count()
}
