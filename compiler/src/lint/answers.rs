//! Walks every path of the main route and knows on each whether the request has been answered: the shortest
//! path that leaves it without one is shown, and replies after which the script goes on to another.
//!
//! Conditions count as independent of each other, but for the method: ACK and CANCEL need no answer.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::first_line;
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{
    Arg, Arm, Block, Call, Compare, CompareOp, Condition, Expr, Operand, Program, RouteCall, RouteRef,
    RouteTarget, Statement, StatementKind,
};
use crate::source::{Source, Span};
use sipc_interface::RouteKind;
use sipc_interface::conduct::{Conduct, conduct};

/// Steps shown of the path.
const SHOWN: usize = 8;
/// Calls within calls that are followed.
const DEPTH: usize = 40;

/// Pushes what is found.
pub fn check(program: &Program, source: &Source, found: &mut Vec<Diagnostic>) {
    let Some(main) = program.unnamed(RouteKind::Request) else { return };
    let mut walk = Walk::new(program);
    let mut flow = walk.main(&main.body);
    let end = main.span.tail();
    let ends = std::mem::take(&mut flow.fall).into_iter().map(|(s, p)| (s, p, end));
    let returned = std::mem::take(&mut flow.returned).into_iter().map(|(s, p)| (s, p, end));
    let exited = std::mem::take(&mut flow.exited).into_iter().map(|(s, p)| {
        let at = p.end.unwrap_or(end);
        (s, p, at)
    });
    let silent = ends.chain(returned).chain(exited).filter(|(s, ..)| s.answer == Answer::None && !s.exempt);
    if let Some((_, path, at)) = silent.min_by_key(|(_, p, _)| p.length()) {
        found.push(unanswered(source, &path, at));
    }
    for (reply, next) in &walk.twice {
        let message = "the script goes on after a final reply".to_owned();
        let fault = Diagnostic::new(&codes::GOES_ON_AFTER_REPLY, next.0, message);
        found.push(
            fault
                .label("answers the request again, or sends it on")
                .at(reply.0, "answered here")
                .help("write `exit;` after the reply"),
        );
    }
}

fn unanswered(source: &Source, path: &Path, at: Span) -> Diagnostic {
    let message = "a request can pass the main route without an answer".to_owned();
    let mut fault = Diagnostic::new(&codes::NO_ANSWER, first_line(source, at), message)
        .label("the script ends here")
        .note("neither replied to, nor relayed, nor dropped: its sender repeats it until it gives up")
        .help("reply, relay, or write `drop;` where silence is meant");
    let steps = path.steps();
    let hidden = steps.len().saturating_sub(SHOWN);
    for (number, step) in steps.iter().enumerate().skip(hidden) {
        fault = fault.at(first_line(source, step.span), format!("{}: {}", number + 1, step.what));
    }
    if hidden > 0 {
        fault = fault.note(format!("the first {hidden} decisions of the path are left out"));
    }
    fault
}

/// What is known about the request at one point of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct State {
    answer: Answer,
    /// It is an ACK or a CANCEL.
    exempt: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Answer {
    /// Nothing was sent.
    #[default]
    None,
    /// The script sent a final reply of its own.
    Replied,
    /// It was relayed, or a function took care of it.
    Settled,
}

/// The decisions that lead to a point; shares its beginnings.
#[derive(Debug, Clone, Default)]
struct Path {
    last: Option<Rc<Step>>,
    /// The final reply sent on it.
    reply: Option<Span>,
    /// Where the script ended.
    end: Option<Span>,
}

#[derive(Debug)]
struct Step {
    span: Span,
    what: &'static str,
    before: Option<Rc<Step>>,
    length: usize,
}

impl Drop for Step {
    /// Long paths are taken apart in a loop, not by recursion.
    fn drop(&mut self) {
        let mut next = self.before.take();
        while let Some(step) = next {
            next = Rc::into_inner(step).and_then(|mut s| s.before.take());
        }
    }
}

impl Path {
    fn length(&self) -> usize {
        self.last.as_ref().map_or(0, |s| s.length)
    }

    fn with(&self, span: Span, what: &'static str) -> Path {
        let step = Step { span, what, before: self.last.clone(), length: self.length() + 1 };
        Path { last: Some(Rc::new(step)), ..self.clone() }
    }

    /// This path and then another.
    fn followed_by(&self, next: &Path) -> Path {
        let mut path = self.clone();
        for step in next.steps() {
            path = path.with(step.span, step.what);
        }
        Path { last: path.last, reply: next.reply, end: next.end }
    }

    fn steps(&self) -> Vec<&Step> {
        let mut steps = Vec::new();
        let mut at = self.last.as_deref();
        while let Some(step) = at {
            steps.push(step);
            at = step.before.as_deref();
        }
        steps.reverse();
        steps
    }
}

/// The shortest path to each state.
type States = BTreeMap<State, Path>;

fn add(states: &mut States, state: State, path: Path) {
    match states.get(&state) {
        Some(known) if known.length() <= path.length() => {}
        _ => drop(states.insert(state, path)),
    }
}

fn join(mut a: States, b: States) -> States {
    b.into_iter().for_each(|(s, p)| add(&mut a, s, p));
    a
}

fn step(states: States, span: Span, what: &'static str) -> States {
    states.into_iter().map(|(s, p)| (s, p.with(span, what))).collect()
}

/// How control leaves a block.
#[derive(Debug, Default)]
struct Flow {
    fall: States,
    broken: States,
    returned: States,
    exited: States,
}

impl Flow {
    fn falling(fall: States) -> Flow {
        Flow { fall, ..Flow::default() }
    }

    fn merge(&mut self, other: Flow) {
        self.fall = join(std::mem::take(&mut self.fall), other.fall);
        self.leave(other.broken, other.returned, other.exited);
    }

    fn leave(&mut self, broken: States, returned: States, exited: States) {
        self.broken = join(std::mem::take(&mut self.broken), broken);
        self.returned = join(std::mem::take(&mut self.returned), returned);
        self.exited = join(std::mem::take(&mut self.exited), exited);
    }
}

/// Spans in an order, for sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place(Span);

impl Ord for Place {
    fn cmp(&self, other: &Place) -> std::cmp::Ordering {
        (self.0.start, self.0.end).cmp(&(other.0.start, other.0.end))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A route that is entered in a state.
type Entry = (RouteRef, State);

struct Walk<'a> {
    program: &'a Program,
    /// What is being walked.
    calls: Vec<Entry>,
    /// What was walked this time.
    walked: BTreeSet<Entry>,
    /// What comes of an entry, as far as is known: the states behind it, and those that ended the script.
    known: BTreeMap<Entry, (States, States)>,
    /// Something was entered that was being walked already.
    recursive: bool,
    /// A final reply, and what answers again.
    twice: BTreeSet<(Place, Place)>,
}

impl<'a> Walk<'a> {
    fn new(program: &'a Program) -> Walk<'a> {
        Walk {
            program,
            calls: Vec::new(),
            walked: BTreeSet::new(),
            known: BTreeMap::new(),
            recursive: false,
            twice: BTreeSet::new(),
        }
    }

    /// The ways through the main route. Routes that call themselves are walked again with what the last time made of
    /// them, until nothing new comes of it: there are few states.
    fn main(&mut self, body: &Block) -> Flow {
        loop {
            let before = self.facts();
            self.walked.clear();
            let flow = self.block(body, States::from([(State::default(), Path::default())]));
            if !self.recursive || self.facts() == before {
                return flow;
            }
        }
    }

    /// How much is known. It only grows.
    fn facts(&self) -> usize {
        self.known.values().map(|(fall, exited)| fall.len() + exited.len()).sum()
    }

    fn block(&mut self, block: &Block, states: States) -> Flow {
        let mut flow = Flow::falling(states);
        for statement in block {
            if flow.fall.is_empty() {
                break;
            }
            let states = std::mem::take(&mut flow.fall);
            let next = self.statement(statement, states);
            flow.merge(next);
        }
        flow
    }

    fn statement(&mut self, s: &Statement, states: States) -> Flow {
        match &s.kind {
            StatementKind::Call(call) => Flow::falling(self.call(call, states)),
            StatementKind::Route(call) => self.route(call, states),
            StatementKind::If { arms, otherwise } => self.choose(arms, otherwise, states),
            StatementKind::While { condition, body } => self.repeat(Some(condition), body, states),
            StatementKind::ForEach { body, .. } => self.repeat(None, body, states),
            StatementKind::Switch { cases, default, .. } => {
                let mut flow = Flow::default();
                let mut through = States::new();
                for case in cases {
                    let entered = join(through, step(states.clone(), case.span, "is the case"));
                    let mut inner = self.block(&case.body, entered);
                    through = std::mem::take(&mut inner.fall);
                    flow.merge(inner);
                }
                let last = join(through, states);
                let inner = self.block(default.as_ref().unwrap_or(&Vec::new()), last);
                flow.merge(inner);
                flow.fall = join(std::mem::take(&mut flow.fall), std::mem::take(&mut flow.broken));
                flow
            }
            StatementKind::Assign { value, .. } => {
                let mut flow = Flow::default();
                flow.fall = self.value(value, states, &mut flow);
                flow
            }
            StatementKind::Assert { condition, .. } => {
                let mut flow = Flow::default();
                let (yes, no) = self.condition(condition, states, &mut flow);
                flow.fall = join(yes, no);
                flow
            }
            StatementKind::Return(_) => Flow { returned: states, ..Flow::default() },
            StatementKind::Break => Flow { broken: states, ..Flow::default() },
            StatementKind::Exit => Flow { exited: ended(states, s.span), ..Flow::default() },
            StatementKind::Drop => Flow { exited: settled(states), ..Flow::default() },
            StatementKind::Async { call, resume, .. } => {
                let states = self.call(call, states);
                let mut flow = self.enter(*resume, states);
                flow.exited = join(std::mem::take(&mut flow.exited), ended(flow.fall, s.span));
                Flow { exited: flow.exited, ..Flow::default() }
            }
            _ => Flow::falling(states),
        }
    }

    /// `if`: a state that every arm leaves as it was owes nothing to the decision, which is left out of its path.
    fn choose(&mut self, arms: &[Arm], otherwise: &Block, states: States) -> Flow {
        let mut flow = Flow::default();
        let mut unchanged: Vec<State> = states.keys().copied().collect();
        let before = states.clone();
        let mut rest = states;
        for arm in arms {
            let (yes, no) = self.condition(&arm.condition, rest, &mut flow);
            let taken = self.block(&arm.body, step(yes, arm.span, "holds"));
            unchanged.retain(|s| taken.fall.contains_key(s));
            flow.merge(taken);
            rest = step(no, arm.span, "does not hold");
        }
        let otherwise = self.block(otherwise, rest);
        unchanged.retain(|s| otherwise.fall.contains_key(s));
        flow.merge(otherwise);
        for state in unchanged {
            before.get(&state).into_iter().for_each(|path| add(&mut flow.fall, state, path.clone()));
        }
        flow
    }

    /// A loop: its body runs not at all, or until nothing new comes of it.
    fn repeat(&mut self, condition: Option<&Condition>, body: &Block, states: States) -> Flow {
        let mut flow = Flow::default();
        let mut entered = states;
        loop {
            let known = entered.len();
            let (yes, no) = match condition {
                Some(c) => self.condition(c, entered.clone(), &mut flow),
                None => (entered.clone(), entered.clone()),
            };
            let inner = self.block(body, yes);
            flow.returned = join(std::mem::take(&mut flow.returned), inner.returned);
            flow.exited = join(std::mem::take(&mut flow.exited), inner.exited);
            flow.fall = join(std::mem::take(&mut flow.fall), join(no, inner.broken));
            entered = join(entered, inner.fall);
            if entered.len() == known {
                return flow;
            }
        }
    }

    /// The states in which a condition holds, and in which it does not.
    fn condition(&mut self, c: &Condition, states: States, flow: &mut Flow) -> (States, States) {
        match c {
            Condition::And(a, b) => {
                let (yes, no) = self.condition(a, states, flow);
                let (both, second) = self.condition(b, yes, flow);
                (both, join(no, second))
            }
            Condition::Or(a, b) => {
                let (yes, no) = self.condition(a, states, flow);
                let (second, neither) = self.condition(b, no, flow);
                (join(yes, second), neither)
            }
            Condition::Not(a) => {
                let (yes, no) = self.condition(a, states, flow);
                (no, yes)
            }
            Condition::Group(a) => self.condition(a, states, flow),
            Condition::Number(0) => (States::new(), states),
            Condition::Number(_) => (states, States::new()),
            Condition::Compare(compare) => match method_of(compare) {
                Some(true) => (exempted(states.clone()), states),
                Some(false) => (states.clone(), exempted(states)),
                None => (states.clone(), states),
            },
            Condition::Bracket(value) => {
                let after = self.value(value, states, flow);
                (after.clone(), after)
            }
            Condition::Variable(_) => (states.clone(), states),
            Condition::Statement(block) => {
                let mut inner = self.block(block, states);
                let fall = std::mem::take(&mut inner.fall);
                flow.leave(inner.broken, inner.returned, inner.exited);
                let only_method = matches!(block.as_slice(),
                    [Statement { kind: StatementKind::Call(call), .. }] if names_method(call));
                let holds = if only_method { exempted(fall.clone()) } else { fall.clone() };
                (holds, fall)
            }
        }
    }

    fn value(&mut self, value: &Expr, states: States, flow: &mut Flow) -> States {
        match value {
            Expr::Statement(statement) => {
                let inner = self.statement(statement, states);
                flow.leave(inner.broken, inner.returned, inner.exited);
                inner.fall
            }
            Expr::Binary { left, right, .. } => {
                let states = self.value(left, states, flow);
                self.value(right, states, flow)
            }
            Expr::Complement(inner) => self.value(inner, states, flow),
            Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) | Expr::Compare(_) => states,
        }
    }

    fn call(&mut self, call: &Call, states: States) -> States {
        let answer = match conduct(call.module.name, call.function.name) {
            Some(Conduct::Replies(code)) if is_final(call, code) => Answer::Replied,
            Some(Conduct::Relays | Conduct::Answers) => Answer::Settled,
            _ => return states,
        };
        let mut after = States::new();
        for (state, mut path) in states {
            if let (Answer::Replied, Some(reply)) = (state.answer, path.reply) {
                self.twice.insert((Place(reply), Place(call.span)));
            }
            path.reply = (answer == Answer::Replied).then_some(call.span);
            add(&mut after, State { answer, ..state }, path);
        }
        after
    }

    /// A call of a route; one by a name that is not known may do anything, so it counts as an answer.
    fn route(&mut self, call: &RouteCall, states: States) -> Flow {
        match &call.target {
            RouteTarget::Fixed(to) => self.enter(*to, states),
            RouteTarget::Format(_) | RouteTarget::Variable(_) => Flow::falling(settled(states)),
        }
    }

    /// The body of a route, walked once at a time for each state it is entered in.
    fn enter(&mut self, to: RouteRef, states: States) -> Flow {
        let mut flow = Flow::default();
        for (state, path) in states {
            self.body((to, state), path.reply);
            if let Some((fall, exited)) = self.known.get(&(to, state)) {
                fall.iter().for_each(|(s, p)| add(&mut flow.fall, *s, path.followed_by(p)));
                exited.iter().for_each(|(s, p)| add(&mut flow.exited, *s, path.followed_by(p)));
            }
        }
        flow
    }

    /// Learns what comes of an entry. One that is being walked already gives what is known by now.
    fn body(&mut self, entry: Entry, reply: Option<Span>) {
        if self.calls.contains(&entry) {
            self.recursive = true;
            return;
        }
        if self.calls.len() >= DEPTH || !self.walked.insert(entry) {
            return;
        }
        let (to, state) = entry;
        self.calls.push(entry);
        let start = States::from([(state, Path { reply, ..Path::default() })]);
        let inner = self.block(&self.program.route(to).body, start);
        self.calls.pop();
        let (fall, exited) = self.known.remove(&entry).unwrap_or_default();
        let fall = join(fall, join(inner.fall, inner.returned));
        self.known.insert(entry, (fall, join(exited, inner.exited)));
    }
}

fn ended(states: States, at: Span) -> States {
    states.into_iter().map(|(s, p)| (s, Path { end: p.end.or(Some(at)), ..p })).collect()
}

fn settled(states: States) -> States {
    let mut after = States::new();
    states.into_iter().for_each(|(s, p)| add(&mut after, State { answer: Answer::Settled, ..s }, p));
    after
}

fn exempted(states: States) -> States {
    let mut after = States::new();
    states.into_iter().for_each(|(s, p)| add(&mut after, State { exempt: true, ..s }, p));
    after
}

fn is_final(call: &Call, code: Option<usize>) -> bool {
    !matches!(code.and_then(|at| call.args.get(at)), Some(Arg::Int(..200)))
}

/// `is_method("ACK")`, `is_method("ACK|CANCEL")`.
fn names_method(call: &Call) -> bool {
    let [Arg::Methods(methods) | Arg::Text(methods)] = call.args.as_slice() else { return false };
    call.function.name == "is_method"
        && methods.split(|b| *b == b'|').all(|m| matches!(m, b"ACK" | b"CANCEL"))
}

/// Whether a comparison says that the method is ACK or CANCEL, or that it is not.
fn method_of(compare: &Compare) -> Option<bool> {
    let Operand::Text(text) = &compare.right else { return None };
    let is_method = compare.left.variable.name == "rm" && compare.left.transformations.is_empty();
    let exempt = [&b"ACK"[..], b"CANCEL"].iter().any(|m| text.eq_ignore_ascii_case(m));
    match compare.op {
        CompareOp::Equal if is_method && exempt => Some(true),
        CompareOp::NotEqual if is_method && exempt => Some(false),
        _ => None,
    }
}
