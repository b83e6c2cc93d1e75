//! The tree of a script: everything as written, nothing resolved.

use super::token::Comment;
use crate::ir::{AssignOp, BinaryOp, Bytes, CompareOp};
use crate::source::Span;
use sipc_interface::RouteKind;

/// A whole script.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Top-level items in order.
    pub items: Vec<Item>,
    /// All comments in order.
    pub comments: Vec<Comment>,
}

/// One top-level item.
#[derive(Debug, Clone)]
pub enum Item {
    /// `name = value`.
    Global(Global),
    /// `loadmodule "file"`.
    LoadModule(Text, Span),
    /// `modparam("modules", "name", value)`.
    ModParam(ModParam),
    /// A route block.
    Route(Route),
}

/// A string literal, or adjacent ones where they are joined.
#[derive(Debug, Clone)]
pub struct Text {
    /// The value.
    pub value: Bytes,
    /// With quotes.
    pub span: Span,
}

/// A name or number as written.
#[derive(Debug, Clone)]
pub struct Name {
    /// The text; a number in decimal.
    pub text: Bytes,
    /// Where.
    pub span: Span,
}

/// A literal number with its sign.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    /// The value.
    pub value: i32,
    /// With the sign.
    pub span: Span,
}

/// `name = value`.
#[derive(Debug, Clone)]
pub struct Global {
    /// Its name as written.
    pub name: &'static str,
    /// Where the name stands.
    pub name_span: Span,
    /// What it is set to.
    pub value: GlobalValue,
    /// All of it.
    pub span: Span,
}

/// The right side of a global.
#[derive(Debug, Clone)]
pub enum GlobalValue {
    /// A number; `signed` when a sign was written.
    Number {
        /// The number.
        number: Number,
        /// Whether it had a sign.
        signed: bool,
        /// `use_auto_scaling_profile NAME`.
        profile: Option<Name>,
    },
    /// A quoted string.
    Text(Text),
    /// A bare word, a host name, or an address.
    Host(Name),
    /// `mpath`.
    Paths(Vec<Text>),
    /// `alias`.
    Aliases(Vec<Alias>),
    /// `socket`.
    Socket(Box<Socket>),
    /// `socket = bond:…`.
    Bond(Name, Vec<Text>),
    /// `dst_blacklist`.
    Blacklist(Blacklist),
    /// `auto_scaling_profile`.
    Profile(Profile),
    /// `mem-group`.
    MemGroup,
}

/// One element of `alias`.
#[derive(Debug, Clone)]
pub struct Alias {
    /// `None`: any.
    pub protocol: Option<Name>,
    /// The host.
    pub host: Name,
    /// 0 and `None`: any.
    pub port: Option<Number>,
    /// `accept_subdomain`.
    pub accept_subdomain: bool,
    /// Where.
    pub span: Span,
}

/// The clause of `socket`.
#[derive(Debug, Clone)]
pub struct Socket {
    /// As written.
    pub protocol: Name,
    /// `None`: `*`.
    pub host: Option<Name>,
    /// Ranges of ports; empty for the protocol's own.
    pub ports: Vec<(Number, Number)>,
    /// Options in order.
    pub options: Vec<SocketOption>,
}

/// One option of a socket.
#[derive(Debug, Clone)]
pub enum SocketOption {
    /// `anycast` and the like, by keyword.
    Word(&'static str),
    /// `use_workers`.
    Workers(Number),
    /// `tos`.
    Tos(Number),
    /// `as host:ports`.
    As(Name, Vec<(Number, Number)>),
    /// `tag`.
    Tag(Name),
    /// `use_auto_scaling_profile`.
    Profile(Name),
}

/// The clause of `dst_blacklist`.
#[derive(Debug, Clone)]
pub struct Blacklist {
    /// Its name.
    pub name: Name,
    /// `readonly`, `expire`, `default`; `None` when no `/` was written.
    pub flags: Option<Vec<&'static str>>,
    /// Its elements.
    pub rules: Vec<BlacklistRule>,
}

/// One element of a blacklist.
#[derive(Debug, Clone)]
pub struct BlacklistRule {
    /// `!`
    pub negated: bool,
    /// `None`: any.
    pub protocol: Option<Name>,
    /// An address or network as written.
    pub network: Name,
    /// `None`: any.
    pub port: Option<Number>,
    /// The pattern.
    pub pattern: Option<Text>,
}

/// The clause of `auto_scaling_profile`.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name.
    pub name: Name,
    /// MAX, P, N, W.
    pub up: [Number; 4],
    /// MIN, Q, M.
    pub down: Option<[Number; 3]>,
}

/// `modparam(…)`.
#[derive(Debug, Clone)]
pub struct ModParam {
    /// A regular expression for module names.
    pub modules: Text,
    /// The parameter.
    pub name: Text,
    /// Its value.
    pub value: ParamValue,
    /// All of it.
    pub span: Span,
}

/// The value of a module parameter.
#[derive(Debug, Clone)]
pub enum ParamValue {
    /// A number.
    Number(Number),
    /// Strings, joined.
    Text(Text),
}

/// A route block.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its kind.
    pub kind: RouteKind,
    /// Between the brackets.
    pub name: Option<Name>,
    /// Of a timer route.
    pub interval: Option<Number>,
    /// What it does.
    pub body: Body,
    /// The keyword and the name.
    pub head: Span,
    /// All of it.
    pub span: Span,
}

/// The body of a compound statement.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// In order.
    pub statements: Vec<Statement>,
    /// Whether it stands in braces.
    pub braces: bool,
    /// With the braces.
    pub span: Span,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What.
    pub kind: StatementKind,
    /// Without the semicolon.
    pub span: Span,
}

/// The kinds of statement.
#[derive(Debug, Clone)]
pub enum StatementKind {
    /// `;`
    Empty,
    /// `f(…)`
    Call(Call),
    /// `$x op value`
    Assign {
        /// The left side.
        target: Variable,
        /// How.
        op: AssignOp,
        /// Where the operator stands.
        op_span: Span,
        /// The right side.
        value: Value,
    },
    /// `$x = NULL`
    AssignNull {
        /// The left side.
        target: Variable,
        /// `=` or `:=`.
        op: AssignOp,
    },
    /// `if … else if … else …`
    If {
        /// At least one.
        arms: Vec<Arm>,
        /// `else`.
        otherwise: Option<Body>,
    },
    /// `while (…) …`
    While {
        /// When.
        condition: Condition,
        /// What.
        body: Body,
    },
    /// `for ($x in $y) …`
    ForEach {
        /// The iterator.
        iterator: Variable,
        /// The list.
        source: Variable,
        /// What.
        body: Body,
    },
    /// `switch ($x) { … }`
    Switch {
        /// What is tested.
        subject: Variable,
        /// At least one.
        cases: Vec<Case>,
        /// `default:`
        default: Option<Body>,
    },
    /// `route(…)`
    Route {
        /// Which.
        target: RouteTarget,
        /// Arguments.
        args: Vec<Scalar>,
    },
    /// `return …`
    Return {
        /// What; 1 when nothing is written.
        value: Option<Scalar>,
        /// More.
        extras: Vec<Scalar>,
    },
    /// `exit`
    Exit,
    /// `drop`
    Drop,
    /// `break`
    Break,
    /// `assert(…)`
    Assert {
        /// What must hold.
        condition: Condition,
        /// What to say.
        message: Option<Text>,
    },
    /// `xlog(…)`
    Xlog {
        /// The level.
        level: Option<Text>,
        /// The text.
        text: Text,
    },
    /// `xdbg(…)`
    Xdbg(Text),
    /// `log(…)`
    Log {
        /// The level.
        level: Option<Number>,
        /// The text.
        text: Text,
    },
    /// `error(…)`
    Error {
        /// First.
        class: Text,
        /// Second.
        text: Text,
    },
    /// `async(…)`
    Async {
        /// What to start.
        call: Call,
        /// Where to go on.
        resume: Name,
        /// Seconds.
        timeout: Option<Number>,
    },
    /// `launch(…)`
    Launch {
        /// What to start.
        call: Call,
        /// What to run afterwards.
        report: Option<Name>,
        /// Its parameter.
        param: Option<Text>,
    },
}

/// `if (…) …`
#[derive(Debug, Clone)]
pub struct Arm {
    /// When.
    pub condition: Condition,
    /// What.
    pub body: Body,
    /// From `if` on.
    pub span: Span,
}

/// `case …: …`
#[derive(Debug, Clone)]
pub struct Case {
    /// A number or a string.
    pub label: Scalar,
    /// What.
    pub body: Vec<Statement>,
    /// The head.
    pub span: Span,
}

/// `f(…)`
#[derive(Debug, Clone)]
pub struct Call {
    /// The function.
    pub name: Name,
    /// Its arguments.
    pub args: Vec<Argument>,
    /// With the parentheses.
    pub span: Span,
}

/// One position of a call.
#[derive(Debug, Clone)]
pub enum Argument {
    /// Nothing between commas.
    Empty(Span),
    /// A literal or variable.
    Scalar(Scalar),
}

/// A literal or a variable.
#[derive(Debug, Clone)]
pub enum Scalar {
    /// A string.
    Text(Text),
    /// A number.
    Number(Number),
    /// `NULL`; not in calls.
    Null(Span),
    /// A variable.
    Variable(Variable),
}

impl Scalar {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Scalar::Text(text) => text.span,
            Scalar::Number(number) => number.span,
            Scalar::Null(span) => *span,
            Scalar::Variable(variable) => variable.span,
        }
    }
}

/// A variable: its token.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// The text.
    pub span: Span,
}

/// The target of `route(…)`.
#[derive(Debug, Clone)]
pub enum RouteTarget {
    /// A word, a number, or a string without `$`.
    Fixed(Name),
    /// A string with `$`.
    Format(Text),
    /// A variable.
    Variable(Variable),
}

/// A condition.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `a && b`
    And(Box<Condition>, Box<Condition>),
    /// `a || b`
    Or(Box<Condition>, Box<Condition>),
    /// `!a`
    Not(Box<Condition>),
    /// `(a)`
    Group(Box<Condition>),
    /// `[value]`
    Bracket(Value, Span),
    /// `$a == b`
    Compare(Compare),
    /// A statement.
    Statement(Box<Statement>),
    /// `{ … }`
    Block(Body),
    /// A number.
    Number(Number),
    /// A variable.
    Variable(Variable),
}

/// A comparison.
#[derive(Debug, Clone)]
pub struct Compare {
    /// The left side.
    pub left: Variable,
    /// How.
    pub op: CompareOp,
    /// The right side.
    pub right: Operand,
    /// All of it.
    pub span: Span,
}

/// The right side of a comparison.
#[derive(Debug, Clone)]
pub enum Operand {
    /// A literal or variable.
    Scalar(Scalar),
    /// An address or network as written.
    Network(Name),
}

/// The right side of an assignment.
#[derive(Debug, Clone)]
pub enum Value {
    /// A string, number or variable.
    Scalar(Scalar),
    /// A comparison.
    Compare(Compare),
    /// A call or the like.
    Statement(Box<Statement>),
    /// `a op b`
    Binary {
        /// How.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// Left.
        left: Box<Value>,
        /// Right.
        right: Box<Value>,
    },
    /// `~a`
    Complement(Box<Value>),
    /// `(a)`
    Group(Box<Value>),
}
