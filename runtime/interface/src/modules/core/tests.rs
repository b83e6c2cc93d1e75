//! What must hold for the core's table.

use super::MODULE;

fn assert_unique<'a>(names: impl Iterator<Item = (&'a str, bool)>) {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{name:?} is declared twice");
    }
}

#[test]
fn names_are_unique() {
    assert_unique(MODULE.functions.iter().map(|f| (f.name, false)));
    assert_unique(MODULE.transformations.iter().map(|t| (t.name, false)));
    let inner = |v: &crate::Variable| v.inner != crate::Inner::None;
    assert_unique(MODULE.variables.iter().map(|v| (v.name, inner(v))));
}

#[test]
fn everything_is_known_to_opensips_and_has_a_summary() {
    use crate::known::{Known, owners};
    for f in MODULE.functions {
        assert!(owners(Known::Function, f.name).contains(&""), "{}", f.name);
        assert!(f.summary.ends_with('.') && f.params.len() <= 8, "{}", f.name);
    }
    for v in MODULE.variables.iter().filter(|v| v.name != "$") {
        assert!(owners(Known::Variable, v.name).contains(&""), "{}", v.name);
        assert!(v.summary.ends_with('.'), "{}", v.name);
    }
}
