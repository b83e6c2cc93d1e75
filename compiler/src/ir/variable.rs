//! References to variables, and texts that contain them (LANGUAGE 5.10, 6.1, 7.1).

use super::{Bytes, Span};
use sipc_interface::{Module, Transformation, Variable};

/// One use of a variable.
#[derive(Debug, Clone)]
pub struct VarRef {
    /// Whose it is; the core's table for core variables.
    pub module: &'static Module,
    /// Which.
    pub variable: &'static Variable,
    /// `(inner)`.
    pub inner: InnerName,
    /// `[index]`.
    pub index: Index,
    /// `<context>`.
    pub context: MessageContext,
    /// `{…}` in order.
    pub transformations: Vec<Transform>,
    /// Where.
    pub span: Span,
}

/// What stands in the parentheses of a variable.
#[derive(Debug, Clone)]
pub enum InnerName {
    /// Nothing.
    None,
    /// A literal; for a closed list of words, in lower case.
    Text(Bytes),
    /// The slot of a `$var` or of an `$avp` with a literal name.
    Slot(u32),
    /// `$param(1)`, `$return(0)`.
    Number(i32),
    /// The bit of a named flag.
    Bit(u32),
    /// A variable, read on each use.
    Dynamic(Box<VarRef>),
    /// A path within a document.
    Path(Path),
    /// A text with variables in it.
    Format(Format),
}

/// A path within a document, as in `$json(name/key[0])`.
#[derive(Debug, Clone)]
pub struct Path {
    /// The document.
    pub name: Bytes,
    /// From its root.
    pub steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone)]
pub enum Step {
    /// `/key`
    Key(Bytes),
    /// `/$variable`
    KeyOf(Box<VarRef>),
    /// `[number]`
    At(i32),
    /// `[$variable]`
    AtOf(Box<VarRef>),
    /// `[]`: behind the last.
    End,
    /// `.word`
    Word(Bytes),
}

/// What stands in the brackets of a variable.
#[derive(Debug, Clone)]
pub enum Index {
    /// Nothing.
    None,
    /// `[*]`.
    All,
    /// From 0; negative from the end.
    At(i32),
    /// A variable, read on each use; needs an int.
    Dynamic(Box<VarRef>),
    /// A word of that variable, such as `append`.
    Word(Bytes),
}

/// Which message a variable reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageContext {
    /// The one being handled.
    #[default]
    Current,
    /// `<request>`: that of the transaction.
    Request,
    /// `<reply>`: the one picked.
    Reply,
}

/// One transformation with its arguments.
#[derive(Debug, Clone)]
pub struct Transform {
    /// Which.
    pub transformation: &'static Transformation,
    /// One per declared argument.
    pub args: Vec<TransformValue>,
}

/// One argument of a transformation.
#[derive(Debug, Clone)]
pub enum TransformValue {
    /// Left out.
    Omitted,
    /// A number.
    Number(i32),
    /// Text, or a substitution expression, as written.
    Text(Bytes),
    /// A variable, read on each use.
    Dynamic(VarRef),
}

/// A text with variables in it.
#[derive(Debug, Clone, Default)]
pub struct Format {
    /// In order; neighbouring literals are joined.
    pub parts: Vec<FormatPart>,
}

impl Format {
    /// The text, when there is no variable in it.
    pub fn literal(&self) -> Option<&[u8]> {
        match self.parts.as_slice() {
            [] => Some(b""),
            [FormatPart::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

/// One part of a [`Format`].
#[derive(Debug, Clone)]
pub enum FormatPart {
    /// As is; `$$` is one dollar sign here.
    Literal(Bytes),
    /// Printed as text; NULL prints `<null>`.
    Variable(VarRef),
}
