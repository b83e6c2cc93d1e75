//! Makes the random scripts and compiles them. `SIPC_RANDOM=27` makes 27 files of 75 scripts instead of the
//! usual few; `SIPC_RANDOM_SEED` is where the seeds begin.

use std::fmt::Write;
use std::path::Path;

use sipc_compiler::diagnostics::render;
use sipc_compiler::driver::check_file;
use sipc_compiler::emit::emit;
use sipc_compiler::source::Memory;

#[path = "src/generate.rs"]
mod generate;

/// Files when nothing else is asked for.
const FILES: u64 = 4;

fn main() {
    println!("cargo::rerun-if-env-changed=SIPC_RANDOM");
    println!("cargo::rerun-if-env-changed=SIPC_RANDOM_SEED");
    println!("cargo::rerun-if-changed=src/generate.rs");
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let first = number("SIPC_RANDOM_SEED").unwrap_or(1);
    let mut index = String::new();
    let mut list = String::new();
    for seed in first..first + number("SIPC_RANDOM").unwrap_or(FILES) {
        let name = format!("random_{seed}");
        let path = Path::new(&out).join(format!("{name}.rs"));
        std::fs::write(&path, compile(&generate::script(seed))).expect("OUT_DIR is writable");
        writeln!(
            index,
            "#[allow(unused_imports, unreachable_code, unused_labels, unused_variables, dead_code, unused_mut, unused_assignments, \
             clippy::all, missing_docs)]\nmod {name} {{ include!({:?}); }}",
            path.display().to_string()
        )
        .expect("strings grow");
        writeln!(list, "        ({seed}, subject!({name})),").expect("strings grow");
    }
    let all = format!(
        "/// Seeds and compiled sites.\npub fn all() -> Vec<(u64, Subject)> {{\n    vec![\n{list}    ]\n}}\n"
    );
    std::fs::write(Path::new(&out).join("scripts.rs"), format!("{index}{all}")).expect("OUT_DIR is writable");
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn compile(text: &str) -> String {
    let checked = check_file(&Memory::of(generate::FILE, text), generate::FILE);
    for found in checked.diagnostics.iter().filter(|d| d.is_error()) {
        println!("cargo::error={}", render(found, &checked.source, false).replace('\n', " / "));
    }
    assert!(checked.is_good(), "the generator writes scripts that are well-typed");
    emit(&checked.program, generate::FILE)
}
