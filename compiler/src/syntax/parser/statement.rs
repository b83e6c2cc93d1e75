//! Statements (LANGUAGE 4.1).

use super::{BLOCK_DEPTH_MAX, Failed, Parse, Parser};
use crate::diagnostics::{Diagnostic, codes, nearest};
use crate::ir::AssignOp;
use crate::source::Span;
use crate::syntax::token::TokenKind;
use crate::syntax::tree::{Arm, Body, Case, Name, Scalar, Statement, StatementKind, Variable};

/// Words that begin a statement, for "did you mean".
const STATEMENT_WORDS: &[&str] = &[
    "if", "else", "while", "for", "switch", "case", "default", "break", "return", "exit", "drop", "route",
    "xlog", "xdbg", "log", "assert", "async", "launch", "error",
];

impl Parser<'_> {
    /// `{ … }`; empty ones too. `breakable`: `break` may stand in it.
    pub(super) fn block(&mut self, breakable: bool) -> Parse<Body> {
        if self.blocks >= BLOCK_DEPTH_MAX {
            let from = self.at;
            let result = self.too_deep("blocks are nested more than 64 deep");
            self.advance();
            self.skip_braces(from);
            return result;
        }
        self.blocks += 1;
        let open = self.advance();
        let statements = self.statements(breakable, open);
        self.blocks -= 1;
        let (statements, closed) = statements;
        if !closed {
            return Err(Failed);
        }
        Ok(Body { statements, braces: true, span: open.to(self.before()) })
    }

    /// Statements up to and with `}`; false when it never comes.
    fn statements(&mut self, breakable: bool, open: Span) -> (Vec<Statement>, bool) {
        let mut statements = Vec::new();
        loop {
            if self.eat("}").is_some() {
                return (statements, true);
            }
            if self.at_end()
                || self.begins_route()
                || self.is_keyword("loadmodule")
                || self.is_keyword("modparam")
            {
                let fault = self
                    .diagnostic(
                        &codes::UNEXPECTED,
                        format!("expected `}}` or a statement, found {}", self.describe()),
                    )
                    .label("a block is still open here")
                    .at(open, "it begins here");
                self.report(fault);
                return (statements, self.at_end() && self.cut);
            }
            statements.extend(self.recovering(breakable));
        }
    }

    /// One statement; after a fault, goes on behind it.
    fn recovering(&mut self, breakable: bool) -> Option<Statement> {
        let before = self.at;
        match self.statement(breakable) {
            Ok(statement) => Some(statement),
            Err(Failed) => {
                self.skip_statement(breakable, before);
                None
            }
        }
    }

    /// Skips to behind the next `;`, to the next `}`, or to what can only begin an item. Blocks on the way are
    /// read, for the faults in them.
    fn skip_statement(&mut self, breakable: bool, before: usize) {
        if self.at == before && !self.is("}") && !self.is("{") {
            self.advance();
        }
        let mut parens = 0usize;
        while !self.at_end() && !self.is("}") && !self.begins_route() {
            match self.kind() {
                TokenKind::Symbol(";") if parens == 0 => {
                    self.advance();
                    return;
                }
                TokenKind::Symbol("{") => {
                    let _ = self.block(breakable);
                    return;
                }
                TokenKind::Keyword("loadmodule" | "modparam") => return,
                TokenKind::Symbol("(") => parens += 1,
                TokenKind::Symbol(")") => parens = parens.saturating_sub(1),
                TokenKind::Symbol(";") => parens = 0,
                _ => {}
            }
            self.advance();
        }
    }

    /// The body of `if`, `while` and `for`: a block or one statement.
    fn body(&mut self, breakable: bool) -> Parse<Body> {
        if self.is("{") {
            return self.block(breakable);
        }
        if self.blocks >= BLOCK_DEPTH_MAX {
            return self.too_deep("statements are nested more than 64 deep");
        }
        self.blocks += 1;
        let statement = self.statement(breakable);
        self.blocks -= 1;
        let statement = statement?;
        Ok(Body { span: statement.span, statements: vec![statement], braces: false })
    }

    fn statement(&mut self, breakable: bool) -> Parse<Statement> {
        let start = self.span();
        let kind = match *self.kind() {
            TokenKind::Symbol(";") => {
                self.advance();
                return Ok(Statement { kind: StatementKind::Empty, span: start });
            }
            TokenKind::Keyword("if") => return self.if_statement(breakable),
            TokenKind::Keyword("while") => self.while_statement()?,
            TokenKind::Keyword("for") => self.for_statement()?,
            TokenKind::Keyword("switch") => self.switch_statement()?,
            TokenKind::Keyword("break") => return self.break_statement(breakable),
            TokenKind::Variable => {
                let assignment = self.assignment()?;
                self.semicolon(&assignment, "this assignment")?;
                return Ok(assignment);
            }
            _ => {
                let command = self.command()?;
                self.semicolon(&command, "this statement")?;
                return Ok(command);
            }
        };
        Ok(Statement { kind, span: start.to(self.before()) })
    }

    fn semicolon(&mut self, of: &Statement, what: &str) -> Parse<()> {
        if self.eat(";").is_some() {
            return Ok(());
        }
        if let TokenKind::Clause(word) = *self.kind() {
            return self.blank_sensitive(word, "`;`");
        }
        // The place where it is missing, not the token that follows, which may be lines away.
        let at = Span { start: of.span.end, end: of.span.end + 1, ..self.before() };
        let fault = Diagnostic::new(&codes::MISSING_SEMICOLON, at, format!("expected `;` after {what}"))
            .label(format!("`;` expected before {}", self.describe()))
            .opensips("bad command: missing ';'?");
        self.report(fault);
        // When the next statement clearly begins, nothing needs to be skipped.
        if self.is("}") || self.begins_statement() { Ok(()) } else { Err(Failed) }
    }

    fn begins_statement(&self) -> bool {
        match self.kind() {
            TokenKind::Variable => true,
            TokenKind::Word => self.is_at(1, "("),
            TokenKind::Keyword(word) => STATEMENT_WORDS.contains(word),
            _ => false,
        }
    }

    pub(super) fn if_statement(&mut self, breakable: bool) -> Parse<Statement> {
        let start = self.span();
        let mut arms = Vec::new();
        let mut otherwise = None;
        let mut failed = false;
        loop {
            let span = self.advance();
            let condition = self.parenthesised("if");
            let body = self.body(breakable)?;
            match condition {
                Ok(condition) => arms.push(Arm { condition, span: span.to(body.span), body }),
                Err(Failed) => failed = true,
            }
            if self.eat_keyword("else").is_none() {
                break;
            }
            if !self.is_keyword("if") {
                otherwise = Some(self.body(breakable)?);
                break;
            }
        }
        if failed {
            // Reported; nothing is left to skip.
            return Ok(Statement { kind: StatementKind::Empty, span: start });
        }
        let kind = StatementKind::If { arms, otherwise };
        Ok(Statement { kind, span: start.to(self.before()) })
    }

    /// `( condition )`; after a fault in it goes on behind the closing parenthesis.
    fn parenthesised(&mut self, keyword: &str) -> Parse<crate::syntax::tree::Condition> {
        let before = self.at;
        let condition = self.condition_in_parentheses(keyword);
        if condition.is_err() {
            self.skip_parentheses(before)?;
        }
        condition
    }

    fn condition_in_parentheses(&mut self, keyword: &str) -> Parse<crate::syntax::tree::Condition> {
        self.expect("(", &format!("`{keyword}`"))?;
        let condition = self.condition()?;
        if !self.is(")") {
            return self.after_condition();
        }
        self.advance();
        Ok(condition)
    }

    /// From wherever a fault in parentheses was met to behind the one that closes them.
    fn skip_parentheses(&mut self, from: usize) -> Parse<()> {
        let depth_of = |kind: &TokenKind| match kind {
            TokenKind::Symbol("(") => 1i64,
            TokenKind::Symbol(")") => -1,
            _ => 0,
        };
        let mut depth: i64 = self.tokens[from..self.at].iter().map(|t| depth_of(&t.kind)).sum();
        while !self.at_end() && !self.is("{") && !self.is("}") && !self.is(";") && !self.begins_route() {
            depth += depth_of(self.kind());
            self.advance();
            if depth <= 0 {
                return Ok(());
            }
        }
        if self.is("{") { Ok(()) } else { Err(Failed) }
    }

    fn while_statement(&mut self) -> Parse<StatementKind> {
        self.advance();
        let condition = self.parenthesised("while");
        let body = self.body(true)?;
        Ok(match condition {
            Ok(condition) => StatementKind::While { condition, body },
            Err(Failed) => StatementKind::Empty,
        })
    }

    fn for_statement(&mut self) -> Parse<StatementKind> {
        self.advance();
        let before = self.at;
        let head = self.for_head();
        if head.is_err() {
            self.skip_parentheses(before)?;
        }
        let body = self.body(true)?;
        Ok(match head {
            Ok((iterator, source)) => StatementKind::ForEach { iterator, source, body },
            Err(Failed) => StatementKind::Empty,
        })
    }

    fn for_head(&mut self) -> Parse<(Variable, Variable)> {
        self.expect("(", "`for`")?;
        let iterator = self.variable("the iterator of `for ($it in $(list[*]))`")?;
        if self.eat_keyword("in").is_none() {
            return self.unexpected("`in` after the iterator");
        }
        let source = self.variable("the list of `for ($it in $(list[*]))`")?;
        self.expect(")", "the list")?;
        Ok((iterator, source))
    }

    pub(super) fn variable(&mut self, what: &str) -> Parse<Variable> {
        if matches!(self.kind(), TokenKind::Variable) {
            return Ok(Variable { span: self.advance() });
        }
        self.unexpected(what)
    }

    fn switch_statement(&mut self) -> Parse<StatementKind> {
        let start = self.advance();
        self.expect("(", "`switch`")?;
        let subject = self.variable("a variable to switch on")?;
        self.expect(")", "the variable")?;
        let from = self.at;
        self.expect("{", "`switch (…)`")?;
        match self.switch_body(start) {
            Ok((cases, default)) => Ok(StatementKind::Switch { subject, cases, default }),
            Err(Failed) => {
                self.skip_braces(from);
                Ok(StatementKind::Empty)
            }
        }
    }

    /// From wherever a fault in braces was met to the one that closes them.
    fn skip_braces(&mut self, from: usize) {
        let depth_of = |kind: &TokenKind| match kind {
            TokenKind::Symbol("{") => 1i64,
            TokenKind::Symbol("}") => -1,
            _ => 0,
        };
        let mut depth: i64 = self.tokens[from..self.at].iter().map(|t| depth_of(&t.kind)).sum();
        while depth > 0 && !self.at_end() && !self.begins_route() {
            depth += depth_of(self.kind());
            self.advance();
        }
    }

    fn switch_body(&mut self, start: Span) -> Parse<(Vec<Case>, Option<Body>)> {
        let (mut cases, mut default) = (Vec::new(), None);
        while self.is_keyword("case") {
            cases.push(self.case()?);
        }
        if cases.is_empty() {
            let fault = self
                .diagnostic(&codes::BAD_CASE, format!("expected `case`, found {}", self.describe()))
                .label("a switch needs at least one case");
            return self.fail(fault);
        }
        if let Some(span) = self.eat_keyword("default") {
            self.expect(":", "`default`")?;
            let statements = self.case_body();
            default = Some(Body { statements, braces: false, span: span.to(self.before()) });
        }
        if self.is_keyword("case") {
            let fault = self
                .diagnostic(&codes::BAD_CASE, "a case after `default`".to_owned())
                .label("`default` must be the last")
                .at(start, "in this switch");
            return self.fail(fault);
        }
        self.expect("}", "the cases")?;
        Ok((cases, default))
    }

    fn case(&mut self) -> Parse<Case> {
        let start = self.advance();
        let label = if matches!(self.kind(), TokenKind::Text(_)) {
            Scalar::Text(self.text("a label")?)
        } else if self.at_number() {
            Scalar::Number(self.number("a label")?)
        } else {
            return self.unexpected("a number or a string as the label of a case");
        };
        self.expect(":", "the label of a case")?;
        let span = start.to(self.before());
        let body = self.case_body();
        Ok(Case { label, body, span })
    }

    fn case_body(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while !self.at_end() && !self.is("}") && !self.is_keyword("case") && !self.is_keyword("default") {
            if self.begins_route() {
                break;
            }
            statements.extend(self.recovering(true));
        }
        statements
    }

    fn break_statement(&mut self, breakable: bool) -> Parse<Statement> {
        let span = self.advance();
        if !breakable {
            let fault =
                Diagnostic::new(&codes::MISPLACED_BREAK, span, "`break` outside a loop or a case".to_owned())
                    .label("there is nothing to break out of")
                    .help("`return` leaves a route");
            return self.fail(fault);
        }
        let statement = Statement { kind: StatementKind::Break, span };
        self.semicolon(&statement, "`break`")?;
        Ok(statement)
    }

    /// `$x op value`.
    pub(super) fn assignment(&mut self) -> Parse<Statement> {
        let target = self.variable("a variable")?;
        let Some(op) = self.assign_op() else {
            let fault = self
                .diagnostic(&codes::UNEXPECTED, format!("expected an assignment, found {}", self.describe()))
                .label("`=` or another assignment operator expected");
            let wide = self.source.slice(Span { end: self.span().end, ..target.span });
            let fault = match self.kind() {
                TokenKind::Symbol("[" | "{") => {
                    let whole = String::from_utf8_lossy(&wide[1..wide.len() - 1]).into_owned();
                    fault.help(format!("an index or a transformation needs outer parentheses: `$({whole}…)`"))
                }
                TokenKind::Symbol("+" | "-") => fault.note("there is no `++` or `--`"),
                _ => fault,
            };
            return self.fail(fault);
        };
        let op_span = self.advance();
        if matches!(op, AssignOp::Set | AssignOp::Replace) && matches!(self.kind(), TokenKind::Null) {
            let end = self.advance();
            return Ok(Statement {
                kind: StatementKind::AssignNull { target, op },
                span: target.span.to(end),
            });
        }
        let value = self.value()?;
        let span = target.span.to(self.before());
        Ok(Statement { kind: StatementKind::Assign { target, op, op_span, value }, span })
    }

    pub(super) fn assign_op(&self) -> Option<AssignOp> {
        let TokenKind::Symbol(symbol) = self.kind() else {
            return None;
        };
        Some(match *symbol {
            "=" => AssignOp::Set,
            ":=" => AssignOp::Replace,
            "+=" => AssignOp::Add,
            "-=" => AssignOp::Subtract,
            "*=" => AssignOp::Multiply,
            "/=" => AssignOp::Divide,
            "%=" => AssignOp::Remainder,
            "&=" => AssignOp::And,
            "|=" => AssignOp::Or,
            "^=" => AssignOp::Xor,
            _ => return None,
        })
    }

    /// A word that is neither a keyword nor called.
    pub(super) fn bare_word<T>(&mut self, name: &Name) -> Parse<T> {
        let text = String::from_utf8_lossy(&name.text).into_owned();
        let fault = Diagnostic::new(
            &codes::BARE_WORD,
            name.span,
            format!("`{text}` is neither a statement nor a call"),
        )
        .label("bare word")
        .opensips(format!("bare word <{text}> found, command calls need '()'"));
        let fault = match nearest(&text, STATEMENT_WORDS.iter().copied()) {
            Some(word) => fault.help(format!("is `{word}` meant? To call a function, write `{text}()`")),
            None => fault.help(format!("to call a function, write `{text}()`")),
        };
        self.fail(fault)
    }
}
