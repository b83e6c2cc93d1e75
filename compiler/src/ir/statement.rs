//! Routes and statements (LANGUAGE 3 and 4).

use super::{Bytes, Call, Condition, Expr, Format, Span, VarRef};
use sipc_interface::RouteKind;

/// One route block.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its kind.
    pub kind: RouteKind,
    /// `None` for the main route, the default reply route, and the kinds that have no name.
    pub name: Option<Bytes>,
    /// `timer_route[name, interval]`: seconds.
    pub interval: Option<u32>,
    /// What it does.
    pub body: Block,
    /// Something it can reach may wait: its function is `async`.
    pub suspends: bool,
    /// It can reach itself: calls on the cycle are boxed when it suspends.
    pub recursive: bool,
    /// A message, timer or event can get here.
    pub reachable: bool,
    /// The keyword and the name.
    pub head: Span,
    /// The whole definition.
    pub span: Span,
}

/// A route by kind and by index within its kind ([`super::Program::routes_of`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteRef {
    /// The kind.
    pub kind: RouteKind,
    /// Index within the kind, in script order.
    pub index: u32,
}

/// Statements in order; the value of the last one executed is the value of the block.
pub type Block = Vec<Statement>;

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// Where it stands; its line is the one that logs name.
    pub span: Span,
}

/// The kinds of statement.
#[derive(Debug, Clone)]
pub enum StatementKind {
    /// `name(args)`.
    Call(Call),
    /// `target op value`.
    Assign {
        /// How.
        op: AssignOp,
        /// A writable variable without transformations.
        target: VarRef,
        /// The right side.
        value: Expr,
    },
    /// `target = NULL` or `target := NULL`.
    AssignNull {
        /// [`AssignOp::Set`] or [`AssignOp::Replace`].
        op: AssignOp,
        /// A writable variable without transformations.
        target: VarRef,
    },
    /// `if … else if … else …`. The first arm whose condition holds runs.
    ///
    /// `else if` is an arm here; OpenSIPS nests it. The difference shows in `$rc` when no body ran: it
    /// is the value of the condition if there is one arm, and 1 if there are more.
    If {
        /// At least one.
        arms: Vec<Arm>,
        /// `else`; may be empty.
        otherwise: Block,
    },
    /// `while (condition) body`.
    While {
        /// Tested before each pass.
        condition: Condition,
        /// May be empty.
        body: Block,
    },
    /// `for ($iterator in $(source[*])) body`.
    ForEach {
        /// `$var`, `$avp` or `$json`.
        iterator: VarRef,
        /// Index [`super::Index::All`] as written; anything else yields -10 at run time.
        source: VarRef,
        /// May be empty.
        body: Block,
    },
    /// `switch ($subject) { case …: … default: … }`.
    Switch {
        /// Read once.
        subject: VarRef,
        /// In order; each falls through to the next.
        cases: Vec<Case>,
        /// `default:`; `None` when there is none.
        default: Option<Block>,
    },
    /// `route(target, args)`.
    Route(RouteCall),
    /// `return …`.
    Return(Return),
    /// `exit`.
    Exit,
    /// `drop`.
    Drop,
    /// `break`, only inside a loop or a case.
    Break,
    /// `assert(condition, "message")`.
    Assert {
        /// What must hold.
        condition: Condition,
        /// Said when it does not.
        message: Option<Bytes>,
    },
    /// `xlog(…)` and `xdbg(…)`.
    Xlog {
        /// The level.
        level: LogLevel,
        /// The text.
        text: Format,
    },
    /// `log(level, "text")`.
    Log {
        /// 4 when the script gives none.
        level: i32,
        /// As written.
        text: Bytes,
    },
    /// `error("class", "text")`.
    Error {
        /// As written.
        class: Bytes,
        /// As written.
        text: Bytes,
    },
    /// `async(call, resume)`: ends the script; `resume` goes on.
    Async {
        /// An entry of `async_functions`.
        call: Call,
        /// A `route`.
        resume: RouteRef,
    },
    /// `launch(call, report, "parameter")`: starts it and goes on.
    Launch {
        /// An entry of `async_functions`.
        call: Call,
        /// A `route` to run on the dummy request when done.
        report: Option<RouteRef>,
        /// Its `$param(1)`.
        param: Option<Format>,
    },
}

/// One `if (condition) body`.
#[derive(Debug, Clone)]
pub struct Arm {
    /// When.
    pub condition: Condition,
    /// What; may be empty.
    pub body: Block,
    /// From `if` on; its line is current while the condition is tested.
    pub span: Span,
}

/// One `case label: body`.
#[derive(Debug, Clone)]
pub struct Case {
    /// What to compare with.
    pub label: Label,
    /// May be empty.
    pub body: Block,
    /// Where.
    pub span: Span,
}

/// The label of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// Matches a value with that int.
    Number(i32),
    /// Matches a value with that text, ignoring case.
    Text(Bytes),
}

/// The assignment operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignOp {
    /// `=`
    Set,
    /// `:=`
    Replace,
    /// `+=`
    Add,
    /// `-=`
    Subtract,
    /// `*=`
    Multiply,
    /// `/=`
    Divide,
    /// `%=`
    Remainder,
    /// `&=`
    And,
    /// `|=`
    Or,
    /// `^=`
    Xor,
}

/// `route(target, args)`.
#[derive(Debug, Clone)]
pub struct RouteCall {
    /// Which.
    pub target: RouteTarget,
    /// At most eight; empty hides the caller's `$param`.
    pub args: Vec<RouteArg>,
    /// Where.
    pub span: Span,
}

/// The target of a route call.
#[derive(Debug, Clone)]
pub enum RouteTarget {
    /// Known now; always a `route`.
    Fixed(RouteRef),
    /// A name put together at run time.
    Format(Format),
    /// A name or number at run time.
    Variable(VarRef),
}

/// A value passed to a route or returned from it; literals are not expanded.
#[derive(Debug, Clone)]
pub enum RouteArg {
    /// A string.
    Text(Bytes),
    /// A number.
    Number(i32),
    /// `NULL`.
    Null,
    /// A variable, read when the statement runs.
    Variable(VarRef),
}

/// `return value, extras`.
#[derive(Debug, Clone)]
pub struct Return {
    /// A [`RouteArg::Number`] or a [`RouteArg::Variable`]; 1 when the script gives none.
    pub value: RouteArg,
    /// For `$return(i)`.
    pub extras: Vec<RouteArg>,
}

/// The level of an `xlog`.
#[derive(Debug, Clone)]
pub enum LogLevel {
    /// `xlog_print_level`.
    Default,
    /// -3 (alert) to 4 (debug).
    Fixed(i32),
    /// Read when the statement runs; needs an int.
    Variable(VarRef),
}
