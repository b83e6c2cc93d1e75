//! Commands, conditions and values (LANGUAGE 4.1, 5.2, 5.3).

use super::{EXPRESSION_DEPTH_MAX, Parse, Parser};
use crate::diagnostics::codes;
use crate::ir::{BinaryOp, CompareOp};
use crate::source::Span;
use crate::syntax::token::TokenKind;
use crate::syntax::tree::{
    Argument, Call, Compare, Condition, Name, Operand, RouteTarget, Scalar, Statement, StatementKind, Value,
    Variable,
};

impl Parser<'_> {
    /// A call, or one of the words that are called like functions.
    pub(super) fn command(&mut self) -> Parse<Statement> {
        let start = self.span();
        let kind = match *self.kind() {
            TokenKind::Word => {
                let name = self.name_here();
                StatementKind::Call(self.call(name)?)
            }
            TokenKind::Keyword(word) => self.keyword_command(word)?,
            _ => return self.no_statement(),
        };
        Ok(Statement { kind, span: start.to(self.before()) })
    }

    fn keyword_command(&mut self, word: &'static str) -> Parse<StatementKind> {
        match word {
            "exit" | "drop" => {
                self.advance();
                if self.is("(") {
                    self.advance();
                    self.expect(")", &format!("`{word}(`"))?;
                }
                Ok(if word == "exit" { StatementKind::Exit } else { StatementKind::Drop })
            }
            "return" => self.return_command(),
            "route" => self.route_command(),
            "assert" => self.assert_command(),
            "xlog" => self.xlog_command(),
            "xdbg" => {
                let text = self.in_parentheses(|p| p.texts("a string"))?;
                Ok(StatementKind::Xdbg(text))
            }
            "log" => self.log_command(),
            "error" => self.in_parentheses(|p| {
                let class = p.text("a string")?;
                p.expect(",", "the class")?;
                Ok(StatementKind::Error { class, text: p.text("a string")? })
            }),
            "async" => self.async_command(),
            "launch" => self.launch_command(),
            _ => self.no_statement(),
        }
    }

    /// Something that begins no statement.
    fn no_statement<T>(&mut self) -> Parse<T> {
        let found = self.describe();
        let fault = match *self.kind() {
            TokenKind::Symbol("{") => self
                .diagnostic(&codes::LONE_BLOCK, "a block that belongs to nothing".to_owned())
                .label("no if, else, while, for or switch in front of it"),
            TokenKind::Keyword("else") => self
                .diagnostic(&codes::UNEXPECTED, "`else` without `if`".to_owned())
                .label("the `if` has ended before")
                .note("the body of an if without braces is one statement"),
            TokenKind::Keyword("case" | "default") => self
                .diagnostic(&codes::BAD_CASE, format!("{found} outside a switch"))
                .label("not directly in a switch"),
            TokenKind::Keyword(word) if self.is_at(1, "(") => self
                .diagnostic(&codes::RESERVED_NAME, format!("`{word}` is a keyword and cannot be called"))
                .label("keyword"),
            TokenKind::Clause(word) => return self.blank_sensitive(word, "a statement"),
            _ => self
                .diagnostic(&codes::UNEXPECTED, format!("expected a statement, found {found}"))
                .label("begins no statement"),
        };
        self.fail(fault)
    }

    /// The keyword, then `( inner )`.
    fn in_parentheses<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let word = self.advance();
        let word = String::from_utf8_lossy(self.source.slice(word)).into_owned();
        self.expect("(", &format!("`{word}`"))?;
        let result = inner(self)?;
        self.expect(")", &format!("the arguments of `{word}`"))?;
        Ok(result)
    }

    pub(super) fn call(&mut self, name: Name) -> Parse<Call> {
        if !self.is("(") {
            return self.bare_word(&name);
        }
        self.advance();
        let mut args = Vec::new();
        if !self.is(")") {
            loop {
                args.push(self.argument()?);
                if self.eat(",").is_none() {
                    break;
                }
            }
            if !self.is(")") {
                return self.after_argument();
            }
        }
        let span = name.span.to(self.advance());
        Ok(Call { name, args, span })
    }

    fn argument(&mut self) -> Parse<Argument> {
        if self.is(",") || self.is(")") {
            let at = self.span();
            return Ok(Argument::Empty(Span { end: at.start, ..at }));
        }
        match self.scalar() {
            Some(scalar) => scalar.map(Argument::Scalar),
            None => {
                let fault = self
                    .diagnostic(&codes::BAD_ARGUMENT, format!("{} cannot be an argument", self.describe()))
                    .label("expected a string, a number, a variable or nothing");
                let fault = match self.kind() {
                    TokenKind::Null => fault.help("leave the position empty to omit an argument"),
                    TokenKind::Ipv4 | TokenKind::Ipv6 | TokenKind::Network => fault.help("put it in quotes"),
                    TokenKind::Word if self.is_at(1, "(") => {
                        fault.help("assign the result of the call to a $var and pass that")
                    }
                    TokenKind::Word | TokenKind::Keyword(_) => fault.help("put it in quotes"),
                    _ => fault,
                };
                self.fail(fault)
            }
        }
    }

    fn after_argument<T>(&mut self) -> Parse<T> {
        let message = format!("expected `,` or `)` after an argument, found {}", self.describe());
        let fault = self.diagnostic(&codes::BAD_ARGUMENT, message).label("not expected here");
        let fault = match self.kind() {
            TokenKind::Text(_) => fault.note("adjacent strings are joined only in modparam, xlog and xdbg"),
            TokenKind::Symbol("+" | "-" | "*" | "/" | "%" | "|" | "&" | "==" | "!=") => fault
                .note("an argument cannot be an expression")
                .help("compute it in a $var first, or write one format string"),
            _ => fault,
        };
        self.fail(fault)
    }

    /// A string, number or variable, if one comes next.
    fn scalar(&mut self) -> Option<Parse<Scalar>> {
        match self.kind() {
            TokenKind::Text(_) => Some(self.text("a string").map(Scalar::Text)),
            TokenKind::Variable => Some(self.variable("a variable").map(Scalar::Variable)),
            _ if self.at_number() => Some(self.number("a number").map(Scalar::Number)),
            _ => None,
        }
    }

    /// A scalar or NULL.
    fn scalar_or_null(&mut self, what: &str) -> Parse<Scalar> {
        if matches!(self.kind(), TokenKind::Null) {
            return Ok(Scalar::Null(self.advance()));
        }
        match self.scalar() {
            Some(scalar) => scalar,
            None => self.unexpected(what),
        }
    }

    fn route_command(&mut self) -> Parse<StatementKind> {
        self.in_parentheses(|p| {
            let target = p.route_target()?;
            let mut args = Vec::new();
            while p.eat(",").is_some() {
                args.push(p.scalar_or_null("a string, a number, a variable or NULL")?);
            }
            Ok(StatementKind::Route { target, args })
        })
    }

    fn route_target(&mut self) -> Parse<RouteTarget> {
        match self.kind().clone() {
            TokenKind::Variable => Ok(RouteTarget::Variable(self.variable("a variable")?)),
            TokenKind::Text(value) if value.contains(&b'$') => {
                Ok(RouteTarget::Format(self.text("a string")?))
            }
            _ => self.route_name().map(RouteTarget::Fixed),
        }
    }

    fn return_command(&mut self) -> Parse<StatementKind> {
        self.advance();
        let (mut value, mut extras) = (None, Vec::new());
        if self.eat("(").is_some() {
            if !self.is(")") && !self.is(",") {
                value = Some(self.return_value()?);
            }
            while self.eat(",").is_some() {
                extras.push(self.scalar_or_null("a string, a number, a variable or NULL")?);
            }
            self.expect(")", "the values of `return`")?;
        } else if matches!(self.kind(), TokenKind::Variable) || self.at_number() {
            value = Some(self.return_value()?);
        }
        Ok(StatementKind::Return { value, extras })
    }

    fn return_value(&mut self) -> Parse<Scalar> {
        if matches!(self.kind(), TokenKind::Variable) {
            return self.variable("a variable").map(Scalar::Variable);
        }
        self.number("a number or a variable").map(Scalar::Number)
    }

    fn assert_command(&mut self) -> Parse<StatementKind> {
        self.in_parentheses(|p| {
            let condition = p.condition()?;
            let message = if p.eat(",").is_some() { Some(p.text("a string")?) } else { None };
            Ok(StatementKind::Assert { condition, message })
        })
    }

    fn xlog_command(&mut self) -> Parse<StatementKind> {
        self.in_parentheses(|p| {
            let from = p.at;
            let first = p.texts("a string")?;
            if p.is(",") && p.at > from + 1 {
                return p.unexpected("`)`: the level is one string");
            }
            if p.eat(",").is_none() {
                return Ok(StatementKind::Xlog { level: None, text: first });
            }
            let text = p.texts("a string")?;
            Ok(StatementKind::Xlog { level: Some(first), text })
        })
    }

    fn log_command(&mut self) -> Parse<StatementKind> {
        self.in_parentheses(|p| {
            let mut level = None;
            if p.at_number() {
                level = Some(p.number("a level")?);
                p.expect(",", "the level")?;
            }
            Ok(StatementKind::Log { level, text: p.text("a string")? })
        })
    }

    fn async_command(&mut self) -> Parse<StatementKind> {
        self.in_parentheses(|p| {
            let call = p.async_call()?;
            p.expect(",", "the call")?;
            let resume = p.route_name()?;
            let timeout = if p.eat(",").is_some() { Some(p.unsigned("seconds")?) } else { None };
            Ok(StatementKind::Async { call, resume, timeout })
        })
    }

    fn launch_command(&mut self) -> Parse<StatementKind> {
        self.in_parentheses(|p| {
            let call = p.async_call()?;
            let report = if p.eat(",").is_some() { Some(p.route_name()?) } else { None };
            let with_param = report.is_some() && p.eat(",").is_some();
            let param = if with_param { Some(p.text("a string")?) } else { None };
            Ok(StatementKind::Launch { call, report, param })
        })
    }

    fn async_call(&mut self) -> Parse<Call> {
        let name = self.word("the name of a function")?;
        self.call(name)
    }

    /// `unary { (&& | ||) unary }`, strictly left to right.
    pub(super) fn condition(&mut self) -> Parse<Condition> {
        self.deeper(|p| {
            let mut left = p.negation()?;
            let mut terms = 1;
            while p.is("&&") || p.is("||") {
                let and = p.is("&&");
                p.advance();
                terms += 1;
                if terms + p.expressions > EXPRESSION_DEPTH_MAX {
                    return p.too_deep("more than 100 conditions in a row");
                }
                let right = Box::new(p.negation()?);
                left = match and {
                    true => Condition::And(Box::new(left), right),
                    false => Condition::Or(Box::new(left), right),
                };
            }
            Ok(left)
        })
    }

    fn negation(&mut self) -> Parse<Condition> {
        if self.eat("!").is_some() {
            return self.deeper(|p| Ok(Condition::Not(Box::new(p.negation()?))));
        }
        self.condition_operand()
    }

    fn condition_operand(&mut self) -> Parse<Condition> {
        match *self.kind() {
            TokenKind::Symbol("(") => {
                self.advance();
                let inner = self.condition()?;
                if !self.is(")") {
                    return self.after_condition();
                }
                self.advance();
                Ok(Condition::Group(Box::new(inner)))
            }
            TokenKind::Symbol("[") => {
                let start = self.advance();
                let value = self.value()?;
                let end = self.expect("]", "an expression in brackets")?;
                Ok(Condition::Bracket(value, start.to(end)))
            }
            TokenKind::Symbol("{") => self.block(false).map(Condition::Block),
            TokenKind::Variable => self.variable_condition(),
            TokenKind::Keyword("if") => self.deeper(|p| p.if_condition()),
            TokenKind::Word | TokenKind::Keyword(_) => {
                let command = self.command()?;
                Ok(Condition::Statement(Box::new(command)))
            }
            _ if self.at_number() => self.number("a number").map(Condition::Number),
            _ => self.no_condition(),
        }
    }

    fn if_condition(&mut self) -> Parse<Condition> {
        // The grammar of OpenSIPS has `if` as an operand of a condition.
        let body = self.if_statement(false)?;
        Ok(Condition::Statement(Box::new(body)))
    }

    fn no_condition<T>(&mut self) -> Parse<T> {
        let message = format!("expected a condition, found {}", self.describe());
        let fault = self.diagnostic(&codes::BAD_CONDITION, message).label("begins no condition");
        let fault = match self.kind() {
            TokenKind::Text(_) | TokenKind::Null | TokenKind::Ipv4 | TokenKind::Ipv6 | TokenKind::Network => {
                fault.help("put the variable on the left: `$x == …`")
            }
            TokenKind::Clause(word) => return self.blank_sensitive(word, "a condition"),
            _ => fault,
        };
        self.fail(fault)
    }

    /// A condition is complete, but neither an operator nor a parenthesis follows.
    pub(super) fn after_condition<T>(&mut self) -> Parse<T> {
        let message = format!("expected `)`, `&&` or `||` after a condition, found {}", self.describe());
        let fault = self.diagnostic(&codes::BAD_CONDITION, message).label("not expected here");
        let fault = match self.kind() {
            TokenKind::Symbol("+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" | "<<" | ">>") => fault
                .note("arithmetic stands in brackets and is only tested for being non-zero")
                .help("assign the result to a $var and compare that"),
            TokenKind::Symbol("==" | "!=" | "<" | ">" | "<=" | ">=" | "=~" | "!~") => fault
                .note("only a variable can be compared")
                .help("assign the left side to a $var and compare that"),
            TokenKind::Symbol("=") => fault.help("a comparison is written `==`"),
            TokenKind::Symbol("[" | "{") => fault.help(
                "an index or a transformation needs outer parentheses: `$(name[index]{transformation})`",
            ),
            TokenKind::Clause(word) => return self.blank_sensitive(word, "part of a condition"),
            _ => fault,
        };
        self.fail(fault)
    }

    fn variable_condition(&mut self) -> Parse<Condition> {
        if matches!(self.kind_at(1), TokenKind::Symbol(s) if is_assign(s)) {
            let assignment = self.assignment()?;
            return Ok(Condition::Statement(Box::new(assignment)));
        }
        let left = self.variable("a variable")?;
        match self.compare_op() {
            Some(op) => self.comparison(left, op).map(Condition::Compare),
            None => Ok(Condition::Variable(left)),
        }
    }

    fn compare_op(&self) -> Option<CompareOp> {
        let TokenKind::Symbol(symbol) = self.kind() else {
            return None;
        };
        Some(match *symbol {
            "==" => CompareOp::Equal,
            "!=" => CompareOp::NotEqual,
            "<" => CompareOp::Less,
            "<=" => CompareOp::LessEqual,
            ">" => CompareOp::Greater,
            ">=" => CompareOp::GreaterEqual,
            "=~" => CompareOp::Match,
            "!~" => CompareOp::NotMatch,
            _ => return None,
        })
    }

    fn comparison(&mut self, left: Variable, op: CompareOp) -> Parse<Compare> {
        let sign = self.advance();
        let equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
        let matching = matches!(op, CompareOp::Match | CompareOp::NotMatch);
        let right = match self.kind() {
            TokenKind::Text(_) | TokenKind::Variable => match self.scalar() {
                Some(scalar) => Operand::Scalar(scalar?),
                None => return self.unexpected("a value"),
            },
            TokenKind::Null if equality => Operand::Scalar(Scalar::Null(self.advance())),
            TokenKind::Ipv4 | TokenKind::Ipv6 | TokenKind::Network | TokenKind::Symbol("[") if equality => {
                Operand::Network(self.network()?)
            }
            _ if !matching && self.at_number() => Operand::Scalar(Scalar::Number(self.number("a number")?)),
            _ => return self.bad_operand(sign),
        };
        Ok(Compare { left, op, right, span: left.span.to(self.before()) })
    }

    fn bad_operand<T>(&mut self, sign: Span) -> Parse<T> {
        let sign = String::from_utf8_lossy(self.source.slice(sign)).into_owned();
        let message = format!("{} cannot stand on the right of `{sign}`", self.describe());
        let wanted = match sign.as_str() {
            "=~" | "!~" => "expected a string or a variable",
            "==" | "!=" => "expected a variable, a string, a number, NULL or a network",
            _ => "expected a variable, a string or a number",
        };
        let fault = self.diagnostic(&codes::BAD_CONDITION, message).label(wanted);
        let fault = match self.kind() {
            TokenKind::Word if self.is_at(1, "(") => {
                fault.help("assign the result of the call to a $var first")
            }
            TokenKind::Word | TokenKind::Keyword(_) => fault.help("put text in quotes"),
            TokenKind::Clause(word) => return self.blank_sensitive(word, "a value"),
            _ => fault,
        };
        self.fail(fault)
    }

    /// A value: two levels of binary operators, each from left to right.
    pub(super) fn value(&mut self) -> Parse<Value> {
        self.deeper(|p| p.binary(0))
    }

    fn binary(&mut self, level: usize) -> Parse<Value> {
        if level == LEVELS.len() {
            return self.value_operand();
        }
        let mut left = self.binary(level + 1)?;
        let mut terms = 1;
        while let Some((_, op)) = LEVELS[level].iter().find(|(sign, _)| self.is(sign)) {
            let op_span = self.advance();
            terms += 1;
            if terms + self.expressions > EXPRESSION_DEPTH_MAX {
                return self.too_deep("more than 100 operators in a row");
            }
            let right = Box::new(self.binary(level + 1)?);
            left = Value::Binary { op: *op, op_span, left: Box::new(left), right };
        }
        Ok(left)
    }

    fn value_operand(&mut self) -> Parse<Value> {
        match *self.kind() {
            TokenKind::Symbol("~") => {
                self.advance();
                self.deeper(|p| Ok(Value::Complement(Box::new(p.value_operand()?))))
            }
            TokenKind::Symbol("(") => {
                self.advance();
                let inner = self.value()?;
                self.expect(")", "an expression in parentheses")?;
                Ok(Value::Group(Box::new(inner)))
            }
            TokenKind::Variable => {
                let left = self.variable("a variable")?;
                match self.compare_op() {
                    Some(op) => self.comparison(left, op).map(Value::Compare),
                    None => Ok(Value::Scalar(Scalar::Variable(left))),
                }
            }
            TokenKind::Word => self.command().map(|c| Value::Statement(Box::new(c))),
            TokenKind::Keyword(word) if is_command(word) => {
                self.command().map(|c| Value::Statement(Box::new(c)))
            }
            _ => match self.scalar() {
                Some(scalar) => scalar.map(Value::Scalar),
                None => self.no_value(),
            },
        }
    }

    fn no_value<T>(&mut self) -> Parse<T> {
        let message = format!("expected a value, found {}", self.describe());
        let fault = self.diagnostic(&codes::BAD_VALUE, message).label("begins no value");
        let fault = match self.kind() {
            TokenKind::Symbol("-" | "+") => {
                fault.note("a sign stands only before a number").help("write `0 - …`, or `-1 * …`")
            }
            TokenKind::Symbol("!") => fault.note("`!` stands only in conditions"),
            TokenKind::Null => fault.note("NULL stands alone after `=` or `:=`"),
            TokenKind::Clause(word) => return self.blank_sensitive(word, "a value"),
            _ => fault,
        };
        self.fail(fault)
    }
}

/// Lowest first; each level is one precedence (LANGUAGE 5.2).
const LEVELS: [&[(&str, BinaryOp)]; 2] = [
    &[
        ("|", BinaryOp::Or),
        ("&", BinaryOp::And),
        ("^", BinaryOp::Xor),
        ("<<", BinaryOp::ShiftLeft),
        (">>", BinaryOp::ShiftRight),
    ],
    &[
        ("+", BinaryOp::Add),
        ("-", BinaryOp::Subtract),
        ("*", BinaryOp::Multiply),
        ("/", BinaryOp::Divide),
        ("%", BinaryOp::Remainder),
    ],
];

fn is_assign(symbol: &str) -> bool {
    matches!(symbol, "=" | ":=" | "+=" | "-=" | "*=" | "/=" | "%=" | "&=" | "|=" | "^=")
}

/// Keywords that begin a command, which may stand in a value.
fn is_command(word: &str) -> bool {
    matches!(
        word,
        "exit"
            | "drop"
            | "return"
            | "route"
            | "assert"
            | "xlog"
            | "xdbg"
            | "log"
            | "error"
            | "async"
            | "launch"
    )
}
