//! Compiles the scripts of the benchmarks.

use std::path::Path;

use sipc_compiler::{driver::check_file, emit::emit, source::Disk};

fn main() {
    compile("numbers", "../../examples/numbers/opensips.cfg", "examples/numbers/opensips.cfg");
    compile("calls", "scripts/calls.cfg", "benches/sites/scripts/calls.cfg");
}

/// Writes a script's routes as a module; `shown` is its name in log lines.
fn compile(name: &str, path: &str, shown: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    println!("cargo::rerun-if-changed={}", script.display());
    let checked = check_file(&Disk, &script.display().to_string());
    assert!(checked.is_good(), "`sipc check {}` says what is wrong", script.display());
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let text = emit(&checked.program, shown);
    std::fs::write(Path::new(&out).join(name).with_extension("rs"), text).expect("OUT_DIR is writable");
}
