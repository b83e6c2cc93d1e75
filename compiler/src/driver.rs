//! From files to a checked program, in one call.

use crate::diagnostics::{Diagnostic, codes, has_errors};
use crate::ir::Program;
use crate::source::{Files, Source, Span, load_with};
use crate::syntax::{Lexed, lexer};
use crate::values::{self, Filled, Values};
use crate::{check, lint, older, passes, syntax};

/// Everything that is known about a script.
#[derive(Debug)]
pub struct Checked {
    /// Its text.
    pub source: Source,
    /// What it means; whole only when [`Checked::is_good`].
    pub program: Program,
    /// Everything that was found, in the order of the script.
    pub diagnostics: Vec<Diagnostic>,
    /// The site values that it asks for.
    pub values: Vec<String>,
}

impl Checked {
    /// Whether there was no error; warnings may remain.
    pub fn is_good(&self) -> bool {
        !has_errors(&self.diagnostics)
    }
}

/// Reads and checks a script with everything it includes.
pub fn check_file(files: &dyn Files, path: &str) -> Checked {
    check_file_with(files, path, &Values::default())
}

/// The same, with site values.
pub fn check_file_with(files: &dyn Files, path: &str, values: &Values) -> Checked {
    let (source, found) = load_with(files, path, values);
    if found.iter().any(|f| f.code.id == codes::UNREADABLE_SCRIPT.id) {
        return Checked { source, program: Program::default(), diagnostics: found, values: Vec::new() };
    }
    check_source_with(source, found, values)
}

/// Checks a script that was read already; `found` is what reading it gave.
pub fn check_source(source: Source, found: Vec<Diagnostic>) -> Checked {
    check_source_with(source, found, &Values::default())
}

/// The same, with site values.
pub fn check_source_with(source: Source, found: Vec<Diagnostic>, values: &Values) -> Checked {
    let mut diagnostics = found;
    let Filled { source, names, faults } = values::fill(source, values);
    if !faults.is_empty() {
        diagnostics.extend(faults);
        return Checked { source, program: Program::default(), diagnostics, values: names };
    }
    let (source, lexed, warnings) = present(source);
    diagnostics.extend(warnings);
    let (script, more) = syntax::parse_lexed(&source, lexed);
    // Names above a place that could not be read may be missing, so faults of names would mislead.
    let broken = has_errors(&diagnostics) || has_errors(&more);
    diagnostics.extend(more);
    let (mut program, more) = check::check(&script, &source);
    diagnostics.extend(
        more.into_iter().filter(|f| !broken || f.code.severity() == crate::diagnostics::Severity::Error),
    );
    if !has_errors(&diagnostics) {
        diagnostics.extend(lint::lint(&program, &source));
        passes::run(&mut program);
    } else {
        point_to_present(&source, &mut diagnostics);
    }
    lint::levels::apply(&script, &source, &mut diagnostics);
    diagnostics.sort_by_key(|f| f.span.start);
    Checked { source, program, diagnostics, values: names }
}

/// Older spellings that are shown one by one.
const OLDER_MAX: usize = 200;

/// The tokens of a script; of an older one, as it is written today, with a warning for each place that differs.
fn present(source: Source) -> (Source, Lexed, Vec<Diagnostic>) {
    let lexed = lexer::tokens(&source);
    let changes = older::changes_of_older(&source, &lexed);
    if changes.is_empty() {
        return (source, lexed, Vec::new());
    }
    let (source, places) = older::read_anew(&source, &changes);
    let warn = |(change, span): (&older::Change, &Span)| {
        let code = match change.meaning {
            Some(_) => &codes::OLDER_MEANING,
            None => &codes::OLDER_SPELLING,
        };
        let found = Diagnostic::new(code, *span, change.text()).label(if change.new.is_empty() {
            "it stood here"
        } else {
            "read like this"
        });
        let found = match &change.meaning {
            Some(meaning) => found.note(meaning.as_str()),
            None => found,
        };
        found.help("`sipc migrate` rewrites the script")
    };
    let mut found: Vec<Diagnostic> = changes.iter().zip(&places).take(OLDER_MAX).map(warn).collect();
    if let (Some(last), true) = (found.last_mut(), changes.len() > OLDER_MAX) {
        last.notes.push(format!("and so are {} more places", changes.len() - OLDER_MAX));
    }
    let lexed = lexer::tokens(&source);
    (source, lexed, found)
}

/// Errors that are spellings of older releases are told what is written today.
fn point_to_present(source: &Source, diagnostics: &mut [Diagnostic]) {
    let changes = older::changes(source);
    let helpless = |f: &&mut Diagnostic| f.help.is_none() || f.code.id == codes::BARE_WORD.id;
    for found in diagnostics.iter_mut().filter(|f| f.is_error()).filter(helpless) {
        let meets = |c: &&older::Change| c.span.start < found.span.end && found.span.start < c.span.end;
        if let Some(change) = changes.iter().find(meets) {
            found.help = Some(format!("{}; `sipc migrate` rewrites the script", change.text()));
        }
    }
}
