//! Runs every case of `tests/cases` on the interpreter. `CASE=text` chooses cases by name; `UPDATE=1` writes
//! what they do into their flow files.

use std::rc::Rc;

use sipc_compiler::{diagnostics::render, driver::check_file, source::Disk};
use sipc_interpreter::{Interpreter, configuration, modules};
use sipc_test_support::{Case, Subject, run_all};

#[test]
fn cases_do_what_their_flows_say() {
    run_all(std::env::var_os("UPDATE").is_some(), subject);
}

/// The script of a case, on the interpreter.
fn subject(case: &Case) -> Result<Subject, String> {
    let checked = check_file(&Disk, &case.script);
    if !checked.is_good() {
        let texts = checked.diagnostics.iter().map(|d| render(d, &checked.source, false));
        return Err(texts.collect::<Vec<_>>().join("\n"));
    }
    let program = Interpreter::new(&checked.program).map_err(|e| format!("{e:?}"))?;
    Ok(Subject {
        configuration: configuration(&checked.program),
        modules: modules::linked(),
        program: Rc::new(program),
    })
}
