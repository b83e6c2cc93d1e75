//! Conditions (LANGUAGE 5.2, 5.4, 5.6).

use super::{Block, Bytes, Expr, Span, VarRef};
use std::net::IpAddr;

/// Evaluates to true, false, error, or the end of the script.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `a && b`: `b` only when `a` is true.
    And(Box<Condition>, Box<Condition>),
    /// `a || b`: `b` only when `a` is false; an error in `a` is the result.
    Or(Box<Condition>, Box<Condition>),
    /// `!a`: an error stays an error.
    Not(Box<Condition>),
    /// `(a)`: its value is `a`'s.
    Group(Box<Condition>),
    /// `[expr]`: evaluated without a result slot, with the peculiarities of LANGUAGE 5.4.
    Bracket(Expr),
    /// `$a == …`.
    Compare(Compare),
    /// A call, another statement, or a block: the value of the last statement executed.
    Statement(Block),
    /// A literal: true unless 0.
    Number(i32),
    /// `$a`.
    Variable(VarRef),
}

/// One comparison; the left side is always a variable.
#[derive(Debug, Clone)]
pub struct Compare {
    /// The left side.
    pub left: VarRef,
    /// How.
    pub op: CompareOp,
    /// The right side.
    pub right: Operand,
    /// Where.
    pub span: Span,
}

/// The comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=~`
    Match,
    /// `!~`
    NotMatch,
}

/// The right side of a comparison.
#[derive(Debug, Clone)]
pub enum Operand {
    /// A variable; the pattern itself after `=~`, compiled each time.
    Variable(VarRef),
    /// Text as written; never after `=~`.
    Text(Bytes),
    /// A valid POSIX extended expression, ignoring case, `.` matches newline; only after `=~` and `!~`.
    Regex(Bytes),
    /// A number.
    Number(i32),
    /// `NULL`; only after `==` and `!=`.
    Null,
    /// An address or a network; only after `==` and `!=`.
    Network(Network),
}

/// An address with a mask; a lone address has a mask of all ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The address, not yet masked.
    pub address: IpAddr,
    /// Of the same family; need not be contiguous.
    pub mask: IpAddr,
}
