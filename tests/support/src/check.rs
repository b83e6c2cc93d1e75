//! Compares what a case does with what its flow file says, or writes it there (`UPDATE=1`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use sipc_simulator::{Subject, flow, play};

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// `section/name`.
    pub name: String,
    /// The flow file.
    pub flow: PathBuf,
    /// The script, relative to the root of the repository.
    pub script: String,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The cases whose names contain `$CASE`.
pub fn cases() -> Vec<Case> {
    let wanted = std::env::var("CASE").unwrap_or_default();
    all_cases().into_iter().filter(|case| case.name.contains(&wanted)).collect()
}

/// All cases below `tests/cases` in alphabetical order.
pub fn all_cases() -> Vec<Case> {
    let base = root().join("tests/cases");
    let mut found = Vec::new();
    for section in folders(&base) {
        for flow in files(&base.join(&section), "flow") {
            let name = format!("{section}/{}", flow.trim_end_matches(".flow"));
            let path = base.join(&section).join(&flow);
            let script = script_of(&path).map_or_else(
                || format!("tests/cases/{name}.cfg"),
                |s| if s.contains('/') { s } else { format!("tests/cases/{section}/{s}") },
            );
            found.push(Case { name, flow: path, script });
        }
    }
    found
}

fn folders(base: &Path) -> Vec<String> {
    names(base).into_iter().filter(|n| base.join(n).is_dir()).collect()
}

fn files(base: &Path, kind: &str) -> Vec<String> {
    names(base).into_iter().filter(|n| Path::new(n).extension().is_some_and(|e| e == kind)).collect()
}

fn names(base: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(base).unwrap_or_else(|e| panic!("{}: {e}", base.display()));
    let mut names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn script_of(flow: &Path) -> Option<String> {
    let text = std::fs::read_to_string(flow).ok()?;
    text.lines().find_map(|l| l.strip_prefix("script ")).map(|s| s.trim().to_owned())
}

/// Plays a case on a subject and compares. With `bless` set, the file is written anew instead.
///
/// # Errors
/// What differs, or what went wrong.
pub fn check(case: &Case, subject: Subject, bless: bool) -> Result<(), String> {
    let stored = std::fs::read_to_string(&case.flow).map_err(|e| e.to_string())?;
    let site = play::start(subject, &stored)?;
    let proxies = play::proxies(&site);
    let steps = flow::parse(&stored, &|line| play::expand(line, &proxies))?;
    let played = play::play(site, &steps)?;
    if played == stored {
        return Ok(());
    }
    if bless {
        return std::fs::write(&case.flow, played).map_err(|e| e.to_string());
    }
    Err(difference(&stored, &played))
}

/// Runs all cases and panics with a list of those that failed. `subject` gives the executor of a script.
pub fn run_all(bless: bool, subject: impl Fn(&Case) -> Result<Subject, String>) {
    // files that scripts name are named from the root of the repository
    std::env::set_current_dir(root()).expect("the repository has a root");
    let cases = cases();
    assert!(!cases.is_empty(), "no case is called so");
    let mut failed = String::new();
    for case in &cases {
        let run = || check(case, subject(case)?, bless);
        let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("a panic, see above".into()));
        if let Err(text) = result {
            failed += &format!("\n--- {}\n{text}", case.name);
        }
    }
    assert!(failed.is_empty(), "{failed}\nIf this is right: UPDATE=1 cargo test --test interpreted");
}

/// The first difference, with what stands before it.
fn difference(stored: &str, played: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (stored.lines().collect(), played.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut text = format!("line {}:\n", same + 1);
    for line in &old[same.saturating_sub(3)..same] {
        text += &format!("  {line}\n");
    }
    for (mark, lines) in [('-', &old[same..old.len() - tail]), ('+', &new[same..new.len() - tail])] {
        for line in lines.iter().take(20) {
            text += &format!("{mark} {line}\n");
        }
    }
    text
}
