//! The registry. Numbers are grouped by phase and never used twice: 01 files and lexing, 02 syntax, 03 names
//! and contexts, 04 values and types, 05 the whole program.

mod lexing;
mod lints;
mod names;
mod syntax;
mod types;
mod warnings;

pub use lexing::*;
pub use lints::*;
pub use names::*;
pub use syntax::*;
pub use types::*;
pub use warnings::*;

use super::Code;

/// Declares codes and the list of them.
macro_rules! codes {
    ($list:ident: $($name:ident = $id:literal, $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: super::Code =
                super::Code { id: $id, title: $title, explanation: $explanation };
        )*
        pub(super) const $list: &[&super::Code] = &[$(&$name),*];
    };
}
use codes;

/// All codes in order.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [LEXING, SYNTAX, NAMES, TYPES, WARNINGS, LINTS].into_iter().flatten().copied()
}

/// The code of a number, whatever its case.
pub fn find(id: &str) -> Option<&'static Code> {
    all().find(|c| c.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn numbers_are_unique_and_every_code_is_explained() {
        let mut seen = BTreeSet::new();
        for code in super::all() {
            assert!(seen.insert(code.id), "{} is there twice", code.id);
            assert!(code.explanation.len() > 60, "{} wants an explanation", code.id);
        }
    }
}
