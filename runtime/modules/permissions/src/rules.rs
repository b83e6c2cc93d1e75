//! Files of rules: who may reach whom, by regular expressions.
//!
//! ```text
//! # callers [EXCEPT callers] : URIs [EXCEPT URIs]
//! "^sip:361[0-9]*@example\.com$", "^sip:36[0-9]*$" EXCEPT "^sip:3699" : ALL
//! ```

use sipc_engine::regex::{Options, Regex};

/// The longest expression, and the longest text that is matched.
pub const EXPRESSION_MAX: usize = 256;
/// The longest line.
const LINE_MAX: usize = 500;

/// One side of a rule.
#[derive(Debug, Clone, Default)]
struct Side {
    /// `None`: all.
    any_of: Option<Vec<Regex>>,
    except: Vec<Regex>,
}

impl Side {
    fn matches(&self, text: &[u8]) -> bool {
        let some = |list: &[Regex]| list.iter().any(|r| r.is_match(text));
        self.any_of.as_deref().is_none_or(some) && !some(&self.except)
    }
}

/// The rules of one file.
#[derive(Debug, Clone, Default)]
pub struct Rules(Vec<(Side, Side)>);

impl Rules {
    /// Reads a file; lines that are no rules are told and left out.
    pub fn read(text: &[u8], mut fault: impl FnMut(usize, &str)) -> Rules {
        let mut rules = Vec::new();
        for (number, line) in text.split(|c| *c == b'\n').enumerate() {
            match rule(line) {
                Ok(Some(rule)) => rules.push(rule),
                Ok(None) => {}
                Err(why) => fault(number + 1, why),
            }
        }
        Rules(rules)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a rule is about both.
    pub fn has(&self, left: &[u8], right: &[u8]) -> bool {
        self.0.iter().any(|(l, r)| l.matches(left) && r.matches(right))
    }
}

/// A line; `None` when there is nothing but a comment.
fn rule(line: &[u8]) -> Result<Option<(Side, Side)>, &'static str> {
    let mut quoted = false;
    let (mut colon, mut end) = (None, line.len());
    for (at, c) in line.iter().enumerate() {
        match c {
            b'"' => quoted = !quoted,
            b':' if !quoted => colon = Some(at),
            b'#' if !quoted => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let text = line.get(..end).unwrap_or_default();
    if text.trim_ascii().is_empty() {
        return Ok(None);
    }
    if text.len() > LINE_MAX {
        return Err("the line is too long");
    }
    let at = colon.filter(|at| *at > 0 && at + 1 < end).ok_or("no `callers : URIs`")?;
    let (left, right) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
    Ok(Some((side(left)?, side(right)?)))
}

fn side(text: &[u8]) -> Result<Side, &'static str> {
    const EXCEPT: &[u8] = b" EXCEPT ";
    let (main, except) = match text.windows(EXCEPT.len()).position(|w| w == EXCEPT) {
        Some(at) => text.split_at(at),
        None => (text, &b""[..]),
    };
    let except = match except.get(EXCEPT.len()..) {
        Some(list) => expressions(list)?,
        None => Vec::new(),
    };
    let main = main.trim_ascii();
    let any_of = if main == b"ALL" { None } else { Some(expressions(main)?) };
    Ok(Side { any_of, except })
}

/// Expressions with commas between them, in quotes or without.
fn expressions(text: &[u8]) -> Result<Vec<Regex>, &'static str> {
    let mut quoted = false;
    let outside = |c: &u8| {
        quoted ^= *c == b'"';
        *c == b',' && !quoted
    };
    text.split(outside).map(expression).collect()
}

fn expression(text: &[u8]) -> Result<Regex, &'static str> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    match text.len() {
        0 => Err("an expression is empty"),
        n if n >= EXPRESSION_MAX => Err("an expression is too long"),
        _ => Regex::new(text, Options::CONDITION).map_err(|_| "a regular expression is wrong"),
    }
}
