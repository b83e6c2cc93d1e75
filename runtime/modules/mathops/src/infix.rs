//! Expressions as people write them: numbers, `+ - * / % ^`, parentheses and functions of one argument.
//!
//! `^` takes its operands from left to right, and a sign binds closer than `^`: `-2^2` is 4. A function takes
//! the number or parenthesis behind it: `sqrt 16` and `sqrt(16)` are the same.

use crate::number::parse_start;

/// Parentheses, functions and signs nested deeper than this are refused.
const DEPTH_MAX: u32 = 200;

/// The value; `None` when the text is no expression, or has none.
pub(crate) fn evaluate(text: &[u8]) -> Option<f64> {
    let mut parser = Parser { rest: text, token: Token::End, depth: 0 };
    parser.next()?;
    let value = parser.sum()?;
    (parser.token == Token::End && !value.is_nan()).then_some(value)
}

type Unary = fn(f64) -> f64;

const FUNCTIONS: &[(&str, Unary)] = &[
    ("abs", f64::abs),
    ("acos", f64::acos),
    ("asin", f64::asin),
    ("atan", f64::atan),
    ("ceil", f64::ceil),
    ("cos", f64::cos),
    ("cosh", f64::cosh),
    ("exp", f64::exp),
    ("floor", f64::floor),
    ("ln", f64::ln),
    ("log", f64::log10),
    ("sin", f64::sin),
    ("sinh", f64::sinh),
    ("sqrt", f64::sqrt),
    ("tan", f64::tan),
    ("tanh", f64::tanh),
];

#[derive(Clone, Copy)]
enum Token {
    End,
    Number(f64),
    Function(Unary),
    Sign(u8),
}

impl PartialEq for Token {
    fn eq(&self, other: &Token) -> bool {
        match (self, other) {
            (Token::End, Token::End) => true,
            (Token::Sign(a), Token::Sign(b)) => a == b,
            _ => false,
        }
    }
}

struct Parser<'a> {
    rest: &'a [u8],
    token: Token,
    depth: u32,
}

impl Parser<'_> {
    /// Reads the next token.
    fn next(&mut self) -> Option<()> {
        let blanks = self.rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.rest = self.rest.get(blanks..)?;
        let (token, length) = match self.rest.first() {
            None => (Token::End, 0),
            Some(b'0'..=b'9' | b'.') => {
                let start = parse_start(self.rest);
                (Token::Number(start.value), if start.length == 0 { return None } else { start.length })
            }
            Some(b'a'..=b'z') => {
                let length = self.rest.iter().take_while(|b| b.is_ascii_lowercase()).count();
                let name = self.rest.get(..length)?;
                (Token::Function(FUNCTIONS.iter().find(|(n, _)| n.as_bytes() == name)?.1), length)
            }
            Some(sign @ (b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'(' | b')')) => (Token::Sign(*sign), 1),
            Some(_) => return None,
        };
        self.token = token;
        self.rest = self.rest.get(length..)?;
        Some(())
    }

    /// The sign at hand, if it is one of these.
    fn taken(&mut self, signs: &[u8]) -> Option<Option<u8>> {
        match self.token {
            Token::Sign(sign) if signs.contains(&sign) => {
                self.next()?;
                Some(Some(sign))
            }
            _ => Some(None),
        }
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product()?;
        while let Some(sign) = self.taken(b"+-")? {
            let right = self.product()?;
            value = if sign == b'+' { value + right } else { value - right };
        }
        Some(value)
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.power()?;
        while let Some(sign) = self.taken(b"*/%")? {
            let right = self.power()?;
            value = match sign {
                b'*' => value * right,
                b'/' => value / right,
                _ => value % right,
            };
        }
        Some(value)
    }

    fn power(&mut self) -> Option<f64> {
        let mut value = self.signed()?;
        while self.taken(b"^")?.is_some() {
            value = value.powf(self.signed()?);
        }
        Some(value)
    }

    fn signed(&mut self) -> Option<f64> {
        let mut negative = false;
        while let Some(sign) = self.taken(b"+-")? {
            negative ^= sign == b'-';
        }
        let value = self.base()?;
        Some(if negative { -value } else { value })
    }

    fn base(&mut self) -> Option<f64> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let token = self.token;
        self.next()?;
        let value = match token {
            Token::Number(value) => value,
            Token::Function(apply) => apply(self.signed()?),
            Token::Sign(b'(') => {
                let value = self.sum()?;
                self.taken(b")")??;
                value
            }
            _ => return None,
        };
        self.depth -= 1;
        Some(value)
    }
}
