//! What the compiler has to say: plain data, a registry of numbered codes, and three renderings.
//!
//! Whoever finds a fault pushes a [`Diagnostic`] and goes on; only the driver decides to stop. A message is
//! one line in lower case without a full stop; the label says what is wrong at the place, the note why, the
//! help what to do.

pub mod codes;
mod nearest;
mod opensips;
mod render;

pub use nearest::nearest;
pub use opensips::opensips_line;
pub use render::render;

use crate::source::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The script is compiled all the same.
    Warning,
    /// The script is refused.
    Error,
}

/// One numbered kind of diagnostic; the number is never used for anything else.
#[derive(Debug)]
pub struct Code {
    /// `E0301`, `W0101`.
    pub id: &'static str,
    /// What it is about, for lists.
    pub title: &'static str,
    /// The long text of `sipc explain`: why, a failing example, a correct one.
    pub explanation: &'static str,
}

impl Code {
    /// Errors begin with `E`, warnings with `W`.
    pub fn severity(&self) -> Severity {
        if self.id.starts_with('E') { Severity::Error } else { Severity::Warning }
    }
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Its kind.
    pub code: &'static Code,
    /// Where.
    pub span: Span,
    /// One line.
    pub message: String,
    /// What is wrong at `span`; may be empty.
    pub label: String,
    /// Other places that matter.
    pub labels: Vec<(Span, String)>,
    /// Reasons.
    pub notes: Vec<String>,
    /// The way out.
    pub help: Option<String>,
    /// The words that OpenSIPS uses for this, when they differ from `syntax error`.
    pub opensips: Option<String>,
    /// A warning that the script wants to be an error.
    pub raised: bool,
}

impl Diagnostic {
    /// A finding with nothing but a message.
    pub fn new(code: &'static Code, span: Span, message: String) -> Diagnostic {
        Diagnostic {
            code,
            span,
            message,
            label: String::new(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            opensips: None,
            raised: false,
        }
    }

    /// What is wrong at the place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Another place that matters.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }

    /// A reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// The way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// The words of OpenSIPS.
    #[must_use]
    pub fn opensips(mut self, text: impl Into<String>) -> Self {
        self.opensips = Some(text.into());
        self
    }

    /// Whether it refuses the script.
    pub fn is_error(&self) -> bool {
        self.severity() == Severity::Error
    }

    /// How bad it is in this script.
    pub fn severity(&self) -> Severity {
        if self.raised { Severity::Error } else { self.code.severity() }
    }
}

/// Whether any of them refuses the script.
pub fn has_errors(found: &[Diagnostic]) -> bool {
    found.iter().any(Diagnostic::is_error)
}
