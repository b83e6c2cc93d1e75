//! The file of groups: `[0]`, then an expression per line, `[1]`, and so on.

use sipc_engine::setup::Setup;

use crate::pattern::{Options, Pattern};

/// Longer lines are refused.
const LINE_MAX: usize = 498;

/// Where the groups come from, and how much there may be.
pub(crate) struct Source {
    file: String,
    groups_max: usize,
    size_max: usize,
}

impl Source {
    /// Reads the parameters; `None` without `file`.
    pub(crate) fn read(setup: &Setup) -> Result<Option<Source>, String> {
        let Some(file) = setup.text("regex", "file") else { return Ok(None) };
        let number = |name: &str, default| {
            let n = setup.int("regex", name, default);
            usize::try_from(n).ok().filter(|n| *n > 0).ok_or(format!("{name} must be above 0, not {n}"))
        };
        let (groups_max, size_max) = (number("max_groups", 20)?, number("group_max_size", 8192)?);
        Ok(Some(Source { file, groups_max, size_max }))
    }

    /// Reads the file and compiles its groups.
    pub(crate) fn load(&self, options: Options) -> Result<Vec<Pattern>, String> {
        let text = std::fs::read(&self.file).map_err(|e| format!("{}: {e}", self.file))?;
        let expressions = self.expressions(&text).map_err(|why| format!("{}: {why}", self.file))?;
        let compiled = expressions.iter().enumerate().map(|(n, expression)| {
            Pattern::new(expression, options).map_err(|why| format!("{}, group {n}: {why}", self.file))
        });
        compiled.collect()
    }

    /// One expression per group: `((first)|(second))`; that of an empty group matches empty texts.
    fn expressions(&self, text: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let mut groups: Vec<Vec<u8>> = Vec::new();
        for line in text.split(|b| *b == b'\n') {
            match line {
                [] | [b'#', ..] => continue,
                [first, ..] if first.is_ascii_whitespace() => continue,
                [b'[', ..] if groups.len() >= self.groups_max => {
                    return Err(format!("more than max_groups ({}) groups", self.groups_max));
                }
                [b'[', ..] => groups.push(Vec::new()),
                line if line.len() > LINE_MAX => return Err(format!("a line is longer than {LINE_MAX}")),
                line => {
                    let group = groups.last_mut().ok_or("an expression stands before [0]")?;
                    let separator: &[u8] = if group.is_empty() { b"((" } else { b"|(" };
                    group.extend([separator, line, b")"].concat());
                    if group.len() + 2 > self.size_max {
                        return Err(format!("a group is larger than group_max_size ({})", self.size_max));
                    }
                }
            }
        }
        for group in &mut groups {
            match group.is_empty() {
                true => group.extend(b"^$"),
                false => group.push(b')'),
            }
        }
        Ok(groups)
    }
}
