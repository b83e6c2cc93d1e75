//! What glibc accepts and refuses. Matching is tested in the engine, which has the other side.

use super::*;

fn error(pattern: &str) -> Option<PatternError> {
    translate(pattern.as_bytes(), Options::CONDITION).err()
}

#[test]
fn accepted() {
    for pattern in
        ["", "()", "a||b", "a)", "]", "a}", "[]]", "[^]a]", "a{2}{3}", "a**", "(a|)", "[a-]", "a{,3}", "\\{"]
    {
        assert_eq!(error(pattern), None, "{pattern}");
    }
}

#[test]
fn refused() {
    use PatternError::*;
    for (pattern, expected) in [
        ("a(", UnclosedGroup),
        ("[a", UnclosedBracket),
        ("[]", UnclosedBracket),
        ("[[:digit:]", UnclosedBracket),
        ("*a", NothingToRepeat),
        ("a|*b", NothingToRepeat),
        ("(+a)", NothingToRepeat),
        ("^*", NothingToRepeat),
        ("{2}", NothingToRepeat),
        ("a{x}", BadInterval),
        ("a{2", BadInterval),
        ("a{3,2}", BadInterval),
        ("a{99999}", BadInterval),
        ("[z-a]", BadRange),
        ("[Z-a]", BadRange),
        ("[a-[:digit:]]", BadRange),
        ("[[:nope:]]", BadClass),
        ("a\\", TrailingBackslash),
        ("(a)\\1", BackReference),
    ] {
        assert_eq!(error(pattern), Some(expected), "{pattern}");
    }
}

#[test]
fn a_nul_ends_the_pattern() {
    assert_eq!(translate(b"ab\0(", Options::CONDITION), translate(b"ab", Options::CONDITION));
}

#[test]
fn deep_nesting_is_refused() {
    assert_eq!(error(&"(".repeat(100_000)), Some(PatternError::TooLarge));
}
