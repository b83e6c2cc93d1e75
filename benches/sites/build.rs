//! Compiles the script of the benchmarks.

use std::path::Path;

use sipc_compiler::{driver::check_file, emit::emit, source::Disk};

fn main() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/numbers/opensips.cfg");
    println!("cargo::rerun-if-changed={}", script.display());
    let checked = check_file(&Disk, &script.display().to_string());
    assert!(checked.is_good(), "`sipc check {}` says what is wrong", script.display());
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let text = emit(&checked.program, "examples/numbers/opensips.cfg");
    std::fs::write(Path::new(&out).join("numbers.rs"), text).expect("OUT_DIR is writable");
}
