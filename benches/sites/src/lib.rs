//! What the benchmarks measure: the site `examples/numbers`, compiled by `build.rs` and interpreted, and whole [`calls`].
#![forbid(unsafe_code)]

use std::rc::Rc;

use sipc_compiler::driver::check_file;
use sipc_compiler::source::Memory;
use sipc_interpreter::{Interpreter, configuration, modules};
use sipc_test_support::{Subject, subject};

pub mod calls;
pub mod numbers;
pub mod paths;

/// A module with what the compiler wrote for a script.
macro_rules! script {
    ($name:ident, $file:literal) => {
        #[allow(
            unused_imports,
            unreachable_code,
            unused_labels,
            unused_variables,
            dead_code,
            clippy::all,
            missing_docs
        )]
        mod $name {
            include!(concat!(env!("OUT_DIR"), "/", $file, ".rs"));
        }
    };
}

script!(numbers_site, "numbers");
script!(calls_site, "calls");
script!(registrar_site, "registrar");
script!(pieces_site, "pieces");
script!(stock_site, "stock");

/// The text of the script `examples/numbers`.
pub const SCRIPT: &str = include_str!("../../../examples/numbers/opensips.cfg");
/// The same with a route `call`, which runs those of a call.
const NUMBERS: &str = include_str!(concat!(env!("OUT_DIR"), "/numbers.cfg"));
/// Single things that scripts do.
const PIECES: &str = include_str!("../scripts/pieces.cfg");
/// What sites are like.
const STOCK: &str = include_str!(concat!(env!("OUT_DIR"), "/stock.cfg"));

/// The site `examples/numbers`, compiled.
pub fn compiled() -> Subject {
    subject!(numbers_site)
}

/// The site `examples/numbers`, interpreted.
pub fn interpreted() -> Subject {
    interpret(NUMBERS)
}

/// Relays calls, compiled.
pub fn relaying() -> Subject {
    subject!(calls_site)
}

/// A registrar, compiled.
pub fn registrar() -> Subject {
    subject!(registrar_site)
}

/// Single things that scripts do with text, compiled and interpreted.
pub fn pieces() -> [(&'static str, Subject); 2] {
    [("compiled", subject!(pieces_site)), ("interpreted", interpret(PIECES))]
}

/// A registrar and proxy as sites run it, compiled and interpreted.
pub fn stock() -> [(&'static str, Subject); 2] {
    [("compiled", subject!(stock_site)), ("interpreted", interpret(STOCK))]
}

fn interpret(text: &str) -> Subject {
    let checked = check_file(&Memory::of("opensips.cfg", text), "opensips.cfg");
    let program = Interpreter::new(&checked.program).expect("the script is good");
    Subject {
        configuration: configuration(&checked.program),
        modules: modules::linked(),
        program: Rc::new(program),
    }
}

/// A script of at least so many lines: routes of the site again and again under other names, all of them called.
pub fn script_of(lines: usize) -> String {
    const COPIED: [&str; 7] =
        ["customer", "called_number", "calling_number", "international", "screening", "headers", "gateway"];
    let mut text = SCRIPT.replacen("    route(scanners);", "    route(all);\n    route(scanners);", 1);
    let mut calls = String::from("    xlog(\"L_DBG\", \"all of them\");\n");
    let from = SCRIPT.find("# Customers are told apart").expect("a comment of the script");
    let to = SCRIPT.find("onreply_route[").expect("a route of the script");
    for copy in 0.. {
        if text.lines().count() + calls.lines().count() >= lines {
            break;
        }
        let mut routes = SCRIPT[from..to].to_owned();
        for name in COPIED {
            routes = routes.replace(&format!("route[{name}]"), &format!("route[{name}_{copy}]"));
            if name != "international" {
                calls.push_str(&format!("    route({name}_{copy});\n"));
            }
        }
        routes = routes.replace("route(international,", &format!("route(international_{copy},"));
        text.push_str(&routes);
    }
    text.push_str(&format!("\nroute[all] {{\n{calls}}}\n"));
    text
}
