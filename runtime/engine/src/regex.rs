//! POSIX extended regular expressions of scripts, matched by a linear-time engine.

/// A compiled expression. (Filled in below.)
#[derive(Debug, Clone)]
pub struct Regex;
