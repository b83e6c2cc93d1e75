//! What a script may name: functions, variables, transformations, parameters, MI commands and
//! statistics, declared once as constant tables, one file per module.
//!
//! The checker, the emitter, the interpreter, `sipc explain` and the documentation all read these
//! tables. The crate holds facts only: it has no dependencies and runs nothing. What OpenSIPS has and
//! this build has not is listed in [`known`], so that a diagnostic can say so.
#![forbid(unsafe_code)]

pub mod conduct;
mod function;
pub mod known;
mod lookup;
pub mod modules;
pub mod posix;
pub mod substitution;
pub mod tls;
mod route;
pub mod variable;

pub use function::{Check, Effect, Function, Kind, Param, avp_list, fixed, optional, required};
pub use lookup::{core, find_module};
pub use route::{RouteKind, Routes};
pub use variable::{Inner, TransformArg, Transformation, ValueType, Variable};

/// One module as `loadmodule` names it, or the core itself.
#[derive(Debug)]
pub struct Module {
    /// Name without `.so`.
    pub name: &'static str,
    /// One line for `sipc explain` and the README tables.
    pub summary: &'static str,
    /// Modules that must be loaded too.
    pub depends: &'static [&'static str],
    /// Functions that a script may call.
    pub functions: &'static [Function],
    /// Functions that `async()` and `launch()` may start.
    pub async_functions: &'static [Function],
    /// Names and types for `modparam`.
    pub params: &'static [ModParam],
    /// Says of a text parameter and its value what of it has no effect here, or why it cannot be used.
    pub check_param: fn(&str, &str) -> Result<Option<String>, String>,
    /// Variables the module adds.
    pub variables: &'static [Variable],
    /// Transformation classes the module adds.
    pub transformations: &'static [Transformation],
    /// Management commands.
    pub mi: &'static [MiCommand],
    /// Statistics, without the group prefix.
    pub statistics: &'static [&'static str],
    /// Events that it raises.
    pub events: &'static [&'static str],
}

impl Module {
    /// Whether this is the core. Tables are constants and may be at several addresses: names tell them apart.
    pub fn is_core(&self) -> bool {
        self.name == modules::core::MODULE.name
    }

    /// A table with nothing in it, to be completed with struct update syntax.
    pub const EMPTY: Module = Module {
        name: "",
        summary: "",
        depends: &[],
        functions: &[],
        async_functions: &[],
        params: &[],
        check_param: |_, _| Ok(None),
        variables: &[],
        transformations: &[],
        mi: &[],
        statistics: &[],
        events: &[],
    };
}

/// One `modparam` name.
#[derive(Debug, Clone, Copy)]
pub struct ModParam {
    /// Case-sensitive name.
    pub name: &'static str,
    /// What value it takes.
    pub kind: ParamKind,
    /// Whether it may be given repeatedly and accumulates.
    pub repeats: bool,
    /// One line; when the parameter has no effect here, why.
    pub summary: &'static str,
}

impl ModParam {
    /// A number.
    pub const fn int(name: &'static str, summary: &'static str) -> ModParam {
        ModParam { name, kind: ParamKind::Int, repeats: false, summary }
    }

    /// A number within bounds.
    pub const fn within(least: i32, most: i32, name: &'static str, summary: &'static str) -> ModParam {
        ModParam { name, kind: ParamKind::Between(least, most), repeats: false, summary }
    }

    /// A number that must not be lower than this.
    pub const fn at_least(least: i32, name: &'static str, summary: &'static str) -> ModParam {
        ModParam::within(least, i32::MAX, name, summary)
    }

    /// A text.
    pub const fn text(name: &'static str, summary: &'static str) -> ModParam {
        ModParam { name, kind: ParamKind::Text, repeats: false, summary }
    }

    /// It may be given repeatedly.
    pub const fn repeated(mut self) -> ModParam {
        self.repeats = true;
        self
    }
}

/// The value type of a `modparam`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// A signed number.
    Int,
    /// A number from one to another; `i32::MIN` and `i32::MAX` stand for no bound.
    Between(i32, i32),
    /// A quoted string.
    Text,
    /// Either.
    Any,
}

impl ParamKind {
    /// Whether it takes numbers only.
    pub const fn is_number(self) -> bool {
        matches!(self, ParamKind::Int | ParamKind::Between(..))
    }

    /// Says why a number is out of bounds.
    pub fn out_of_bounds(self, number: i32) -> Option<String> {
        let ParamKind::Between(least, most) = self else { return None };
        let said = match (least, most) {
            _ if (least..=most).contains(&number) => return None,
            (least, i32::MAX) => format!("it must be at least {least}"),
            (i32::MIN, most) => format!("it must be at most {most}"),
            (least, most) => format!("it must be from {least} to {most}"),
        };
        Some(said)
    }
}

/// One management command.
#[derive(Debug, Clone, Copy)]
pub struct MiCommand {
    /// Full name, `module:command`.
    pub name: &'static str,
    /// Names of older releases.
    pub aliases: &'static [&'static str],
    /// The parameter lists it accepts.
    pub recipes: &'static [&'static [&'static str]],
    /// One line for `core:help`.
    pub summary: &'static str,
}

impl MiCommand {
    /// A command that has no older names.
    pub const fn new(
        name: &'static str,
        recipes: &'static [&'static [&'static str]],
        summary: &'static str,
    ) -> MiCommand {
        MiCommand { name, aliases: &[], recipes, summary }
    }

    /// With names of older releases.
    pub const fn also(mut self, aliases: &'static [&'static str]) -> MiCommand {
        self.aliases = aliases;
        self
    }
}
