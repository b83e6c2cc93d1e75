//! A text with variables and transformations, and a message that it reads: `text NUL message`. The text is logged,
//! assigned, compared, and put into a header, by the interpreter; the compiled form calls the same functions.
#![no_main]

use std::net::SocketAddr;
use std::rc::Rc;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sipc_compiler::driver::check_file;
use sipc_compiler::source::Memory;
use sipc_interpreter::{Interpreter, configuration, modules};
use sipc_test_support::{Subject, VirtualSite};

const HEAD: &[u8] = b"log_level = 1\nloadmodule \"proto_udp.so\"\nloadmodule \"sl.so\"\nloadmodule \"sipmsgops.so\"\n\
    loadmodule \"mathops.so\"\nloadmodule \"json.so\"\nroute {\n$json(j) = \"{\\\"a\\\":[1,\\\"x\\\",{\\\"b\\\":null}]}\";\n\
    $var(x) = $rU; $avp(l) = $ru; $avp(l) = $hdr(X); $var(n) = 3;\nxlog(\"";
const MIDDLE: &[u8] = b"\\n\");\nif ($var(x) == $var(n)) { $var(x) = \"7\"; }\nappend_hf(\"X-Y: $var(x)\\r\\n\");\n$var(v) = ";
const TAIL: &[u8] = b";\nxlog(\"$var(v) $(var(v){s.len})\\n\");\nsl_send_reply(200, \"OK\");\n}\n";

fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|b| *b == 0).unwrap_or(input.len());
    let (text, message) = (&input[..at], input.get(at + 1..).unwrap_or_default());
    if text.contains(&b'"') || text.contains(&b'\n') {
        return;
    }
    // as part of a text, and as a value of its own when it can be one
    let variable = text.starts_with(b"$") && !text.contains(&b' ') && !text.contains(&b';');
    let value: &[u8] = if variable { text } else { b"1" };
    let script = [HEAD, text, MIDDLE, value, TAIL].concat();
    let checked = check_file(&Memory::of("fuzz.cfg", script), "fuzz.cfg");
    if !checked.is_good() {
        return;
    }
    let program = Interpreter::new(&checked.program).expect("it was checked");
    let subject = Subject {
        configuration: configuration(&checked.program),
        modules: modules::linked(),
        program: Rc::new(program),
    };
    let mut site = VirtualSite::start(subject, None).expect("it starts");
    let source: SocketAddr = "10.0.0.1:5060".parse().expect("an address");
    site.receive(0, source, Bytes::copy_from_slice(message));
    site.advance(10);
});
