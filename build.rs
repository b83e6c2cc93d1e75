//! Compiles the site's script, `routes/opensips.cfg` or `$SIPC_ROUTES`, to `$OUT_DIR/routes.rs`.
//! `$SIPC_DEFINE` has site values, one `NAME=VALUE` a line.

use std::path::Path;
use std::process::exit;

use sipc_compiler::{diagnostics::render, driver::check_file_with, emit::emit, source::Disk, values::Values};

fn main() {
    println!("cargo::rerun-if-env-changed=SIPC_ROUTES");
    let script = std::env::var("SIPC_ROUTES").unwrap_or_else(|_| "routes/opensips.cfg".into());
    println!("cargo::rerun-if-env-changed=SIPC_DEFINE");
    let define = std::env::var("SIPC_DEFINE").unwrap_or_default();
    let values = Values::new(define.lines(), Some(|name| std::env::var(name).ok()));
    let values = values.unwrap_or_else(|message| {
        println!("cargo::error=SIPC_DEFINE: {message}");
        exit(1)
    });
    let checked = check_file_with(&Disk, &script, &values);
    for name in &checked.values {
        println!("cargo::rerun-if-env-changed={name}");
    }
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
