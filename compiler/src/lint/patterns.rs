//! Literal patterns that match nothing: a `^` behind something, a `$` before something, an empty class.

use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Arg, Compare, Condition, Expr, Operand, Program, StatementKind};
use crate::passes::walk::{call_of, statements};
use crate::source::Span;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind, Look};
use sipc_interface::posix;

/// Pushes what is found.
pub fn check(program: &Program, found: &mut Vec<Diagnostic>) {
    for route in &program.routes {
        statements(&route.body, &mut |s| {
            match &s.kind {
                StatementKind::If { arms, .. } => arms.iter().for_each(|a| condition(&a.condition, found)),
                StatementKind::While { condition: c, .. } | StatementKind::Assert { condition: c, .. } => {
                    condition(c, found);
                }
                StatementKind::Assign { value, .. } => expression(value, found),
                _ => {}
            }
            let Some(call) = call_of(s) else { return };
            for arg in &call.args {
                if let Arg::Regex(pattern) = arg {
                    pattern_of(pattern, posix::Options::PARAMETER, call.span, found);
                }
            }
        });
    }
}

fn condition(c: &Condition, found: &mut Vec<Diagnostic>) {
    match c {
        Condition::And(a, b) | Condition::Or(a, b) => {
            condition(a, found);
            condition(b, found);
        }
        Condition::Not(a) | Condition::Group(a) => condition(a, found),
        Condition::Bracket(value) => expression(value, found),
        Condition::Compare(compare) => comparison(compare, found),
        Condition::Statement(_) | Condition::Number(_) | Condition::Variable(_) => {}
    }
}

fn expression(value: &Expr, found: &mut Vec<Diagnostic>) {
    match value {
        Expr::Compare(compare) => comparison(compare, found),
        Expr::Binary { left, right, .. } => {
            expression(left, found);
            expression(right, found);
        }
        Expr::Complement(inner) => expression(inner, found),
        Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) | Expr::Statement(_) => {}
    }
}

fn comparison(compare: &Compare, found: &mut Vec<Diagnostic>) {
    if let Operand::Regex(pattern) = &compare.right {
        pattern_of(pattern, posix::Options::CONDITION, compare.span, found);
    }
}

fn pattern_of(pattern: &[u8], options: posix::Options, span: Span, found: &mut Vec<Diagnostic>) {
    let Ok(translated) = posix::translate(pattern, options) else { return };
    let parsed = ParserBuilder::new().utf8(false).unicode(false).build().parse(&translated.to_string());
    let Ok(hir) = parsed else { return };
    if never(&hir) {
        let message = format!("`{}` matches nothing", String::from_utf8_lossy(pattern));
        let fault = Diagnostic::new(&codes::NEVER_MATCHES, span, message).label("never matches");
        found.push(fault.help("write `\\^` and `\\$` where the characters themselves are meant"));
    }
}

/// Whether no text matches. Errs towards `false`.
fn never(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(class) => class.is_empty(),
        HirKind::Capture(group) => never(&group.sub),
        HirKind::Repetition(r) => r.min > 0 && never(&r.sub),
        HirKind::Alternation(all) => all.iter().all(never),
        HirKind::Concat(parts) => parts.iter().any(never) || misplaced(parts),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
    }
}

/// Whether a part must stand at the start of the text and another that takes text stands before it, or the
/// same at the end.
fn misplaced(parts: &[Hir]) -> bool {
    let takes = |part: &Hir| part.properties().minimum_len().unwrap_or(0) > 0;
    parts.iter().enumerate().any(|(at, part)| {
        let looks = part.properties();
        (looks.look_set_prefix().contains(Look::Start) && parts[..at].iter().any(takes))
            || (looks.look_set_suffix().contains(Look::End) && parts[at + 1..].iter().any(takes))
    })
}
