//! Tokens to a tree, by recursive descent.
//!
//! A function that meets a fault reports it and returns [`Failed`]; the statement or item it belongs to is
//! given up, and parsing goes on after it. So each statement yields at most one fault.

mod config;
mod expression;
mod statement;
mod top;

use super::token::{Token, TokenKind};
use super::tree::{Name, Number, Script, Text};
use crate::diagnostics::{Code, Diagnostic, codes};
use crate::ir::Bytes;
use crate::source::{Source, Span};

/// Blocks within blocks; OpenSIPS has no limit but its stack.
const BLOCK_DEPTH_MAX: usize = 64;
/// Expressions within expressions; OpenSIPS refuses to evaluate deeper ones.
const EXPRESSION_DEPTH_MAX: usize = 100;
/// Faults after which the rest is not shown.
const FAULTS_MAX: usize = 200;

/// The fault is reported already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

type Parse<T> = Result<T, Failed>;

/// Reads a whole script from its tokens.
pub fn script(tokens: Vec<Token>, source: &Source, found: &mut Vec<Diagnostic>) -> Script {
    // After an unclosed string or comment the tokens just end; that end is not another fault.
    let cut = found.iter().any(Diagnostic::is_error);
    let mut parser = Parser { tokens, source, at: 0, found, blocks: 0, expressions: 0, cut, faults: 0 };
    Script { items: parser.items(), comments: Vec::new() }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    source: &'a Source,
    at: usize,
    found: &'a mut Vec<Diagnostic>,
    blocks: usize,
    expressions: usize,
    cut: bool,
    faults: usize,
}

impl Parser<'_> {
    fn kind(&self) -> &TokenKind {
        self.kind_at(0)
    }

    fn kind_at(&self, ahead: usize) -> &TokenKind {
        self.tokens.get(self.at + ahead).map_or(&TokenKind::End, |t| &t.kind)
    }

    /// The span of the next token.
    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(Span::default(), |t| t.span)
    }

    /// The span of the token read last.
    fn before(&self) -> Span {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(Span::default(), |t| t.span)
    }

    fn advance(&mut self) -> Span {
        let span = self.span();
        if !self.at_end() {
            self.at += 1;
        }
        span
    }

    fn at_end(&self) -> bool {
        *self.kind() == TokenKind::End
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.kind(), TokenKind::Symbol(s) if *s == symbol)
    }

    fn is_at(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.kind_at(ahead), TokenKind::Symbol(s) if *s == symbol)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.kind(), TokenKind::Keyword(k) if *k == keyword)
    }

    fn eat(&mut self, symbol: &str) -> Option<Span> {
        self.is(symbol).then(|| self.advance())
    }

    fn eat_keyword(&mut self, keyword: &str) -> Option<Span> {
        self.is_keyword(keyword).then(|| self.advance())
    }

    /// The symbol, or a fault that says where it is missing.
    fn expect(&mut self, symbol: &str, after: &str) -> Parse<Span> {
        match self.eat(symbol) {
            Some(span) => Ok(span),
            None => self.unexpected(&format!("`{symbol}` after {after}")),
        }
    }

    fn text_of(&self, span: Span) -> Bytes {
        self.source.slice(span).into()
    }

    fn name_here(&mut self) -> Name {
        let span = self.advance();
        Name { text: self.text_of(span), span }
    }

    /// A string literal.
    fn text(&mut self, what: &str) -> Parse<Text> {
        if let TokenKind::Text(value) = self.kind() {
            let value = value.clone();
            return Ok(Text { value, span: self.advance() });
        }
        self.unexpected(what)
    }

    /// Adjacent string literals, joined.
    fn texts(&mut self, what: &str) -> Parse<Text> {
        let mut text = self.text(what)?;
        while let TokenKind::Text(more) = self.kind() {
            text.value = [&text.value[..], more].concat().into();
            text.span = text.span.to(self.advance());
        }
        Ok(text)
    }

    /// A number without a sign.
    fn unsigned(&mut self, what: &str) -> Parse<Number> {
        if let TokenKind::Number(value) = *self.kind() {
            return Ok(Number { value, span: self.advance() });
        }
        self.unexpected(what)
    }

    /// Whether a number with or without a sign comes next.
    fn at_number(&self) -> bool {
        let signed = self.is("+") || self.is("-");
        matches!(self.kind_at(usize::from(signed)), TokenKind::Number(_))
    }

    /// A number with or without a sign.
    fn number(&mut self, what: &str) -> Parse<Number> {
        let start = self.span();
        let negative = self.is("-");
        if negative || self.is("+") {
            self.advance();
        }
        let number = self.unsigned(what)?;
        let value = if negative { number.value.wrapping_neg() } else { number.value };
        Ok(Number { value, span: start.to(number.span) })
    }

    /// A word, a number, or a string: the name of a route.
    fn route_name(&mut self) -> Parse<Name> {
        match self.kind().clone() {
            TokenKind::Word => Ok(self.name_here()),
            TokenKind::Number(n) => {
                Ok(Name { text: n.to_string().into_bytes().into(), span: self.advance() })
            }
            TokenKind::Text(value) => Ok(Name { text: value, span: self.advance() }),
            TokenKind::Keyword(word) => self.fail(
                self.diagnostic(
                    &codes::RESERVED_NAME,
                    format!("`{word}` is a keyword and cannot be a name as it is"),
                )
                .label("keyword")
                .help(format!("quote it: \"{word}\"")),
            ),
            _ => self.unexpected("the name of a route"),
        }
    }

    fn diagnostic(&self, code: &'static Code, message: String) -> Diagnostic {
        Diagnostic::new(code, self.span(), message)
    }

    /// Reports a fault.
    fn report(&mut self, fault: Diagnostic) {
        let end_after_cut = self.cut && self.at_end();
        self.faults += 1;
        if end_after_cut || self.faults > FAULTS_MAX {
            return;
        }
        if self.faults == FAULTS_MAX {
            let message = "too many faults, the rest is not shown".to_owned();
            self.found.push(Diagnostic::new(&codes::TOO_MANY_ERRORS, fault.span, message));
            return;
        }
        self.found.push(fault);
    }

    fn fail<T>(&mut self, fault: Diagnostic) -> Parse<T> {
        self.report(fault);
        Err(Failed)
    }

    /// The next token is not what it must be.
    fn unexpected<T>(&mut self, wanted: &str) -> Parse<T> {
        if let TokenKind::Clause(word) = *self.kind() {
            return self.blank_sensitive(word, wanted);
        }
        let fault = self
            .diagnostic(&codes::UNEXPECTED, format!("expected {wanted}, found {}", self.describe()))
            .label("not expected here");
        self.fail(fault)
    }

    /// A clause word where nobody wants one.
    fn blank_sensitive<T>(&mut self, word: &str, wanted: &str) -> Parse<T> {
        let fault = self
            .diagnostic(
                &codes::BLANKS,
                format!("`{word}` between blanks is the word of a clause, not {wanted}"),
            )
            .label("taken with the blanks around it")
            .note("OpenSIPS reads it that way; a carriage return counts as a blank");
        let fault = match word {
            "on" => fault.help("write `yes`, which has no second meaning"),
            "tos" => fault.help("begin the line with `tos`"),
            _ => fault.help("remove a blank"),
        };
        self.fail(fault)
    }

    /// The next token in words.
    fn describe(&self) -> String {
        let text = String::from_utf8_lossy(self.source.slice(self.span())).into_owned();
        match self.kind() {
            TokenKind::End => "the end of the script".to_owned(),
            TokenKind::Text(_) => "a string".to_owned(),
            TokenKind::Variable => format!("the variable `{text}`"),
            TokenKind::Number(_) => format!("the number `{text}`"),
            TokenKind::Keyword(_) => format!("the keyword `{text}`"),
            TokenKind::Word => format!("`{text}`"),
            _ => format!("`{}`", text.trim()),
        }
    }

    /// Runs `inner` one expression deeper.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.expressions >= EXPRESSION_DEPTH_MAX {
            return self.too_deep("this expression is nested more than 100 deep");
        }
        self.expressions += 1;
        let result = inner(self);
        self.expressions -= 1;
        result
    }

    fn too_deep<T>(&mut self, message: &str) -> Parse<T> {
        let fault = self.diagnostic(&codes::TOO_DEEP, message.to_owned()).label("too deep here");
        self.fail(fault)
    }
}
