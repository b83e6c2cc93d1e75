//! Compiles the site's script, `routes/opensips.cfg` or `$SIPC_ROUTES`, to `$OUT_DIR/routes.rs`.

use std::path::Path;
use std::process::exit;

use sipc_compiler::{diagnostics::render, driver::check_file, emit::emit, source::Disk};

fn main() {
    println!("cargo::rerun-if-env-changed=SIPC_ROUTES");
    let script = std::env::var("SIPC_ROUTES").unwrap_or_else(|_| "routes/opensips.cfg".into());
    let checked = check_file(&Disk, &script);
    for file in checked.source.files() {
        println!("cargo::rerun-if-changed={}", file.path);
    }
    for found in &checked.diagnostics {
        eprintln!("{}\n", render(found, &checked.source, false));
    }
    if !checked.is_good() {
        println!("cargo::error=the script {script} has faults");
        exit(1);
    }
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(Path::new(&out).join("routes.rs"), emit(&checked.program, &script))
        .expect("OUT_DIR is writable");
}
