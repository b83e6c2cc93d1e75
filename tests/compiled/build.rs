//! Compiles the script of every case into a module of its own. A file is written only when it changes.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::process::exit;

use sipc_compiler::{diagnostics::render, driver::check_file, emit::emit, source::Disk};
use sipc_test_support::check;

fn main() {
    // scripts are named from the root of the repository, as the other driver names them
    std::env::set_current_dir(check::root()).expect("the repository has a root");
    println!(
        "cargo::rerun-if-changed={}",
        Path::new("tests/cases").canonicalize().expect("there are cases").display()
    );
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let scripts: BTreeSet<String> = check::all_cases().into_iter().map(|case| case.script).collect();
    let mut index = String::new();
    let mut arms = String::new();
    for script in &scripts {
        let name = script.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let path = Path::new(&out).join(format!("{name}.rs"));
        write_if_changed(&path, &compile(script));
        writeln!(
            index,
            "#[allow(unused_imports, unreachable_code, unused_labels, unused_variables, dead_code, clippy::all, \
             missing_docs)]\nmod {name} {{ include!({:?}); }}",
            path.display().to_string()
        )
        .expect("strings grow");
        writeln!(arms, "        {script:?} => subject!({name}),").expect("strings grow");
    }
    let find = format!(
        "fn find(script: &str) -> Option<Subject> {{\n    Some(match script {{\n{arms}        _ => return None,\n    }})\n}}\n"
    );
    write_if_changed(&Path::new(&out).join("cases.rs"), &format!("{index}{find}"));
}

fn compile(script: &str) -> String {
    let checked = check_file(&Disk, script);
    for file in checked.source.files() {
        let path = Path::new(&file.path).canonicalize().expect("it was read");
        println!("cargo::rerun-if-changed={}", path.display());
    }
    if !checked.is_good() {
        for found in &checked.diagnostics {
            eprintln!("{}\n", render(found, &checked.source, false));
        }
        println!("cargo::error=the script {script} has faults");
        exit(1);
    }
    emit(&checked.program, script)
}

fn write_if_changed(path: &Path, text: &str) {
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    std::fs::write(path, text).expect("OUT_DIR is writable");
}
