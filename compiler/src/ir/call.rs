//! Calls of script functions (LANGUAGE 9).

use super::{Bytes, Format, RouteRef, Span, VarRef};
use sipc_interface::{Function, Module};

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose function it is; the core's table for core functions.
    pub module: &'static Module,
    /// Which; of `functions`, or of `async_functions` inside `async` and `launch`.
    pub function: &'static Function,
    /// One per declared parameter, trailing omitted ones included.
    pub args: Vec<Arg>,
    /// From the name to the closing parenthesis.
    pub span: Span,
}

/// One argument, converted as far as can be done ahead of time.
///
/// [`Arg::Format`] and [`Arg::Dynamic`] are evaluated on each call and then converted to what the
/// parameter's [`sipc_interface::Kind`] says; when that fails the function is not called (LANGUAGE 9.4).
/// All others are ready.
#[derive(Debug, Clone)]
pub enum Arg {
    /// Left out.
    Omitted,
    /// A number.
    Int(i32),
    /// Text.
    Text(Bytes),
    /// Text with variables: NULL prints `<null>`.
    Format(Format),
    /// A variable to read: NULL makes the call fail.
    Dynamic(VarRef),
    /// A variable passed as itself.
    Variable(VarRef),
    /// A valid POSIX extended expression, ignoring case, newline-aware.
    Regex(Bytes),
    /// Methods joined by `|`, all well-formed.
    Methods(Bytes),
    /// The bit of a named flag.
    Flag(u32),
    /// A route that exists.
    Route(RouteRef),
}
