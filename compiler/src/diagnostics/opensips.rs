//! The one-line form in which OpenSIPS reports faults of a script, for tools that read its log.

use super::Diagnostic;
use crate::source::Source;

/// `CRITICAL:core:yyerror: parse error in FILE:LINE:COL-COL: TEXT`.
///
/// The columns are those of the fault itself; OpenSIPS gives those of the token at which its parser
/// noticed.
pub fn opensips_line(found: &Diagnostic, source: &Source) -> String {
    let at = source.position(found.span.start);
    let path = source.file(at.file).map_or("", |f| f.path.as_str());
    let width = found.span.end.saturating_sub(found.span.start);
    let syntax = if found.code.id.starts_with("E02") { "syntax error: " } else { "" };
    let text = found.opensips.clone().unwrap_or_else(|| format!("{syntax}{}", found.message));
    let (level, function) = if found.is_error() { ("CRITICAL", "yyerror") } else { ("WARNING", "warn") };
    format!(
        "{level}:core:{function}: parse error in {path}:{}:{}-{}: {text}",
        at.line,
        at.column,
        at.column + width
    )
    .trim_end()
    .to_owned()
}
