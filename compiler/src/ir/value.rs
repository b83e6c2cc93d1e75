//! Value expressions (LANGUAGE 5.3, 5.5).

use super::{Bytes, Compare, Statement, VarRef};

/// The right side of an assignment, or the inside of `[ ]`.
#[derive(Debug, Clone)]
pub enum Expr {
    /// An int without text.
    Number(i32),
    /// As written; `$` means nothing.
    Text(Bytes),
    /// A variable.
    Variable(VarRef),
    /// 1, 0 or -1.
    Compare(Compare),
    /// A call, `route(…)`, `exit` and the like: the int of its result.
    Statement(Box<Statement>),
    /// `left op right`.
    Binary {
        /// How.
        op: BinaryOp,
        /// Evaluated first.
        left: Box<Expr>,
        /// Evaluated second.
        right: Box<Expr>,
    },
    /// `~operand`.
    Complement(Box<Expr>),
}

/// The operators between values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
}
