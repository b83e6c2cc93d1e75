//! Which tokens begin a line, and how deep.

use std::collections::HashMap;

use super::Read;
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::tree::{Body, Case, Condition, Item, Statement, StatementKind};

/// What the tree says of a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Tabs in front of it.
    pub level: usize,
    /// Tabs in front of the comments before it.
    pub comments: usize,
    /// Tabs more in front of the lines that go on with it.
    pub hang: usize,
    /// When it begins a line.
    pub line: Line,
    /// Whether the blanks of a configuration line follow it, instead of those of statements.
    pub configuration: bool,
}

/// When a token begins a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Always, with an empty line before it.
    Apart,
    /// Always.
    Always,
    /// When it does so already.
    AsItIs,
    /// Only after a comment that ends with its line.
    Never,
}

/// The marks of all tokens that have one, by where they begin.
pub(super) fn marks(read: &Read) -> HashMap<u32, Mark> {
    let mut marks = Marks { read, found: HashMap::new() };
    for item in &read.script.items {
        marks.item(item);
    }
    marks.found
}

struct Marks<'a> {
    read: &'a Read,
    found: HashMap<u32, Mark>,
}

impl Marks<'_> {
    fn mark(&mut self, at: u32, level: usize, line: Line) {
        let mark = Mark { level, comments: level, hang: 1, line, configuration: false };
        self.found.insert(at, mark);
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Global(global) => {
                self.mark(global.span.start, 0, Line::Always);
                if let Some(mark) = self.found.get_mut(&global.span.start) {
                    mark.configuration = true;
                }
            }
            Item::LoadModule(_, span) => self.mark(span.start, 0, Line::Always),
            Item::ModParam(param) => self.mark(param.span.start, 0, Line::Always),
            Item::Route(route) => {
                self.mark(route.span.start, 0, Line::Apart);
                self.body(&route.body, 0);
            }
        }
    }

    fn body(&mut self, body: &Body, level: usize) {
        if body.braces {
            self.mark(body.span.start, level, Line::Never);
            body.statements.iter().for_each(|s| self.statement(s, level + 1));
            self.close(body.span.end, level);
            return;
        }
        for statement in &body.statements {
            let broken = self.breaks_before(statement.span.start);
            self.statement(statement, level + usize::from(broken));
            if let Some(mark) = self.found.get_mut(&statement.span.start) {
                mark.line = Line::AsItIs;
                mark.level = level + 1;
                mark.comments = level + 1;
            }
        }
    }

    /// The brace that ends a block.
    fn close(&mut self, end: u32, level: usize) {
        let Some(at) = end.checked_sub(1) else { return };
        self.mark(at, level, Line::Always);
        if let Some(mark) = self.found.get_mut(&at) {
            mark.comments = level + 1;
        }
    }

    fn statement(&mut self, statement: &Statement, level: usize) {
        let line = match statement.kind {
            StatementKind::Empty if !self.is_first(statement.span.start) => Line::AsItIs,
            _ => Line::Always,
        };
        self.mark(statement.span.start, level, line);
        self.parts(statement, level);
    }

    /// What stands inside a statement.
    fn parts(&mut self, statement: &Statement, level: usize) {
        match &statement.kind {
            StatementKind::If { arms, otherwise } => {
                self.hang(statement.span.start);
                for (index, arm) in arms.iter().enumerate() {
                    if let Some(before) = index.checked_sub(1).and_then(|i| arms.get(i)) {
                        self.otherwise(&before.body, level);
                    }
                    self.condition(&arm.condition, level);
                    self.body(&arm.body, level);
                }
                if let (Some(last), Some(body)) = (arms.last(), otherwise) {
                    self.otherwise(&last.body, level);
                    self.body(body, level);
                }
            }
            StatementKind::While { condition, body } => {
                self.hang(statement.span.start);
                self.condition(condition, level);
                self.body(body, level);
            }
            StatementKind::ForEach { body, .. } => self.body(body, level),
            StatementKind::Switch { cases, default, .. } => {
                cases.iter().for_each(|case| self.case(case, level));
                if let Some(body) = default {
                    self.mark(body.span.start, level, Line::Always);
                    body.statements.iter().for_each(|s| self.statement(s, level + 1));
                }
                self.close(statement.span.end, level);
            }
            StatementKind::Assert { condition, .. } => self.condition(condition, level),
            _ => {}
        }
    }

    fn hang(&mut self, at: u32) {
        if let Some(mark) = self.found.get_mut(&at) {
            mark.hang = 2;
        }
    }

    fn case(&mut self, case: &Case, level: usize) {
        self.mark(case.span.start, level, Line::Always);
        case.body.iter().for_each(|s| self.statement(s, level + 1));
    }

    /// The `else` after a body.
    fn otherwise(&mut self, before: &Body, level: usize) {
        let after = self.read.tokens.partition_point(|t| t.span.start < before.span.end);
        let is_else = |t: &&Token| matches!(t.kind, TokenKind::Keyword("else"));
        if let Some(token) = self.read.tokens[after..].iter().find(is_else) {
            self.mark(token.span.start, level, if before.braces { Line::Never } else { Line::Always });
        }
    }

    fn condition(&mut self, condition: &Condition, level: usize) {
        match condition {
            Condition::And(a, b) | Condition::Or(a, b) => {
                self.condition(a, level);
                self.condition(b, level);
            }
            Condition::Not(inner) | Condition::Group(inner) => self.condition(inner, level),
            Condition::Block(body) => self.body(body, level),
            Condition::Statement(statement) => self.parts(statement, level),
            _ => {}
        }
    }

    /// Whether a block or the label of a case begins right before a place.
    fn is_first(&self, at: u32) -> bool {
        let before = self.read.tokens.partition_point(|t| t.span.start < at);
        let token = before.checked_sub(1).and_then(|i| self.read.tokens.get(i));
        token.is_some_and(|t| matches!(t.kind, TokenKind::Symbol("{" | ":")))
    }

    /// Whether a line ends between the token before a place and the place.
    fn breaks_before(&self, at: u32) -> bool {
        let before = &self.read.source.text[..at as usize];
        before.iter().rev().take_while(|b| b.is_ascii_whitespace()).any(|b| *b == b'\n')
    }
}
