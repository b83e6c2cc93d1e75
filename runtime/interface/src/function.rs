//! Script functions and their parameters.

use crate::Routes;

/// One function that a script may call.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Name in the script; also the name of the Rust function that implements it, unless that is a
    /// Rust keyword.
    pub name: &'static str,
    /// At most eight.
    pub params: &'static [Param],
    /// Where a call may stand.
    pub routes: Routes,
    /// What it does to the message and to time.
    pub effect: Effect,
    /// One line: what it does.
    pub summary: &'static str,
    /// Return values beyond 1 and -1, in words; empty when those are all.
    pub returns: &'static str,
}

impl Function {
    /// A function that gives 1 or -1.
    pub const fn new(
        name: &'static str,
        params: &'static [Param],
        routes: Routes,
        effect: Effect,
        summary: &'static str,
    ) -> Function {
        Function { name, params, routes, effect, summary, returns: "" }
    }

    /// What it gives beyond 1 and -1.
    pub const fn returning(mut self, returns: &'static str) -> Function {
        self.returns = returns;
        self
    }
}

/// What a call can do; decides constant folding and whether a route is `async`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Depends on its arguments only.
    Pure,
    /// Reads the message or shared state.
    Reads,
    /// Changes the message, variables, shared state or sends something.
    Edits,
    /// May wait for the network or a clock; its Rust function is `async`.
    Suspends,
}

/// One parameter.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    /// Name in documentation and diagnostics.
    pub name: &'static str,
    /// What it accepts and what the Rust function gets.
    pub kind: Kind,
    /// May be left out or left empty.
    pub optional: bool,
    /// Only a literal without variables.
    pub fixed: bool,
    /// A literal is a format string: variables in it are expanded.
    pub expand: bool,
    /// What a literal must be beyond its kind.
    pub check: Option<Check>,
    /// The module is told at its start what literals the script has here, or that it has none.
    pub told: bool,
}

/// The names in a list of AVPs, `$avp(a);$avp(b)`; `None` for what is none.
pub fn avp_list(text: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    let items = text.split(|c| *c == b';').map(<[u8]>::trim_ascii).filter(|i| !i.is_empty());
    items.map(|i| i.strip_prefix(b"$avp(")?.strip_suffix(b")").filter(|n| !n.is_empty()))
}

/// Says what is wrong with a literal; a number comes as its decimal text, a variable that is passed as
/// itself as its name.
pub type Check = fn(&[u8]) -> Result<(), &'static str>;

/// The kinds of parameter. The first four are OpenSIPS' own; the rest are texts which the compiler
/// converts ahead of time when they are literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `i32`.
    Int,
    /// `Text`.
    Text,
    /// A variable, passed as itself: `&VarRef`.
    Variable,
    /// A variable that can be written.
    Target,
    /// A POSIX extended regular expression, ignoring case, newline-aware: `&Regex`.
    Regex,
    /// Methods joined by `|`: `&Methods`.
    Methods,
    /// The name of a message flag: its bit number, `u32`.
    MessageFlag,
    /// The name of a branch flag: its bit number, `u32`.
    BranchFlag,
    /// The name of a dialog flag: its bit number, `u32`.
    DialogFlag,
    /// The name of a `failure_route`: `RouteRef`.
    FailureRoute,
    /// The name of an `onreply_route`: `RouteRef`.
    ReplyRoute,
    /// The name of a `branch_route`: `RouteRef`.
    BranchRoute,
    /// The name of a `route`: `RouteRef`.
    Route,
}

/// A parameter that must be given.
pub const fn required(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, optional: false, fixed: false, expand: true, check: None, told: false }
}

/// A parameter that may be left out.
pub const fn optional(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, optional: true, fixed: false, expand: true, check: None, told: false }
}

/// A parameter that must be given as a literal without variables.
pub const fn fixed(name: &'static str, kind: Kind) -> Param {
    Param { name, kind, optional: false, fixed: true, expand: true, check: None, told: false }
}

impl Param {
    /// The text is taken as written: `$` has no meaning in it.
    pub const fn verbatim(mut self) -> Param {
        self.expand = false;
        self
    }

    /// A literal is checked when the script is loaded.
    pub const fn checked(mut self, check: Check) -> Param {
        self.check = Some(check);
        self
    }

    /// The module learns at its start which literals stand here: names of things that must exist.
    pub const fn told(mut self) -> Param {
        self.told = true;
        self
    }

    /// The parameter may be left out.
    pub const fn or_none(mut self) -> Param {
        self.optional = true;
        self
    }
}
