//! Bytes to tokens (LANGUAGE 1.4 to 1.11).
//!
//! Peculiarities of flex that are kept: the longest match, words that are special only between blanks, the
//! letters `and`, `or` and `not` ending a variable, comments that nest, unknown characters that are passed
//! over (with a warning here).

use super::mask;
use super::token::{Comment, Token, TokenKind, word};
use crate::diagnostics::{Diagnostic, codes};
use crate::source::Source;
use grammar::{Lexical, Rule};
use pest::Parser;

mod grammar {
    //! What pest makes of `lexical.pest`.
    #![allow(missing_docs)]

    #[derive(pest_derive::Parser)]
    #[grammar = "syntax/lexical.pest"]
    pub struct Lexical;
}

/// Bytes that a lexeme hardly ever exceeds.
const LEXEME_USUAL_MAX: usize = 200;

/// All tokens of a script, the last one [`TokenKind::End`].
pub fn tokens(source: &Source) -> (Vec<Token>, Vec<Comment>, Vec<Diagnostic>) {
    let masked = mask(&source.text);
    let mut lexer = Lexer {
        source,
        text: &source.text,
        masked: &masked,
        at: 0,
        tokens: Vec::new(),
        comments: Vec::new(),
        found: Vec::new(),
    };
    while lexer.step() {}
    lexer.push(source.text.len(), source.text.len(), TokenKind::End);
    (lexer.tokens, lexer.comments, lexer.found)
}

struct Lexer<'a> {
    source: &'a Source,
    text: &'a [u8],
    masked: &'a str,
    at: usize,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    found: Vec<Diagnostic>,
}

impl Lexer<'_> {
    /// Reads one token, comment or blank; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.peek(0) else {
            return false;
        };
        match first {
            b'\n' => self.at += 1,
            b'\\' if self.peek(1) == Some(b'\n') => self.at += 2,
            b'#' => self.line_comment(),
            b'/' if self.peek(1) == Some(b'*') => return self.block_comment(),
            b'"' | b'\'' => return self.string(first),
            b'$' => return self.variable(),
            b' ' | b'\t' | 0x08 | b'\r' if self.only_blank() => {}
            _ => self.lexeme(first),
        }
        true
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn push(&mut self, start: usize, end: usize, kind: TokenKind) {
        self.tokens.push(Token { kind, span: self.source.span(start..end) });
    }

    fn line_comment(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let kept = length - usize::from(rest[..length].ends_with(b"\r"));
        let span = self.source.span(self.at..self.at + kept);
        self.comments.push(Comment { span, block: false });
        self.at += length;
    }

    fn block_comment(&mut self) -> bool {
        let (start, mut depth) = (self.at, 0usize);
        while self.at < self.text.len() {
            match &self.text[self.at..] {
                [b'/', b'*', ..] => (depth, self.at) = (depth + 1, self.at + 2),
                [b'*', b'/', ..] => (depth, self.at) = (depth - 1, self.at + 2),
                _ => self.at += 1,
            }
            if depth == 0 {
                let span = self.source.span(start..self.at);
                self.comments.push(Comment { span, block: true });
                return true;
            }
        }
        let mut fault = self.unclosed(start, 2, &codes::UNTERMINATED_COMMENT, "this comment is not closed");
        if depth > 1 {
            fault = fault.note(format!("comments nest: {depth} closing `*/` are missing"));
        }
        self.found.push(fault);
        false
    }

    fn string(&mut self, quote: u8) -> bool {
        let start = self.at;
        self.at += 1;
        let mut value = Vec::new();
        while let Some(byte) = self.peek(0) {
            if byte == quote {
                self.at += 1;
                // The C implementation ends its strings at the first NUL.
                let length = value.iter().position(|b| *b == 0).unwrap_or(value.len());
                value.truncate(length);
                self.push(start, self.at, TokenKind::Text(value.into()));
                return true;
            }
            let length = if quote == b'"' { escape(&self.text[self.at..], &mut value) } else { 0 };
            if length == 0 {
                value.push(byte);
            }
            self.at += length.max(1);
        }
        let fault = self
            .unclosed(start, 1, &codes::UNTERMINATED_STRING, "this string is not closed")
            .opensips("unexpected EOF in unclosed string");
        self.found.push(fault);
        false
    }

    fn unclosed(
        &self,
        start: usize,
        width: usize,
        code: &'static crate::diagnostics::Code,
        text: &str,
    ) -> Diagnostic {
        Diagnostic::new(code, self.source.span(start..start + width), text.to_owned()).label("it begins here")
    }

    /// The `$` state: up to the parenthesis that closes it, or to the first byte that cannot belong to it.
    fn variable(&mut self) -> bool {
        let start = self.at;
        let mut depth = 0usize;
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'(' => depth += 1,
                b')' if depth <= 1 => {
                    self.at += depth;
                    self.end_variable(start);
                    return true;
                }
                b')' => depth -= 1,
                _ if depth == 0 && ends_variable(&self.text[self.at..]) => {
                    self.end_variable(start);
                    return true;
                }
                _ => {}
            }
            self.at += 1;
        }
        let fault = self.unclosed(
            start,
            1,
            &codes::UNTERMINATED_VARIABLE,
            "the parenthesis of this variable is not closed",
        );
        self.found.push(fault);
        false
    }

    fn end_variable(&mut self, start: usize) {
        if self.text[start..self.at].contains(&b'\n') {
            let span = self.source.span(start..self.at);
            let message = "a variable cannot go on in the next line".to_owned();
            self.found
                .push(Diagnostic::new(&codes::VARIABLE_ACROSS_LINES, span, message).label("this one does"));
        }
        self.push(start, self.at, TokenKind::Variable);
    }

    /// Passes over blanks that begin no clause: most of a script, and not worth the grammar's attention.
    fn only_blank(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | 0x08 | b'\r')).count();
        let clause = rest.get(blanks).is_some_and(|b| b"aotuscAOTUSC".contains(b));
        // a clause begins with the last blank
        let passed = blanks - usize::from(clause);
        self.at += passed;
        passed > 0
    }

    fn lexeme(&mut self, first: u8) {
        let rest = &self.masked[self.at..];
        let rule = rule_for(rest.as_bytes());
        let Ok(mut pairs) = Lexical::parse(rule, window(rest, LEXEME_USUAL_MAX)) else {
            return self.no_token(first);
        };
        if pairs.as_str().len() == LEXEME_USUAL_MAX {
            // Cut off by the window; take it all.
            match Lexical::parse(rule, window(rest, usize::MAX)) {
                Ok(whole) => pairs = whole,
                Err(_) => return self.no_token(first),
            }
        }
        let pair = match pairs.next() {
            Some(lexeme) if rule == Rule::lexeme => lexeme.into_inner().next(),
            other => other,
        };
        let Some(pair) = pair else { return self.no_token(first) };
        let text = pair.as_str();
        let kind = match pair.as_rule() {
            Rule::clause => TokenKind::Clause(clause(&pair)),
            Rule::network => TokenKind::Network,
            Rule::ipv6 => TokenKind::Ipv6,
            Rule::ipv4 => TokenKind::Ipv4,
            Rule::hexadecimal => self.number(text, &text[2..], 16),
            Rule::octal => self.number(text, &text[1..], 8),
            Rule::decimal => self.number(text, text, 10),
            Rule::keyword_with_sign => TokenKind::Keyword(signed_keyword(&pair)),
            Rule::word => word(text),
            _ => TokenKind::Symbol(symbol(text)),
        };
        let end = self.at + text.len();
        self.push(self.at, end, kind);
        self.at = end;
    }

    /// `atoi` and `strtol` on a 64-bit machine: clamped to 64 bits, then cut to 32.
    fn number(&mut self, text: &str, digits: &str, radix: u32) -> TokenKind {
        let wide = i64::from_str_radix(digits, radix).unwrap_or(i64::MAX);
        let cut = wide as i32;
        let fits = if radix == 16 { u32::try_from(wide).is_ok() } else { wide <= 1 << 31 };
        if !fits {
            let span = self.source.span(self.at..self.at + text.len());
            let message = format!("`{text}` does not fit into 32 bits");
            self.found
                .push(Diagnostic::new(&codes::NUMBER_WRAPS, span, message).label(format!("taken as {cut}")));
        }
        TokenKind::Number(cut)
    }

    /// A blank, or something that flex would echo.
    fn no_token(&mut self, first: u8) {
        if matches!(first, b' ' | b'\t' | 0x08 | b'\r') {
            self.at += 1;
            return;
        }
        let start = self.at;
        while self.peek(0).is_some_and(starts_nothing) {
            self.at += 1;
        }
        self.at = self.at.max(start + 1);
        let span = self.source.span(start..self.at);
        let shown = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        self.found.push(
            Diagnostic::new(&codes::STRAY_CHARACTER, span, format!("`{}` is ignored", shown.escape_debug()))
                .label("begins no token"),
        );
    }
}

/// The rule that alone can match here, or the one that tries them all: a look ahead spares most of the trying.
fn rule_for(rest: &[u8]) -> Rule {
    const WITH_SIGN: [&[u8]; 8] =
        [b"mem-", b"read-", b"allow", b"ALLOW", b"send", b"SEND", b"proxy", b"PROXY"];
    let address = || {
        let digits = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        digits <= 4 && rest.get(digits) == Some(&b':')
    };
    match rest.first() {
        Some(b':') | None => Rule::lexeme,
        Some(b) if b.is_ascii_punctuation() => Rule::symbol,
        Some(b) if b.is_ascii_alphabetic() && !address() => {
            if WITH_SIGN.iter().any(|w| rest.starts_with(w)) {
                Rule::lexeme
            } else {
                Rule::word
            }
        }
        _ => Rule::lexeme,
    }
}

/// The rest of the line, at most so many bytes: pest looks at all of its input on each match, and no lexeme goes
/// over a line end.
fn window(rest: &str, length: usize) -> &str {
    let rest = rest.get(..length).unwrap_or(rest);
    rest.split('\n').next().unwrap_or(rest)
}

/// Bytes for which flex has no rule.
fn starts_nothing(byte: u8) -> bool {
    matches!(byte, b'?' | b'@' | b'`' | b'_')
        || byte == 0x7f
        || !byte.is_ascii()
        || (byte < 0x20 && !b"\t\n\r\x08".contains(&byte))
}

/// Whether an operator, separator or blank begins here; they end a variable outside parentheses.
fn ends_variable(rest: &[u8]) -> bool {
    matches!(rest[0], b' ' | b'\t' | b'\r' | b'\n' | b';' | b',')
        || b"=<>!&|^~+-*/%".contains(&rest[0])
        || [&b":="[..], b"and", b"or", b"not"].iter().any(|w| rest.starts_with(w))
}

/// Resolves an escape of a double-quoted string; the number of bytes it takes, 0 when there is none.
fn escape(rest: &[u8], value: &mut Vec<u8>) -> usize {
    let digits = |from: usize, max: usize, ok: fn(&u8) -> bool| {
        rest[from..].iter().take(max).take_while(|b| ok(b)).count()
    };
    let [b'\\', second, ..] = rest else { return 0 };
    let plain = match second {
        b'n' => b'\n',
        b'r' => b'\r',
        b'a' => 0x07,
        b't' => b'\t',
        b'"' => b'"',
        b'\\' => b'\\',
        b'\n' => return 2,
        b'x' => {
            let length = digits(2, 2, u8::is_ascii_hexdigit);
            value.extend((length > 0).then(|| from_digits(&rest[2..2 + length], 16)));
            return if length > 0 { 2 + length } else { 0 };
        }
        b'0'..=b'7' => {
            let length = digits(1, 3, |b| matches!(b, b'0'..=b'7'));
            value.extend((length > 1).then(|| from_digits(&rest[1..1 + length], 8)));
            return if length > 1 { 1 + length } else { 0 };
        }
        _ => return 0,
    };
    value.push(plain);
    2
}

fn from_digits(digits: &[u8], radix: u32) -> u8 {
    let value = digits.iter().fold(0u32, |v, b| v * radix + char::from(*b).to_digit(radix).unwrap_or(0));
    (value & 0xff) as u8
}

fn clause(pair: &pest::iterators::Pair<'_, Rule>) -> &'static str {
    match pair.clone().into_inner().next().map(|p| p.as_rule()) {
        Some(Rule::as_clause) => "as",
        Some(Rule::on_clause) => "on",
        Some(Rule::tos_clause) => "tos",
        Some(Rule::workers_clause) => "use_workers",
        Some(Rule::profile_clause) => "use_auto_scaling_profile",
        Some(Rule::up_clause) => "scale up to",
        Some(Rule::down_clause) => "scale down to",
        Some(Rule::within_clause) => "cycles within",
        _ => "cycles",
    }
}

fn signed_keyword(pair: &pest::iterators::Pair<'_, Rule>) -> &'static str {
    match pair.clone().into_inner().next().map(|p| p.as_rule()) {
        Some(Rule::mem_group) => "mem-group",
        Some(Rule::read_only) => "readonly",
        Some(Rule::allow_proxy) => "allow_proxy_protocol",
        Some(Rule::send_proxy) => "send_proxy_protocol",
        _ => "proxy_protocol",
    }
}

/// The static text of a symbol.
fn symbol(text: &str) -> &'static str {
    const SYMBOLS: &[&str] = &[
        "==", "=~", "!=", "!~", ">=", "<=", "<<", ">>", "&&", "||", ":=", "+=", "-=", "/=", "*=", "%=", "&=",
        "|=", "^=", "=", ">", "<", "!", "&", "|", "^", "~", "+", "-", "*", "/", "%", "(", ")", "{", "}", "[",
        "]", ",", ";", ":", ".",
    ];
    SYMBOLS.iter().copied().find(|s| *s == text).unwrap_or(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, load};

    /// The kinds of the tokens of a line, in a short form.
    fn kinds(text: &str) -> String {
        let (source, _) = load(&Memory::of("t", text), "t");
        let (tokens, _, _) = tokens(&source);
        let shown = tokens.iter().map(|t| match &t.kind {
            TokenKind::Word => String::from_utf8_lossy(source.slice(t.span)).into_owned(),
            TokenKind::Variable => String::from_utf8_lossy(source.slice(t.span)).into_owned(),
            TokenKind::Keyword(k) => k.to_uppercase(),
            TokenKind::Clause(c) => format!("<{c}>"),
            TokenKind::Number(n) => n.to_string(),
            TokenKind::Text(t) => format!("{:?}", String::from_utf8_lossy(t)),
            TokenKind::Symbol(s) => (*s).to_owned(),
            other => format!("{other:?}"),
        });
        shown.collect::<Vec<_>>().join(" ").trim_end_matches(" End").to_owned()
    }

    #[test]
    fn tokens_are_the_longest_that_match() {
        assert_eq!(kinds("0x1F 017 08 12abc yes"), "31 15 0 8 12 abc 1");
        assert_eq!(kinds("1.2.3.4/24 1.2.3.4 ::1 abc::1 a"), "Network Ipv4 Ipv6 Ipv6 a");
        assert_eq!(kinds("a<=b<<c=~d"), "a <= b << c =~ d");
        assert_eq!(
            kinds("proxy-protocol allow_proxy mem-group proxyx"),
            "PROXY_PROTOCOL ALLOW_PROXY_PROTOCOL MEM-GROUP proxyx"
        );
    }

    #[test]
    fn clause_words_need_their_blanks() {
        assert_eq!(kinds("x as y"), "x <as> y");
        assert_eq!(kinds("log_stdout = on \n"), "LOG_STDOUT = <on>");
        assert_eq!(kinds("log_stdout = on\n"), "LOG_STDOUT = 1");
        assert_eq!(kinds("5 cycles within 10"), "5 <cycles within> 10");
    }

    #[test]
    fn variables_end_where_flex_ends_them() {
        assert_eq!(kinds("$var(a)-$var(b)"), "$var(a) - $var(b)");
        assert_eq!(kinds("$ru{uri.host}=1"), "$ru{uri.host} = 1");
        assert_eq!(kinds("$challenge.algorithm"), "$challenge.alg orithm");
        assert_eq!(kinds("$(hdr(X-Y)[-1]{s.trim}) $rc])"), "$(hdr(X-Y)[-1]{s.trim}) $rc] )");
    }

    #[test]
    fn strings_resolve_the_escapes_of_double_quotes_only() {
        assert_eq!(kinds(r#""a\tb\101\18\1\q\"" 'a\t'"#), "\"a\\tbA\\\\18\\\\1\\\\q\\\"\" \"a\\\\t\"");
        assert_eq!(kinds("\"a\\\nb\""), "\"ab\"");
    }

    #[test]
    fn comments_nest_and_vanish() {
        assert_eq!(kinds("a /* b /* c */ d */ e # f\ng"), "a e g");
    }
}
