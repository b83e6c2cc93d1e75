//! Compiles the scripts of the benchmarks.

use std::path::Path;

use sipc_compiler::{driver::check_file, emit::emit, source::Disk};

fn main() {
    numbers();
    for name in ["calls", "registrar", "pieces"] {
        compile(name, &format!("scripts/{name}.cfg"), &format!("benches/sites/scripts/{name}.cfg"));
    }
    stock();
}

/// The example `numbers` with a route that runs those of a call, as its main route does, without what is around them.
fn numbers() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/numbers/opensips.cfg");
    println!("cargo::rerun-if-changed={}", script.display());
    let text = std::fs::read_to_string(script).expect("the script is there");
    let routes =
        ["scanners", "customer", "called_number", "calling_number", "screening", "headers", "gateway"];
    let calls: String = routes.iter().map(|name| format!("    route({name});\n")).collect();
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let whole = Path::new(&out).join("numbers.cfg");
    std::fs::write(&whole, format!("{text}\nroute[call] {{\n{calls}}}\n")).expect("OUT_DIR is writable");
    compile("numbers", &whole.display().to_string(), "examples/numbers/opensips.cfg");
}

/// The script of `bench-sip` that sites are like, with a socket and a name of its own, for this crate and its interpreter.
fn stock() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sip/lookup.cfg");
    println!("cargo::rerun-if-changed={}", script.display());
    let text = std::fs::read_to_string(script).expect("the script is there");
    let head = "socket=udp:127.0.0.1:5060\nalias=udp:carrier.example:5060\nloadmodule \"proto_udp.so\"\n";
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    let whole = Path::new(&out).join("stock.cfg");
    std::fs::write(&whole, format!("{head}{text}")).expect("OUT_DIR is writable");
    compile("stock", &whole.display().to_string(), "benches/sip/lookup.cfg");
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
