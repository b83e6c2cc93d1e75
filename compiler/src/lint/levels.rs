//! Lines for the compiler in comments of a script: which warnings are silenced and which are errors.
//!
//! ```text
//! # sipc: allow W0501          on a line of its own: for the next line that is no comment
//! exit;  # sipc: allow W0501   behind something: for that line
//! # sipc: allow-all W0302      for the whole script
//! # sipc: deny W0502, W0504    errors from now on, in the whole script
//! ```
//!
//! Errors keep their rank. A number that no warning has is a warning itself.

use crate::diagnostics::{Code, Diagnostic, Severity, codes};
use crate::source::{Source, Span};
use crate::syntax::tree::Script;

/// Applies the comments of a script to what was found.
pub fn apply(script: &Script, source: &Source, found: &mut Vec<Diagnostic>) {
    let mut levels = Levels::default();
    for comment in &script.comments {
        levels.comment(source, comment.span, found);
    }
    found.retain(|d| d.code.severity() == Severity::Error || !levels.allows(d));
    for d in found.iter_mut() {
        d.raised |= levels.denied.iter().any(|c| c.id == d.code.id);
    }
}

#[derive(Default)]
struct Levels {
    everywhere: Vec<&'static Code>,
    /// (offset of the line's start, offset of its end, code)
    lines: Vec<(u32, u32, &'static Code)>,
    denied: Vec<&'static Code>,
}

impl Levels {
    fn comment(&mut self, source: &Source, span: Span, found: &mut Vec<Diagnostic>) {
        let text = String::from_utf8_lossy(source.slice(span)).into_owned();
        let text = text.trim_start_matches(['#', '/', '*', ' ', '\t']).trim_end_matches("*/");
        let Some(order) = text.strip_prefix("sipc:") else { return };
        let mut words = order.split([' ', ',', '\t']).filter(|w| !w.is_empty());
        let verb = words.next().unwrap_or_default();
        if !matches!(verb, "allow" | "allow-all" | "deny") {
            let message = format!("`sipc: {verb}` is no order to the compiler");
            let fault = Diagnostic::new(&codes::BAD_ORDER, span, message);
            return found.push(fault.label("ignored").help("allow, allow-all and deny are"));
        }
        for word in words {
            let Some(code) = codes::find(word).filter(|c| c.severity() == Severity::Warning) else {
                let message = format!("there is no warning {word}");
                found.push(Diagnostic::new(&codes::BAD_ORDER, span, message).label("ignored"));
                continue;
            };
            match verb {
                "allow" => {
                    let (start, end) = line_meant(&source.text, span);
                    self.lines.push((start, end, code));
                }
                "allow-all" => self.everywhere.push(code),
                _ => self.denied.push(code),
            }
        }
    }

    fn allows(&self, d: &Diagnostic) -> bool {
        let within = |(start, end, code): &(u32, u32, &Code)| {
            code.id == d.code.id && (*start..*end).contains(&d.span.start)
        };
        self.everywhere.iter().any(|c| c.id == d.code.id) || self.lines.iter().any(within)
    }
}

/// The line that a comment speaks of: its own, or the next one with something on it when it stands alone.
fn line_meant(text: &[u8], comment: Span) -> (u32, u32) {
    let at = comment.start as usize;
    let start = text[..at].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    let alone = text[start..at].iter().all(u8::is_ascii_whitespace);
    let mut line = (start, line_end(text, comment.end as usize));
    while alone && line.1 < text.len() {
        line = (line.1, line_end(text, line.1));
        let content = text[line.0..line.1].trim_ascii();
        if !content.is_empty() && !content.starts_with(b"#") {
            break;
        }
    }
    let offset = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (offset(line.0), offset(line.1))
}

/// The offset behind the line that `at` is in.
fn line_end(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|b| *b == b'\n').map_or(text.len(), |n| at + n + 1)
}
