//! What OpenSIPS 4.0.1 offers, whether or not this build has it.
//!
//! Read only to word a diagnostic: "OpenSIPS has this, this build does not yet" is another answer than
//! "no such name".

/// What kind of thing a known name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// A module.
    Module,
    /// A script function.
    Function,
    /// A function for `async()` and `launch()`.
    AsyncFunction,
    /// A variable.
    Variable,
    /// A module parameter.
    Param,
    /// A management command.
    Mi,
}

const TEXT: &str = include_str!("known.txt");

/// Every (module, kind, name) of OpenSIPS 4.0.1; the module is empty for the core.
pub fn all() -> impl Iterator<Item = (&'static str, Known, &'static str)> {
    TEXT.lines().filter(|line| !line.starts_with('#')).scan("", |module, line| {
        let mut words = line.split(' ');
        let kind = match words.next() {
            Some("m") => Known::Module,
            Some("f") => Known::Function,
            Some("a") => Known::AsyncFunction,
            Some("v") => Known::Variable,
            Some("p") => Known::Param,
            _ => Known::Mi,
        };
        let name = words.next().unwrap_or_default();
        if kind == Known::Module {
            *module = name;
        }
        Some((*module, kind, name))
    })
}

/// The modules that export `name` as a `kind`; an empty string stands for the core.
pub fn owners(kind: Known, name: &str) -> Vec<&'static str> {
    all().filter(|(_, k, n)| *k == kind && *n == name).map(|(m, _, _)| m).collect()
}

/// Whether OpenSIPS 4.0.1 ships a module of this name.
pub fn is_module(name: &str) -> bool {
    all().any(|(_, k, n)| k == Known::Module && n == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_their_module() {
        assert_eq!(owners(Known::Function, "t_relay"), ["tm"]);
        assert_eq!(owners(Known::Function, "forward"), [""]);
        assert!(is_module("dispatcher"));
        assert!(owners(Known::Function, "no_such_function").is_empty());
    }
}
