//! `sipc test FILE`: route tests on the interpreter, on a virtual clock and network, and which lines of the
//! script they ran.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sipc_compiler::driver::Checked;
use sipc_engine::setup::{Configuration, Setting};
use sipc_interpreter::coverage::Coverage;
use sipc_interpreter::{Interpreter, configuration, modules};
use sipc_simulator::Subject;
use sipc_simulator::spec::{self, Spec};

use crate::args::{Report, Test};
use crate::{files, script};

/// Exit status 1 when a test fails or cannot be run.
pub fn test(options: &Test) -> ExitCode {
    run(options).unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::FAILURE
    })
}

fn run(options: &Test) -> Result<ExitCode, String> {
    let text =
        std::fs::read_to_string(&options.file).map_err(|e| format!("cannot read {}: {e}", options.file))?;
    let spec = Spec::read(&text).map_err(|e| format!("{}: {e}", options.file))?;
    let define = [&spec.define[..], &options.define].concat();
    let checked = script::checked(&script_of(options, &spec), None, &define)?;
    if !checked.is_good() {
        script::report(&checked, false);
        return Ok(ExitCode::FAILURE);
    }
    let (interpreter, coverage) = Interpreter::covering(&checked.program).map_err(|unlinked| {
        let messages: Vec<String> = unlinked.iter().map(|u| u.message.clone()).collect();
        messages.join("; ")
    })?;
    let failed = all(options, &spec, &checked, &interpreter)?;
    report(options, &checked, &coverage)?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The script that the tests name, relative to their file, or the one beside it of the same name.
fn script_of(options: &Test, spec: &Spec) -> String {
    let file = Path::new(&options.file);
    match &spec.script {
        Some(script) => file.with_file_name("").join(script).to_string_lossy().into_owned(),
        None => file.with_extension("cfg").to_string_lossy().into_owned(),
    }
}

/// Runs the tests that are asked for; how many failed.
fn all(options: &Test, spec: &Spec, checked: &Checked, interpreter: &Interpreter) -> Result<usize, String> {
    let (started, mut count, mut failed) = (Instant::now(), 0, 0);
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    for test in spec.tests.iter().filter(|test| wanted(&test.name)) {
        let begun = Instant::now();
        let outcome = one(spec, test, checked, interpreter);
        count += 1;
        match outcome {
            Ok(()) => println!("ok    {} ({})", test.name, milliseconds(begun.elapsed())),
            Err((line, why)) => {
                failed += 1;
                println!("FAIL  {}\n      {}:{line}: {why}", test.name, options.file);
            }
        }
    }
    if count == 0 {
        return Err(format!("{}: no test is called so", options.file));
    }
    println!("{count} tests, {failed} failed, {}", milliseconds(started.elapsed()));
    Ok(failed)
}

fn one(spec: &Spec, test: &spec::Test, checked: &Checked, interpreter: &Interpreter) -> spec::Outcome {
    let mut configuration = configuration(&checked.program);
    // it goes when the test is over
    let database = match Database::of(&spec.tables(test), &mut configuration) {
        Ok(database) => database,
        Err(why) => return Err((test.line, why)),
    };
    let subject =
        Subject { configuration, modules: modules::linked(), program: Rc::new(interpreter.clone()) };
    let run = || spec::run(spec, test, subject);
    let fault = |_| Err((test.line, "a fault of the program itself; please report it".to_owned()));
    let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(fault);
    drop(database);
    outcome
}

/// The tables of a test in a folder of their own, which module `db_text` serves in place of whatever database the
/// script names.
struct Database(PathBuf);

impl Database {
    fn of(tables: &[spec::Table], configuration: &mut Configuration) -> Result<Option<Database>, String> {
        if tables.is_empty() {
            return Ok(None);
        }
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("sipc-test-{}-{number}", std::process::id()));
        let database = Database(folder);
        database.write(tables).map_err(|e| format!("cannot write the tables of the test: {e}"))?;
        if !configuration.modules.iter().any(|m| m == "db_text") {
            configuration.modules.insert(0, "db_text".into());
        }
        let url = format!("text://{}", database.0.display());
        for (_, name, value) in &mut configuration.modparams {
            if name.ends_with("db_url") {
                *value = Setting::Text(url.clone());
            }
        }
        Ok(Some(database))
    }

    fn write(&self, tables: &[spec::Table]) -> std::io::Result<()> {
        std::fs::create_dir(&self.0)?;
        let versions = tables.iter().map(|t| format!("{}:{}\n", t.name, t.version));
        let head = "table_name(string) table_version(int)\n".to_owned();
        std::fs::write(self.0.join("version"), std::iter::once(head).chain(versions).collect::<String>())?;
        tables.iter().try_for_each(|t| std::fs::write(self.0.join(&t.name), &t.text))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(e) = std::fs::remove_dir_all(&self.0) {
            eprintln!("warning: cannot remove {}: {e}", self.0.display());
        }
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// By file: how often each line with a statement was run.
type Lines = BTreeMap<String, BTreeMap<u32, u64>>;

fn lines(checked: &Checked, coverage: &Arc<Coverage>) -> Lines {
    let mut lines = Lines::new();
    for (span, count) in coverage.counts() {
        let at = checked.source.position(span.start);
        let path = checked.source.file(at.file).map_or("", |f| f.path.as_str());
        let line = lines.entry(path.to_owned()).or_default().entry(at.line).or_default();
        *line = count.max(*line);
    }
    lines
}

fn report(options: &Test, checked: &Checked, coverage: &Arc<Coverage>) -> Result<(), String> {
    let lines = lines(checked, coverage);
    for (path, lines) in &lines {
        let run = lines.values().filter(|n| **n > 0).count();
        let missed: Vec<u32> = lines.iter().filter(|(_, n)| **n == 0).map(|(line, _)| *line).collect();
        let missed =
            if missed.is_empty() { String::new() } else { format!("; never run: {}", ranges(&missed)) };
        println!("{path}: {run} of {} lines run ({} %){missed}", lines.len(), run * 100 / lines.len().max(1));
    }
    match options.coverage {
        Some(Report::Lcov) => files::replace(Path::new(&options.output), lcov(&lines).as_bytes()),
        None => Ok(()),
    }
}

/// `3, 7-9`
fn ranges(lines: &[u32]) -> String {
    let mut out: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match out.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => out.push((*line, *line)),
        }
    }
    let shown = out.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") });
    shown.collect::<Vec<_>>().join(", ")
}

/// The form that editors and services read.
fn lcov(lines: &Lines) -> String {
    let mut out = String::new();
    for (path, lines) in lines {
        out += &format!("TN:\nSF:{path}\n");
        lines.iter().for_each(|(line, count)| out += &format!("DA:{line},{count}\n"));
        let hit = lines.values().filter(|n| **n > 0).count();
        out += &format!("LF:{}\nLH:{hit}\nend_of_record\n", lines.len());
    }
    out
}
