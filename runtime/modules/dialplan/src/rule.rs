//! One rule: what it matches and what it makes of it.

use sipc_engine::database::DbValue;
use sipc_engine::log::Level;
use sipc_engine::{Context, Text, dynamic, recurrence};
use sipc_interface::substitution::variable_length;
use sipc_mod_regex::{Options, Pattern};

/// The longest translation, bytes.
const OUTPUT_MAX: usize = 127;
/// The longest attributes that a script gets.
const ATTRIBUTES_MAX: usize = 256;
/// The most escapes and variables of a replacement.
const PIECES_MAX: usize = 100;
/// The bit of `match_flags` for capitals that are as small letters.
const IGNORES_CASE: i64 = 1;

/// What a rule matches.
pub enum Match {
    /// This very text.
    Equal(Text, bool),
    /// An expression.
    Expression(Pattern),
}

/// A part of a replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(Vec<u8>),
    /// A group of the match; 0 is all of it.
    Group(usize),
    RequestUri,
    /// As written, with its dollar sign.
    Variable(Vec<u8>),
}

/// A rule.
pub struct Rule {
    /// Its dial plan.
    pub plan: i32,
    /// The least comes first.
    pub priority: i64,
    /// What it matches.
    pub matches: Match,
    /// The expression whose groups the replacement takes.
    subst: Option<Pattern>,
    /// The replacement as written, and its parts.
    replacement: Option<(Text, Vec<Piece>)>,
    /// For the script.
    pub attributes: Text,
    /// When it is in use; always without.
    times: Option<Text>,
}

impl Rule {
    /// Reads a row: plan, priority, operator, expression, flags, substitution, replacement, attributes, times.
    pub fn read(row: &[DbValue]) -> Result<Rule, String> {
        let [plan, priority, operator, exp, flags, subst, replacement, attributes, times, ..] = row else {
            return Err("columns are missing".to_owned());
        };
        let caseless = flags.int().unwrap_or(0) & IGNORES_CASE != 0;
        let text = exp.text().ok_or("match_exp is missing")?;
        let matches = match operator.int() {
            Some(0) if text.is_empty() => return Err("match_exp is empty".to_owned()),
            Some(0) => Match::Equal(text, caseless),
            Some(1) => Match::Expression(pattern(&text, caseless)?),
            _ => return Err("match_op is neither 0 nor 1".to_owned()),
        };
        let subst = subst.some_text().map(|text| pattern(&text, caseless)).transpose()?;
        let pieces = |text: Text| pieces(&text).map(|pieces| (text, pieces));
        let replacement = replacement.some_text().map(pieces).transpose()?;
        let most = subst.as_ref().map_or(usize::MAX, Pattern::groups);
        if replacement
            .iter()
            .any(|(_, pieces)| pieces.iter().any(|p| matches!(p, Piece::Group(n) if *n >= most)))
        {
            return Err("repl_exp uses a group that subst_exp does not have".to_owned());
        }
        let times = times.some_text();
        if times.as_ref().is_some_and(|t| recurrence::matches(t, 0).is_err()) {
            return Err("timerec is no recurring time".to_owned());
        }
        Ok(Rule {
            plan: plan.int().and_then(|n| i32::try_from(n).ok()).ok_or("dpid is no number")?,
            priority: priority.int().unwrap_or(0),
            matches,
            subst,
            replacement,
            attributes: attributes.text().unwrap_or_default(),
            times,
        })
    }

    /// Whether it is in use now and matches.
    pub fn applies(&self, input: &[u8], unix: i64) -> bool {
        let in_time = self.times.as_ref().is_none_or(|t| recurrence::matches(t, unix) == Ok(true));
        in_time
            && match &self.matches {
                Match::Equal(text, true) => text.eq_ignore_ascii_case(input),
                Match::Equal(text, false) => text[..] == *input,
                Match::Expression(pattern) => pattern.is_match(input),
            }
    }

    /// The attributes as a script gets them.
    pub fn short_attributes(&self) -> Text {
        self.attributes.slice(..self.attributes.len().min(ATTRIBUTES_MAX))
    }

    /// The translation; empty when the rule has none. The error says what is wrong.
    pub fn translate(&self, cx: Option<&mut Context>, input: &[u8]) -> Result<Vec<u8>, &'static str> {
        let Some((text, pieces)) = &self.replacement else { return Ok(Vec::new()) };
        let Some(subst) = &self.subst else { return Ok(text.to_vec()) };
        let groups = subst.captures(input).ok_or("the input matches match_exp, but not subst_exp")?;
        if pieces.iter().all(|p| matches!(p, Piece::Literal(_))) {
            return Ok(text.to_vec());
        }
        let mut out = Vec::new();
        let mut cx = cx;
        for piece in pieces {
            match (piece, &mut cx) {
                (Piece::Literal(literal), _) => out.extend_from_slice(literal),
                (Piece::Group(n), _) => {
                    out.extend_from_slice(groups.get(*n).map(Vec::as_slice).unwrap_or_default())
                }
                (Piece::RequestUri, Some(cx)) => out.extend_from_slice(&cx.target.uri),
                (Piece::Variable(name), Some(cx)) => push_variable(cx, name, &mut out),
                // a management command has no message
                (_, None) => {}
            }
            if out.len() >= OUTPUT_MAX {
                return Err("the translation is too long");
            }
        }
        Ok(out)
    }
}

fn push_variable(cx: &mut Context, name: &[u8], out: &mut Vec<u8>) {
    match dynamic::variable(cx, name) {
        Some((variable, _)) => {
            let value = variable.read(cx);
            if let Some(text) = value.text() {
                out.extend_from_slice(&text);
            }
        }
        None => {
            let name = String::from_utf8_lossy(name);
            cx.log(Level::Error, "dialplan", format_args!("repl_exp has no variable {name}"));
        }
    }
}

fn pattern(text: &[u8], caseless: bool) -> Result<Pattern, String> {
    Pattern::new(text, Options { caseless, ..Options::default() })
}

/// The parts of a replacement.
fn pieces(text: &[u8]) -> Result<Vec<Piece>, String> {
    let mut pieces = vec![Piece::Literal(Vec::new())];
    let mut at = 0;
    while let Some(c) = text.get(at) {
        let (piece, length) = match (c, text.get(at + 1)) {
            // one at the end stands for nothing
            (b'\\', None) => (Piece::Literal(Vec::new()), 1),
            (b'\\', Some(c)) => (escape(*c), 2),
            (b'$', _) => {
                let rest = text.get(at..).unwrap_or_default();
                let length = variable_length(rest);
                if length < 2 {
                    return Err("repl_exp has a $ without a name".to_owned());
                }
                (Piece::Variable(rest.get(..length).unwrap_or_default().to_vec()), length)
            }
            (c, _) => {
                if let Some(Piece::Literal(literal)) = pieces.last_mut() {
                    literal.push(*c);
                }
                at += 1;
                continue;
            }
        };
        pieces.extend([piece, Piece::Literal(Vec::new())]);
        at += length;
        if pieces.len() > 2 * PIECES_MAX {
            return Err("repl_exp has too many escapes".to_owned());
        }
    }
    pieces.retain(|p| *p != Piece::Literal(Vec::new()));
    Ok(pieces)
}

fn escape(c: u8) -> Piece {
    match c {
        b'0'..=b'9' => Piece::Group(usize::from(c - b'0')),
        b'u' => Piece::RequestUri,
        b'n' => Piece::Literal(vec![b'\n']),
        b'r' => Piece::Literal(vec![b'\r']),
        b't' => Piece::Literal(vec![b'\t']),
        c => Piece::Literal(vec![c]),
    }
}
