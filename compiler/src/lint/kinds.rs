//! Text compared with numbers: OpenSIPS does not convert, so such a comparison fails each time.

use super::shown;
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Compare, CompareOp, Condition, Expr, Label, Operand, Program, StatementKind, VarRef};
use crate::passes::walk::statements;
use crate::source::{Source, Span};
use sipc_interface::ValueType;

/// Pushes what is found.
pub fn check(program: &Program, source: &Source, found: &mut Vec<Diagnostic>) {
    let mut look = Look { source, found };
    for route in &program.routes {
        statements(&route.body, &mut |s| match &s.kind {
            StatementKind::If { arms, .. } => arms.iter().for_each(|a| look.condition(&a.condition)),
            StatementKind::While { condition, .. } | StatementKind::Assert { condition, .. } => {
                look.condition(condition);
            }
            StatementKind::Assign { value, .. } => look.value(value),
            StatementKind::Switch { subject, cases, .. } => {
                for case in cases {
                    look.case(subject, &case.label, case.span);
                }
            }
            _ => {}
        });
    }
}

struct Look<'a> {
    source: &'a Source,
    found: &'a mut Vec<Diagnostic>,
}

impl Look<'_> {
    fn condition(&mut self, c: &Condition) {
        match c {
            Condition::And(a, b) | Condition::Or(a, b) => {
                self.condition(a);
                self.condition(b);
            }
            Condition::Not(a) | Condition::Group(a) => self.condition(a),
            Condition::Bracket(value) => self.value(value),
            Condition::Compare(compare) => self.compare(compare),
            Condition::Statement(_) | Condition::Number(_) | Condition::Variable(_) => {}
        }
    }

    fn value(&mut self, value: &Expr) {
        match value {
            Expr::Compare(compare) => self.compare(compare),
            Expr::Binary { left, right, .. } => {
                self.value(left);
                self.value(right);
            }
            Expr::Complement(inner) => self.value(inner),
            Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) | Expr::Statement(_) => {}
        }
    }

    fn compare(&mut self, compare: &Compare) {
        match (kind(&compare.left), &compare.right) {
            (ValueType::Text, Operand::Number(n)) => self.text_with_number(&compare.left, *n, compare.span),
            (ValueType::Int, Operand::Text(text)) if compare.op == CompareOp::Equal && !is_number(text) => {
                self.number_with_text(&compare.left, text, compare.span);
            }
            _ => {}
        }
    }

    fn case(&mut self, subject: &VarRef, label: &Label, span: Span) {
        let span = super::first_line(self.source, span);
        match (kind(subject), label) {
            (ValueType::Text, Label::Number(n)) => self.text_with_number(subject, *n, span),
            (ValueType::Int, Label::Text(text)) if !is_number(text) => {
                self.number_with_text(subject, text, span)
            }
            _ => {}
        }
    }

    fn text_with_number(&mut self, left: &VarRef, n: i32, span: Span) {
        let name = shown(left, self.source);
        let message = format!("`{name}` is text and is compared with a number");
        let fault = Diagnostic::new(&codes::KINDS_DIFFER, span, message).label("fails each time");
        let inner = name.trim_start_matches('$').trim_start_matches('(').trim_end_matches(')');
        self.found
            .push(fault.help(format!("compare with \"{n}\", or make it a number: `$({inner}{{s.int}})`")));
    }

    fn number_with_text(&mut self, left: &VarRef, text: &[u8], span: Span) {
        let (name, text) = (shown(left, self.source), String::from_utf8_lossy(text));
        let message = format!("`{name}` is a number and never equals \"{text}\"");
        self.found.push(Diagnostic::new(&codes::KINDS_DIFFER, span, message).label("never true"));
    }
}

fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// What a variable yields behind its last transformation; `Any` when that is not sure.
fn kind(v: &VarRef) -> ValueType {
    let Some(last) = v.transformations.last() else { return v.variable.value };
    let text = [
        "s.substr",
        "s.select",
        "s.tolower",
        "s.toupper",
        "s.trim",
        "s.trimr",
        "s.triml",
        "s.reverse",
        "s.md5",
        "s.encode.hexa",
        "s.b64encode",
        "uri.user",
        "uri.host",
        "uri.domain",
        "uri.transport",
        "uri.param",
        "nameaddr.uri",
        "nameaddr.name",
        "param.value",
        "param.name",
        "csv.value",
        "re.subst",
    ];
    if text.contains(&last.transformation.name) { ValueType::Text } else { ValueType::Any }
}
