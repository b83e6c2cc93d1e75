//! Literals that must name what parameters declare: groups and profiles of module statistics.

use super::{Checker, shown};
use crate::diagnostics::codes;
use crate::ir::{Arg, Value};
use crate::syntax::tree::{Argument, Call};
use sipc_interface::{Function, Module};

/// Groups of the core in OpenSIPS.
const CORE_GROUPS: &[&str] = &["core", "net", "shmem", "rpmem", "pkmem", "load", "cdb", "dynamic", "script"];

/// What a literal must name.
#[derive(Clone, Copy)]
enum Names {
    /// A group of statistics.
    Group,
    /// A statistic, with its group if it has a colon.
    Statistic,
    /// A profile for series of statistics.
    Profile,
}

/// Module, function, position from 0, what the literal names.
const RULES: &[(&str, &str, usize, Names)] = &[
    ("statistics", "update_stat", 0, Names::Statistic),
    ("statistics", "reset_stat", 0, Names::Statistic),
    ("statistics", "stat_iter_init", 0, Names::Group),
    ("statistics", "update_stat_series", 0, Names::Profile),
];

impl Checker<'_> {
    /// Checks the literals of a call that name something; false when one does not.
    pub(super) fn declared(
        &mut self,
        module: &Module,
        function: &Function,
        args: &[Arg],
        call: &Call,
    ) -> bool {
        let mut good = true;
        for (_, _, position, names) in
            RULES.iter().filter(|(m, f, ..)| *m == module.name && *f == function.name)
        {
            let (Some(Arg::Text(text)), Some(Argument::Scalar(written))) =
                (args.get(*position), call.args.get(*position))
            else {
                continue;
            };
            let Some((message, help)) = self.undeclared(*names, &shown(text)) else { continue };
            let fault =
                self.fault(&codes::BAD_LITERAL, written.span(), message).label("not declared").help(help);
            let place = position + 1;
            let words =
                format!("Failed to fix command <{}>: Fixup failed for param [{place}]", function.name);
            self.push(fault.opensips(words));
            good = false;
        }
        good
    }

    /// What is wrong, and what helps.
    fn undeclared(&self, names: Names, text: &str) -> Option<(String, String)> {
        let add = |module: &str, param: &str, value: &str| {
            format!("add `modparam(\"{module}\", \"{param}\", \"{value}\")`")
        };
        match names {
            Names::Statistic => self.undeclared(Names::Group, text.split_once(':')?.0),
            Names::Group if self.has_group(text) => None,
            Names::Group => Some((
                format!("there is no group of statistics `{text}`"),
                add("statistics", "stat_groups", text),
            )),
            Names::Profile if self.profiles().any(|p| p.eq_ignore_ascii_case(text)) => None,
            Names::Profile => Some((
                format!("there is no profile `{text}` for series of statistics"),
                add("statistics", "stat_series_profile", &format!("{text}: algorithm=accumulate")),
            )),
        }
    }

    /// The texts of a module's parameter.
    fn settings<'a>(&'a self, module: &'a str, param: &'a str) -> impl Iterator<Item = String> + 'a {
        let of = move |p: &&crate::ir::Parameter| p.module.name == module && p.param.name == param;
        self.program.modparams.iter().filter(of).filter_map(|p| match &p.value {
            Value::Text(text) => Some(shown(text)),
            _ => None,
        })
    }

    fn has_group(&self, name: &str) -> bool {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        let of_profile = |profile: String| {
            let attributes = profile.split_once(':').map_or("", |(_, rest)| rest).to_owned();
            attributes.split_whitespace().any(|a| a.strip_prefix("group=").is_some_and(is))
        };
        CORE_GROUPS.iter().any(|g| is(g))
            || self.loaded.iter().any(|m| !m.statistics.is_empty() && is(m.name))
            || self.settings("statistics", "stat_groups").any(|list| list.split(',').any(|g| is(g.trim())))
            || self.profiles().any(|p| is(&p))
            || self.settings("statistics", "stat_series_profile").any(of_profile)
    }

    fn profiles(&self) -> impl Iterator<Item = String> {
        let name = |text: String| text.split(':').next().unwrap_or_default().trim().to_owned();
        self.settings("statistics", "stat_series_profile").map(name)
    }
}
