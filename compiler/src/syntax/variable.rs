//! The text of a variable to its parts; names are resolved later.
//!
//! Works on offsets into the given text, so that the caller can point at a part of the script.

use super::mask;
use grammar::{Grammar, Rule};
use pest::Parser;
use std::ops::Range;

mod grammar {
    //! What pest makes of `variable.pest`.
    #![allow(missing_docs)]

    #[derive(pest_derive::Parser)]
    #[grammar = "syntax/variable.pest"]
    pub struct Grammar;
}

/// Brackets within brackets in one variable.
const DEPTH_MAX: usize = 24;

/// A variable as written; offsets are into the text that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// `$$`, `$($)`.
    pub dollar: bool,
    /// Written `$(…)`.
    pub parenthesised: bool,
    /// `<…>`
    pub context: Option<Range<usize>>,
    /// The name; may be empty.
    pub name: Range<usize>,
    /// `(…)`
    pub inner: Option<Range<usize>>,
    /// `[…]`
    pub index: Option<Range<usize>>,
    /// `{…}` in order.
    pub transformations: Vec<TransformParts>,
    /// Where the variable ends.
    pub end: usize,
}

/// `{class.body}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransformParts {
    /// Before the first dot.
    pub class: Range<usize>,
    /// Behind it: the function and its arguments.
    pub body: Range<usize>,
}

/// Where and why a text is no variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Offset in the text.
    pub at: usize,
    /// In words.
    pub why: String,
}

/// Reads the variable that begins `text`.
///
/// # Errors
/// When it does not follow the grammar.
pub fn parse(text: &[u8]) -> Result<Parts, Malformed> {
    if let Some(at) = too_deep(text) {
        return Err(Malformed { at, why: format!("brackets are nested more than {DEPTH_MAX} deep") });
    }
    let masked = mask(text);
    let mut pairs = Grammar::parse(Rule::variable, &masked).map_err(|e| malformed(&e, text))?;
    let mut parts = Parts::default();
    let Some(pair) = pairs.next() else {
        return Ok(parts);
    };
    parts.end = pair.as_span().end();
    if let Some(form) = pair.into_inner().next() {
        parts.dollar = form.as_rule() == Rule::dollar;
        parts.parenthesised = form.as_rule() == Rule::full;
        form.into_inner().for_each(|part| add(&mut parts, part));
    }
    // `$name(` without its end is no plain `$name`: OpenSIPS refuses it.
    if !parts.dollar && parts.inner.is_none() && text.get(parts.end) == Some(&b'(') {
        let empty = text.get(parts.end + 1) == Some(&b')');
        let why = if empty { "the parentheses are empty" } else { "the parenthesis is not closed" };
        return Err(Malformed { at: parts.end, why: why.to_owned() });
    }
    Ok(parts)
}

fn add(parts: &mut Parts, part: pest::iterators::Pair<'_, Rule>) {
    let range = part.as_span().start()..part.as_span().end();
    match part.as_rule() {
        Rule::context => {
            parts.context = part.into_inner().next().map(|p| p.as_span().start()..p.as_span().end())
        }
        Rule::name => parts.name = range,
        Rule::inner => parts.inner = Some(range),
        Rule::index => parts.index = Some(range),
        Rule::transformations => parts.transformations = part.into_inner().map(transformation).collect(),
        _ => {}
    }
}

fn transformation(pair: pest::iterators::Pair<'_, Rule>) -> TransformParts {
    let mut ranges = pair.into_inner().map(|p| p.as_span().start()..p.as_span().end());
    TransformParts { class: ranges.next().unwrap_or_default(), body: ranges.next().unwrap_or_default() }
}

/// Where brackets of any kind are nested too deep.
fn too_deep(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    text.iter().position(|b| {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH_MAX
    })
}

fn malformed(error: &pest::error::Error<Rule>, text: &[u8]) -> Malformed {
    let at = match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    let why = match text.get(at) {
        None => "a bracket is not closed".to_owned(),
        Some(b')' | b']' | b'}') if at > 0 && b"([{".contains(&text[at - 1]) => {
            "the brackets are empty".to_owned()
        }
        Some(byte) => format!("`{}` cannot stand here", char::from(*byte).escape_debug()),
    };
    Malformed { at, why }
}

/// One argument of a transformation: its value and where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A number.
    Number(i32, usize),
    /// A text, by offsets.
    Text(Range<usize>, usize),
}

/// A number behind the comma at `from`.
pub fn number_argument(text: &[u8], from: usize) -> Option<Argument> {
    let (range, end) = matched(Rule::number_argument, text, from)?;
    let digits: Vec<u8> = text[range.clone()].iter().copied().filter(u8::is_ascii_digit).collect();
    let negative = text[range.clone()].first() == Some(&b'-');
    if range.is_empty() {
        return None;
    }
    let value = digits.iter().fold(0i32, |n, d| n.wrapping_mul(10).wrapping_add(i32::from(d - b'0')));
    Some(Argument::Number(if negative { value.wrapping_neg() } else { value }, end))
}

/// A text behind the comma at `from`; `blanks`: it may contain white space.
pub fn text_argument(text: &[u8], from: usize, blanks: bool) -> Option<Argument> {
    let rule = if blanks { Rule::open_argument } else { Rule::text_argument };
    matched(rule, text, from).map(|(range, end)| Argument::Text(range, end))
}

fn matched(rule: Rule, text: &[u8], from: usize) -> Option<(Range<usize>, usize)> {
    let masked = mask(text.get(from..)?);
    let pair = Grammar::parse(rule, &masked).ok()?.next()?;
    let end = from + pair.as_span().end();
    let inner = pair.into_inner().next()?;
    Some((from + inner.as_span().start()..from + inner.as_span().end(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let part = |r: &Range<usize>| text[r.clone()].to_owned();
        match parse(text.as_bytes()) {
            Err(e) => format!("{}: {}", e.at, e.why),
            Ok(p) => {
                let mut out = part(&p.name);
                out += &p.context.iter().map(|c| format!(" <{}>", part(c))).collect::<String>();
                out += &p.inner.iter().map(|c| format!(" ({})", part(c))).collect::<String>();
                out += &p.index.iter().map(|c| format!(" [{}]", part(c))).collect::<String>();
                for t in &p.transformations {
                    out += &format!(" {{{} {}}}", part(&t.class), part(&t.body));
                }
                out + " +" + &text[p.end..]
            }
        }
    }

    #[test]
    fn variables_fall_into_their_parts() {
        assert_eq!(shown("$ru{uri.host}"), "ru +{uri.host}");
        assert_eq!(
            shown("$(<reply>hdr(X)[-1]{s.trim} {s.select,1,,})/x"),
            "hdr <reply> (X) [-1] {s trim} {s select,1,,} +/x"
        );
        assert_eq!(shown("$avp($(hdr(X){s.tolower}))"), "avp ($(hdr(X){s.tolower})) +");
        assert_eq!(shown("$()"), " +");
        assert_eq!(shown("$hdr()"), "4: the parentheses are empty");
        assert_eq!(shown("$(avp(x)[)"), "8: `[` cannot stand here");
        assert_eq!(shown("$(ru-x)"), "4: `-` cannot stand here");
    }

    #[test]
    fn deep_nesting_is_refused_before_it_is_read() {
        let text = format!("$var({}", "(".repeat(100_000));
        assert!(parse(text.as_bytes()).is_err());
    }

    #[test]
    fn arguments_stop_where_their_kind_says() {
        assert_eq!(text_argument(b" a\\,b c,d", 0, false), Some(Argument::Text(1..5, 5)));
        assert_eq!(text_argument(b" a b,c", 0, true), Some(Argument::Text(1..4, 4)));
        assert_eq!(number_argument(b" -12,x", 0), Some(Argument::Number(-12, 4)));
        assert_eq!(number_argument(b" x", 0), None);
    }
}
