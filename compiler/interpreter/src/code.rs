//! The flat code of a route: what the loop of the machine steps through.
//!
//! `last` is the value of the last action, `condition` that of the last condition. Values of expressions,
//! subjects of `switch` and counters of loops are in slots, numbered when the code is made, so that no
//! way out of a statement has anything to clean up.

use sipc_engine::address::Network;
use sipc_engine::bindings::{Call, CallArg, PlainCall, WaitingCall};
use sipc_engine::expr;
use sipc_engine::place::Assign;
use sipc_engine::regex::Regex;
use sipc_engine::script::{RouteIndex, RouteRef};
use sipc_engine::{Text, Value, VarRef};
use sipc_interface::Kind;
use sipc_sip::Methods;

/// A place in the code of a route, by its number in [`RouteCode::labels`].
pub type Target = usize;
/// A slot of a route.
pub type Slot = usize;

/// One route.
pub struct RouteCode {
    /// As written; empty when it has none.
    pub name: &'static str,
    /// What it does; ends with [`Op::End`].
    pub ops: Box<[Op]>,
    /// The places in `ops` that steps lead to.
    pub labels: Box<[usize]>,
    /// How many slots it uses.
    pub slots: usize,
    /// Something it can reach may wait.
    pub waits: bool,
}

/// One step.
pub enum Op {
    /// The line of the statement that comes.
    Line(u32),
    /// Counts a statement, by its number.
    Cover(u32),
    /// Tells `script_trace` of an action on a line: class and name.
    Trace(u32, &'static str, &'static str),
    /// Goes on elsewhere.
    Jump(Target),
    /// Changes `condition`, or goes on elsewhere by it.
    Condition(ConditionOp),
    /// Changes a slot.
    Value(ValueOp),
    /// Starts, repeats or leaves a compound statement.
    Control(Control),
    /// An action; when the list stops after it, goes on at the target.
    Action(Action, Target),
    /// `route(…)`; the target as for an action.
    Route(Box<RouteCall>, Target),
    /// A call that may wait; the target as for an action.
    Waiting(WaitingCall, Box<[Arg]>, Target),
    /// A name that the next statement asks for; finding it may wait.
    Find(Box<VarRef>),
    /// The end of the route; its value is `last`.
    End,
}

/// Steps of conditions.
pub enum ConditionOp {
    /// A constant.
    Constant(i32),
    /// `$a`.
    Variable(Box<VarRef>),
    /// `[$a]`.
    BracketVariable(Box<VarRef>),
    /// `[a op b]`, the operands in two slots that follow each other.
    BracketBinary(expr::Op, Slot),
    /// `[~a]`, the operand in a slot.
    BracketComplement(Slot),
    /// `$a == …`
    Compare(Box<Compare>),
    /// The value of the last action of a statement used as a condition.
    OfLast,
    /// `!`
    Not,
    /// Goes on elsewhere unless true: the left side of `&&`.
    UnlessTrue(Target),
    /// Goes on elsewhere unless false: the left side of `||`.
    UnlessFalse(Target),
    /// The end of the condition of an `if` or `while`.
    Decide {
        /// Where to go when it does not hold.
        otherwise: Target,
        /// Where to go when the script ends.
        stop: Target,
    },
}

/// One comparison.
pub struct Compare {
    /// The left side.
    pub left: VarRef,
    /// How.
    pub op: expr::Compare,
    /// The right side.
    pub right: Operand,
}

/// The right side of a comparison.
pub enum Operand {
    /// A variable.
    Variable(VarRef),
    /// Text.
    Text(Text),
    /// An expression.
    Regex(Regex),
    /// A number.
    Number(i32),
    /// `NULL`
    Null,
    /// An address or a network.
    Network(Network),
}

/// Steps of value expressions.
pub enum ValueOp {
    /// A constant.
    Constant(Slot, Value),
    /// A variable.
    Variable(Slot, Box<VarRef>),
    /// The condition, as the number of an operand.
    Condition(Slot),
    /// The condition, as the whole right side.
    WholeCondition(Slot),
    /// `last`, as the number of an operand.
    Last(Slot),
    /// `last`, as the whole right side.
    WholeLast(Slot),
    /// `a op b`: the operands are in the slot and the one after it, the result replaces the first.
    Binary(expr::Op, Slot),
    /// `~a` in place.
    Complement(Slot),
}

/// Steps of compound statements.
pub enum Control {
    /// `last = n`.
    Last(i32),
    /// `$rc = last`, after the body of a pass or case.
    KeepLast,
    /// `break`.
    Break(Target),
    /// Begins a `while`: no pass yet.
    EnterWhile(Slot),
    /// Begins a pass, or goes on elsewhere at the limit.
    Pass(Slot, Target),
    /// Begins a `for`: no item yet.
    EnterFor(Slot),
    /// Assigns the next item, or goes on elsewhere at the end.
    Item(Box<ForEach>, Target),
    /// A `for` without a list: its value.
    NoList,
    /// Begins a `switch`: reads the subject.
    EnterSwitch(Slot, Box<VarRef>),
    /// Goes to the body of a case if its label matches.
    Case(Slot, Label, Target),
    /// Goes on elsewhere when asserts are off.
    UnlessAsserts(Target),
}

/// The parts of a `for`.
pub struct ForEach {
    /// Counts the items.
    pub slot: Slot,
    /// What is assigned.
    pub iterator: VarRef,
    /// How.
    pub how: Assign,
    /// Where from.
    pub source: VarRef,
}

/// The label of a case.
pub enum Label {
    /// A number.
    Number(i32),
    /// A text.
    Text(Text),
}

/// What has a value and may end the list it stands in.
pub enum Action {
    /// A call that does not wait.
    Call(PlainCall, Box<[Arg]>),
    /// `target = slot`
    Assign(Box<VarRef>, Assign, Slot),
    /// `target op= slot`
    AssignOp(Box<VarRef>, expr::Op, Slot),
    /// `target = NULL`
    AssignNull(Box<VarRef>, Assign),
    /// The end of an `if` of which a body ran.
    EndIf,
    /// The end of an `if` of which no body ran; whether it is a chain of `else if`.
    EndBareIf(bool),
    /// The end of a loop or `switch`, with the value `last`.
    EndWithLast,
    /// `return`
    Return(Box<Return>),
    /// `exit`
    Exit,
    /// `drop`
    Drop,
    /// The end of an `assert` whose condition was evaluated.
    Assert(Option<Text>),
    /// `xlog`
    Xlog(Box<(LogLevel, Format)>),
    /// `log`
    Log(i32, Text),
    /// `error`
    Error(Box<(Text, Text)>),
    /// `async`: the call and the resume route.
    Async(Box<Started>, RouteRef),
    /// `launch`
    Launch(Box<Launch>),
}

/// A call that `async` or `launch` makes.
pub struct Started {
    /// The function.
    pub call: Call,
    /// Its arguments.
    pub args: Box<[Arg]>,
}

/// `launch(call, report, parameter)`.
pub struct Launch {
    /// The call.
    pub started: Started,
    /// The report route.
    pub report: Option<RouteRef>,
    /// Its parameter.
    pub parameter: Option<Format>,
}

/// `return value, extras`.
pub struct Return {
    /// The value.
    pub value: ReturnValue,
    /// For `$return(i)`.
    pub extras: Box<[Passed]>,
}

/// What a `return` returns.
pub enum ReturnValue {
    /// A number.
    Number(i32),
    /// A variable.
    Variable(VarRef),
}

/// A value passed to a route or returned from it.
pub enum Passed {
    /// Known.
    Constant(Value),
    /// Read when the statement runs.
    Variable(VarRef),
}

/// The level of an `xlog`.
pub enum LogLevel {
    /// `xlog_print_level`.
    Default,
    /// Known.
    Fixed(i32),
    /// Read when the statement runs.
    Variable(VarRef),
}

/// `route(target, args)`.
pub struct RouteCall {
    /// Which.
    pub target: RouteTarget,
    /// Its parameters.
    pub args: Box<[Passed]>,
}

/// The target of a route call.
pub enum RouteTarget {
    /// Known.
    Fixed(RouteIndex),
    /// A name put together.
    Format(Format),
    /// A name or number.
    Variable(VarRef),
}

/// A text with variables.
pub struct Format(pub Box<[Part]>);

/// One part of a [`Format`].
pub enum Part {
    /// As is.
    Literal(Text),
    /// Printed.
    Variable(VarRef),
}

/// One argument of a call.
pub enum Arg {
    /// Known.
    Ready(Ready),
    /// Printed, then converted to what the parameter takes.
    Format(Format, Kind),
    /// Read, then converted to what the parameter takes.
    Dynamic(VarRef, Kind),
}

/// An argument that is ready for the call.
#[derive(Clone)]
pub enum Ready {
    /// Left out.
    Omitted,
    /// A number.
    Int(i32),
    /// A text.
    Text(Text),
    /// A variable.
    Variable(VarRef),
    /// An expression.
    Regex(Regex),
    /// Methods.
    Methods(Methods),
    /// A flag's bit.
    Flag(u32),
    /// A route.
    Route(RouteRef),
}

impl Ready {
    /// As the function gets it.
    pub fn as_arg(&self) -> CallArg<'_> {
        match self {
            Ready::Omitted => CallArg::Omitted,
            Ready::Int(n) => CallArg::Int(*n),
            Ready::Text(text) => CallArg::Text(text.clone()),
            Ready::Variable(variable) => CallArg::Variable(variable),
            Ready::Regex(regex) => CallArg::Regex(regex),
            Ready::Methods(methods) => CallArg::Methods(methods),
            Ready::Flag(bit) => CallArg::Flag(*bit),
            Ready::Route(route) => CallArg::Route(*route),
        }
    }
}

/// How a bound call becomes a step.
pub fn call_op(call: Call, args: Box<[Arg]>, stop: Target) -> Op {
    match call {
        Call::Plain(f) => Op::Action(Action::Call(f, args), stop),
        Call::Waiting(f) => Op::Waiting(f, args, stop),
    }
}
