//! Any bytes as a script: lexer, parser, checker, lints and, when nothing is wrong, the emitter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sipc_compiler::diagnostics::{opensips_line, render};
use sipc_compiler::driver::check_file;
use sipc_compiler::emit::emit;
use sipc_compiler::source::Memory;

fuzz_target!(|text: &[u8]| {
    let checked = check_file(&Memory::of("fuzz.cfg", text), "fuzz.cfg");
    for found in &checked.diagnostics {
        let _ = render(found, &checked.source, false);
        let _ = opensips_line(found, &checked.source);
    }
    if checked.is_good() {
        let _ = emit(&checked.program, "fuzz.cfg");
    }
});
