//! Runs every case compiled. The stored transcripts are the interpreter's, so a case passes only when both
//! executors do the same, byte for byte. `CASE=text` chooses cases by name.

use sipc_compiled_cases::compiled;
use sipc_test_support::run_all;

#[test]
fn compiled_scripts_do_what_interpreted_ones_do() {
    run_all(false, |case| compiled(&case.script).ok_or_else(|| format!("{} was not compiled", case.script)));
}
