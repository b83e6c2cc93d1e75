//! Paths within documents, as `$json(name/key[0])` and `$xml(name/element.attr/id)` have in their
//! parentheses.

use std::sync::Arc;

use crate::place::VarRef;
use crate::{Context, Text};

/// A path, evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path {
    /// The document.
    pub name: Text,
    /// From its root.
    pub steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `/key`
    Key(Text),
    /// `[number]`
    At(i32),
    /// `[]`: behind the last.
    End,
    /// `.word`
    Word(Text),
}

/// A path as written.
#[derive(Debug, Clone)]
pub struct PathRef {
    /// The document.
    pub name: Text,
    /// From its root.
    pub steps: Vec<StepRef>,
}

/// One step as written.
#[derive(Debug, Clone)]
pub enum StepRef {
    /// Without a variable.
    Constant(Step),
    /// `/$variable`, which must have text.
    Key(Box<VarRef>),
    /// `[$variable]`, which must have a number.
    At(Box<VarRef>),
}

impl PathRef {
    /// The path as it is now; `None` when a variable has not what it must have.
    pub(crate) fn evaluate(&self, cx: &mut Context) -> Option<Arc<Path>> {
        let step = |step: &StepRef| match step {
            StepRef::Constant(step) => Some(step.clone()),
            StepRef::Key(v) => v.read(cx).text().map(Step::Key),
            StepRef::At(v) => v.read(cx).number().map(Step::At),
        };
        let steps = self.steps.iter().map(step).collect::<Option<_>>()?;
        Some(Arc::new(Path { name: self.name.clone(), steps }))
    }
}
