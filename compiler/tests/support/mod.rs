//! Data-driven tests: each `NAME.cfg` of a folder against the text beside it. `UPDATE=1 cargo test` writes the
//! text anew; read the difference like code.

use std::fs;
use std::path::{Path, PathBuf};

/// The scripts of a folder of `tests/`, sorted; each path is relative to the crate.
pub fn scripts(folder: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries =
        fs::read_dir(root.join("tests").join(folder)).expect("the folder is part of the repository");
    let mut found: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".cfg"))
        .map(|name| format!("tests/{folder}/{name}"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no script in tests/{folder}");
    found
}

/// Compares with the file beside the script, or writes it.
pub fn check(script: &str, extension: &str, actual: &str) -> Result<(), String> {
    let path = expectation(script, extension);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, actual).expect("the expectation can be written");
        return Ok(());
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    let line = expected.lines().zip(actual.lines()).take_while(|(e, a)| e == a).count();
    let at = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
    Err(format!("{script}, line {}: expected `{}`, got `{}`", line + 1, at(&expected), at(actual)))
}

fn expectation(script: &str, extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(script).with_extension(extension)
}

/// Fails with all differences at once.
pub fn all_equal(results: impl IntoIterator<Item = Result<(), String>>) {
    let faults: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(faults.is_empty(), "{}\n(UPDATE=1 cargo test writes them anew)", faults.join("\n"));
}
