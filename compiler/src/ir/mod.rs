//! The typed program that both executors run: the interpreter directly, the emitter as Rust.
//!
//! Everything is resolved: functions and variables point at their interface tables, routes are indices,
//! `$var` and `$avp` names are slots, flags are bits, formats are split, patterns are known to compile.
//! Nothing is borrowed from the script text; each node keeps its [`Span`].
//!
//! What is deliberately not here: comments, parentheses of value expressions, empty statements (`;`),
//! and statements that nothing can tell from their absence. An empty [`Block`] is a body that OpenSIPS
//! treats as missing, so an `if` with it keeps the value of its condition (LANGUAGE 4.2).

mod call;
mod condition;
mod config;
mod statement;
mod value;
mod variable;

pub use call::{Arg, Call};
pub use condition::{Compare, CompareOp, Condition, Network, Operand};
pub use config::{
    Alias, Blacklist, BlacklistRule, Bond, FileInfo, Global, LoadedModule, Parameter, ScalingProfile, Socket,
    Value,
};
pub use statement::{
    Arm, AssignOp, Block, Case, Label, LogLevel, Return, Route, RouteArg, RouteCall, RouteRef, RouteTarget,
    Statement, StatementKind,
};
pub use value::{BinaryOp, Expr};
pub use variable::{
    Format, FormatPart, Index, InnerName, MessageContext, Path, Step, Transform, TransformValue, VarRef,
};

pub use crate::source::{FileId, Span};
use sipc_interface::RouteKind;

/// Bytes of a script literal; scripts need not be UTF-8.
pub type Bytes = Box<[u8]>;

/// A whole script.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// The files, in the order of their first appearance; the main file is first.
    pub files: Vec<FileInfo>,
    /// Global assignments in order; the last of a name counts.
    pub globals: Vec<Global>,
    /// `socket =`, one per port.
    pub sockets: Vec<Socket>,
    /// `socket = bond:…`.
    pub bonds: Vec<Bond>,
    /// `alias =`.
    pub aliases: Vec<Alias>,
    /// `dst_blacklist =`.
    pub blacklists: Vec<Blacklist>,
    /// `auto_scaling_profile =`.
    pub scaling_profiles: Vec<ScalingProfile>,
    /// Loaded modules in order; the core is not listed.
    pub modules: Vec<LoadedModule>,
    /// `modparam` settings in order, one per module that the pattern named.
    pub modparams: Vec<Parameter>,
    /// All routes, grouped by kind in the order of [`RouteKind::ALL`], each kind in script order.
    pub routes: Vec<Route>,
    /// Names of `$var(…)`; the index is the slot.
    pub script_vars: Vec<Bytes>,
    /// Names of `$avp(…)` known before running; the index is the slot.
    pub avps: Vec<Bytes>,
    /// Names of message flags; the index is the bit.
    pub message_flags: Vec<Bytes>,
    /// Names of branch flags; the index is the bit.
    pub branch_flags: Vec<Bytes>,
    /// Dialog flags by their bits.
    pub dialog_flags: Vec<Bytes>,
}

impl Program {
    /// The routes of one kind, in script order.
    pub fn routes_of(&self, kind: RouteKind) -> &[Route] {
        let start = self.routes.partition_point(|r| r.kind < kind);
        let end = self.routes.partition_point(|r| r.kind <= kind);
        &self.routes[start..end]
    }

    /// The route that a reference names.
    pub fn route(&self, of: RouteRef) -> &Route {
        &self.routes_of(of.kind)[of.index as usize]
    }

    /// The route of a kind that has no name: main route, default reply route, error route and so on.
    pub fn unnamed(&self, kind: RouteKind) -> Option<&Route> {
        self.routes_of(kind).iter().find(|r| r.name.is_none())
    }

    /// A named route.
    pub fn named(&self, kind: RouteKind, name: &[u8]) -> Option<&Route> {
        self.routes_of(kind).iter().find(|r| r.name.as_deref() == Some(name))
    }

    /// The last value that the script gives to a global.
    pub fn global(&self, name: &str) -> Option<&Value> {
        self.globals.iter().rev().find(|g| g.name == name).map(|g| &g.value)
    }
}
