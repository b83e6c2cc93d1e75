//! Diagnostics: a script is checked with what it includes, and each file gets what concerns it.

use std::collections::{BTreeMap, BTreeSet};

use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    PublishDiagnosticsParams, Uri,
};
use sipc_compiler::diagnostics;
use sipc_compiler::driver::{Checked, check_file_with};
use sipc_compiler::source::{Files, Span};
use sipc_compiler::values::Values;

use super::documents::{Documents, path, range, uri};

/// What was checked: each main script, with the files that it includes.
#[derive(Debug, Default)]
pub struct Findings {
    scripts: BTreeMap<String, BTreeSet<String>>,
}

impl Findings {
    /// The main script that a document belongs to; the document itself when no other includes it.
    pub fn script_of(&self, uri: &str) -> String {
        let path = path(uri);
        let including = self.scripts.iter().find(|(main, files)| **main != path && files.contains(&path));
        including.map_or(path, |(main, _)| main.clone())
    }
}

/// What the editor must be told.
#[derive(Debug, Default)]
pub struct Change {
    /// All diagnostics of each file that is concerned.
    pub published: Vec<PublishDiagnosticsParams>,
}

impl Change {
    /// A document was closed: what was found in the script, if it was one, is forgotten.
    pub fn closed(findings: &mut Findings, uri: &str) -> Change {
        let files = findings.scripts.remove(&path(uri)).unwrap_or_default();
        Change { published: files.iter().filter_map(|f| published(f, Vec::new())).collect() }
    }
}

/// Checks the script that a document belongs to.
pub fn check(findings: &mut Findings, documents: &Documents, values: &Values, of: &str) -> Change {
    let main = findings.script_of(of);
    let checked = check_file_with(documents, &main, values);
    let mut by_file: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for file in checked.source.files() {
        by_file.insert(file.path.clone(), Vec::new());
    }
    let now: BTreeSet<String> = by_file.keys().cloned().collect();
    let before = findings.scripts.insert(main.clone(), now.clone()).unwrap_or_default();
    // what was included before, and what was a script of its own until this one included it, has nothing left
    let alone: Vec<String> =
        findings.scripts.keys().filter(|other| **other != main && now.contains(*other)).cloned().collect();
    for other in &alone {
        findings.scripts.remove(other);
    }
    for file in before.difference(&now) {
        by_file.insert(file.clone(), Vec::new());
    }
    for found in &checked.diagnostics {
        let file = checked.source.in_file(found.span).map_or(&main, |(file, _)| &file.path);
        by_file.entry(file.clone()).or_default().push(diagnostic(found, &checked, documents));
    }
    Change { published: by_file.into_iter().filter_map(|(file, list)| published(&file, list)).collect() }
}

fn published(path: &str, diagnostics: Vec<Diagnostic>) -> Option<PublishDiagnosticsParams> {
    Some(PublishDiagnosticsParams { uri: parsed(path)?, diagnostics, version: None })
}

fn parsed(path: &str) -> Option<Uri> {
    uri(path).parse().ok()
}

fn diagnostic(found: &diagnostics::Diagnostic, checked: &Checked, documents: &Documents) -> Diagnostic {
    let mut message = found.message.clone();
    let notes = found.notes.iter().map(|n| format!("\nnote: {n}"));
    notes.chain(found.help.iter().map(|h| format!("\nhelp: {h}"))).for_each(|line| message += &line);
    let related = found.labels.iter().filter_map(|(span, text)| {
        Some(DiagnosticRelatedInformation {
            location: location(*span, checked, documents)?,
            message: text.clone(),
        })
    });
    let severity = if found.is_error() { DiagnosticSeverity::ERROR } else { DiagnosticSeverity::WARNING };
    Diagnostic {
        range: location(found.span, checked, documents).map(|l| l.range).unwrap_or_default(),
        severity: Some(severity),
        code: Some(NumberOrString::String(found.code.id.to_owned())),
        source: Some("sipc".to_owned()),
        message,
        related_information: Some(related.collect()),
        ..Default::default()
    }
}

/// Where a span stands in the editor. A line that was read otherwise than it is written, because of a site value
/// or an older spelling, counts as a whole.
fn location(span: Span, checked: &Checked, documents: &Documents) -> Option<Location> {
    let (file, bytes) = checked.source.in_file(span)?;
    let read = String::from_utf8_lossy(&file.text);
    let mut range = range(&read, bytes);
    let shown = documents.read(&file.path).ok()?;
    let shown = String::from_utf8_lossy(&shown);
    let line = |text: &str, n: u32| text.lines().nth(n as usize).unwrap_or_default().to_owned();
    let whole = |n: u32| u32::try_from(line(&shown, n).encode_utf16().count()).unwrap_or(u32::MAX);
    if line(&read, range.start.line) != line(&shown, range.start.line) {
        range.start.character = 0;
        range.end.character = range.end.character.max(whole(range.start.line));
    }
    range.end.character = range.end.character.min(whole(range.end.line));
    Some(Location { uri: parsed(&file.path)?, range })
}
