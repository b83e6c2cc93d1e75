//! Recurring times, as `check_time_rec` and routing rules take them: an RFC 2445 rule in twelve fields,
//! and expressions of such rules.
//!
//! ```text
//! zone|start|end|duration|frequency|until|interval|by day|by day of month|by day of year|by week|by month
//! rule & !(rule & rule)        rule / rule
//! ```
//! A zone is a name that begins with a capital letter, and can be left out together with its bar. Only
//! one kind of operator may stand at one level.

mod parse;
mod rule;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Local, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

/// What was asked about a time cannot be answered: the text is no such rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadRule;

/// Parentheses deeper than this are refused.
const DEPTH_MAX: usize = 32;

/// Whether a Unix time is one that an expression describes. An empty one describes none.
pub fn matches(expression: &[u8], unix: i64) -> Result<bool, BadRule> {
    let end = expression.iter().position(|c| *c == 0).unwrap_or(expression.len());
    let text = expression.get(..end).unwrap_or_default().trim_ascii();
    Reader { text, at: 0, unix, depth: 0 }.expression()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    And,
    Or,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    unix: i64,
    depth: usize,
}

impl Reader<'_> {
    fn expression(mut self) -> Result<bool, BadRule> {
        let mut operator = None;
        let mut all: Option<bool> = None;
        loop {
            let inverted = self.inverted();
            let Some(c) = self.peek() else {
                // nothing at all, or only exclamation marks
                return if all.is_none() && operator.is_none() { Ok(inverted) } else { Err(BadRule) };
            };
            let one = match c {
                b')' | b'&' | b'/' => return Err(BadRule),
                b'(' => self.nested()?,
                _ => self.rule()?,
            } != inverted;
            all = Some(match (operator, all) {
                (Some(Operator::And), Some(before)) => before && one,
                (Some(Operator::Or), Some(before)) => before || one,
                _ => one,
            });
            self.skip_blanks();
            let next = match self.peek() {
                None => return Ok(all.unwrap_or(false)),
                Some(b'&') => Operator::And,
                Some(b'/') => Operator::Or,
                Some(_) => return Err(BadRule),
            };
            if operator.is_some_and(|o| o != next) {
                return Err(BadRule);
            }
            operator = Some(next);
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Skips exclamation marks; says whether their number is odd.
    fn inverted(&mut self) -> bool {
        let mut inverted = false;
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'!') {
                return inverted;
            }
            inverted = !inverted;
            self.at += 1;
        }
    }

    fn nested(&mut self) -> Result<bool, BadRule> {
        let start = self.at + 1;
        let mut open = 0usize;
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                b'(' => open += 1,
                b')' if open == 1 => {
                    let text = self.text.get(start..self.at - 1).ok_or(BadRule)?.trim_ascii();
                    let depth = self.depth + 1;
                    let inner = Reader { text, at: 0, unix: self.unix, depth };
                    return if depth > DEPTH_MAX { Err(BadRule) } else { inner.expression() };
                }
                b')' => open -= 1,
                _ => {}
            }
        }
        Err(BadRule)
    }

    /// One rule: up to a blank or an operator. A slash before the first bar belongs to a zone's name.
    fn rule(&mut self) -> Result<bool, BadRule> {
        let start = self.at;
        let mut bars = false;
        self.at += 1;
        while let Some(c) = self.peek() {
            match c {
                b'!' | b'(' | b')' => return Err(BadRule),
                b'|' => bars = true,
                b'&' => break,
                b'/' if bars => break,
                c if c.is_ascii_whitespace() => break,
                _ => {}
            }
            self.at += 1;
        }
        let rule = parse::rule(self.text.get(start..self.at).ok_or(BadRule)?)?;
        Ok(rule.has(self.unix))
    }
}

/// A time zone: the system's, or one by its name.
#[derive(Debug, Clone, Copy)]
enum Zone {
    System,
    Named(Tz),
}

impl Zone {
    /// The zone of a name; UTC when there is none of that name.
    fn named(name: &[u8]) -> Zone {
        let tz = std::str::from_utf8(name).ok().and_then(|n| n.parse().ok());
        Zone::Named(tz.unwrap_or(Tz::UTC))
    }

    /// The clock's time there.
    fn local(self, unix: i64) -> Option<NaiveDateTime> {
        let utc = DateTime::from_timestamp(unix, 0)?.naive_utc();
        Some(match self {
            Zone::System => Local.from_utc_datetime(&utc).naive_local(),
            Zone::Named(tz) => tz.from_utc_datetime(&utc).naive_local(),
        })
    }

    /// The Unix time when the clock there shows this; a time that is skipped counts as an hour later.
    fn unix(self, local: NaiveDateTime) -> Option<i64> {
        let find = |local: &NaiveDateTime| match self {
            Zone::System => Local.from_local_datetime(local).earliest().map(|t| t.timestamp()),
            Zone::Named(tz) => tz.from_local_datetime(local).earliest().map(|t| t.timestamp()),
        };
        find(&local).or_else(|| find(&local.checked_add_signed(chrono::TimeDelta::hours(1))?))
    }
}
