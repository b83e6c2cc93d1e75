//! Executes flat code.

mod actions;
mod arguments;
mod conditions;
mod control;
mod values;

use std::ops::ControlFlow;

use sipc_engine::bindings::WaitingCall;
use sipc_engine::log::Level;
use sipc_engine::{Context, Done, Flow, Value, VarRef, names};
use sipc_interface::RouteKind;

use crate::Interpreter;
use crate::code::{Arg, Op, RouteCall, RouteCode, Slot, Target};
use arguments::Evaluated;

/// The state of one run.
pub struct Machine<'p> {
    interpreter: &'p Interpreter,
    route: &'p RouteCode,
    /// The step that comes next.
    at: usize,
    /// Where the slots of the running route begin.
    base: usize,
    slots: Vec<Value>,
    /// The routes that called, outermost first.
    callers: Vec<Caller<'p>>,
    /// The value of the last action.
    last: i32,
    /// The value of the last condition.
    condition: i32,
}

/// A route that waits for the one it called.
struct Caller<'p> {
    route: &'p RouteCode,
    at: usize,
    base: usize,
    /// Where it goes on when the script ends.
    stop: Target,
}

/// Why the loop was left.
enum Left<'p> {
    /// The outermost route has ended.
    Ended(Flow),
    /// A call that may wait comes; the target as for an action.
    Waits(WaitingCall, &'p [Arg], Target),
    /// A name is to be found.
    Finds(&'p VarRef),
}

/// Runs to the end, waiting where calls wait.
pub async fn run(mut machine: Machine<'_>, cx: &mut Context) -> Flow {
    loop {
        match machine.run(cx) {
            Left::Ended(flow) => return flow,
            Left::Finds(variable) => names::find(cx, variable).await,
            Left::Waits(call, args, stop) => {
                let value = match arguments::evaluate(args, cx) {
                    Some(args) => {
                        let args: arguments::List<'_> = args.iter().map(Evaluated::as_arg).collect();
                        call(cx, &args).await
                    }
                    None => sipc_engine::arguments::FAILED,
                };
                let flow = value.done(cx);
                machine.after(flow, stop);
            }
        }
    }
}

impl<'p> Machine<'p> {
    /// At the start of a route.
    pub fn new(interpreter: &'p Interpreter, route: &'p RouteCode) -> Machine<'p> {
        Machine {
            interpreter,
            route,
            at: 0,
            base: 0,
            slots: vec![Value::Nothing; route.slots],
            callers: Vec::new(),
            last: 1,
            condition: 0,
        }
    }

    /// Runs a route that the compiler found not to wait.
    pub fn run_without_waiting(&mut self, cx: &mut Context) -> Flow {
        loop {
            match self.run(cx) {
                Left::Ended(flow) => return flow,
                Left::Finds(_) => {
                    let text = format_args!("a name is to be found in a route that does not wait");
                    cx.log(Level::Error, "interpreter", text);
                }
                Left::Waits(_, _, stop) => {
                    let text = format_args!("a call waits that is declared not to: not called");
                    cx.log(Level::Error, "interpreter", text);
                    let flow = (-1).done(cx);
                    self.after(flow, stop);
                }
            }
        }
    }

    /// Runs up to a call that may wait, or to the end.
    fn run(&mut self, cx: &mut Context) -> Left<'p> {
        loop {
            let op = &self.route.ops[self.at];
            self.at += 1;
            match op {
                Op::Line(line) => cx.at(*line),
                Op::Cover(number) => self.interpreter.covered(*number),
                Op::Trace(line, class, action) => sipc_engine::trace::step(cx, *line, class, action),
                Op::Jump(to) => self.go(*to),
                Op::Condition(op) => self.condition(cx, op),
                Op::Value(op) => self.value(cx, op),
                Op::Control(op) => self.control(cx, op),
                Op::Action(action, stop) => {
                    let flow = actions::perform(self, cx, action);
                    self.after(flow, *stop);
                }
                Op::Route(call, stop) => self.call_route(cx, call, *stop),
                Op::Waiting(call, args, stop) => return Left::Waits(*call, args, *stop),
                Op::Find(variable) => return Left::Finds(variable),
                Op::End => {
                    if let Some(flow) = self.leave(cx) {
                        return Left::Ended(flow);
                    }
                }
            }
        }
    }

    fn go(&mut self, to: Target) {
        self.at = self.route.labels[to];
    }

    /// After an action: the list goes on or stops.
    fn after(&mut self, flow: Flow, stop: Target) {
        match flow {
            ControlFlow::Continue(value) => self.last = value,
            ControlFlow::Break(value) => {
                self.last = value;
                self.go(stop);
            }
        }
    }

    fn slot(&mut self, slot: Slot) -> &mut Value {
        &mut self.slots[self.base + slot]
    }

    fn take(&mut self, slot: Slot) -> Value {
        std::mem::take(self.slot(slot))
    }

    /// `route(…)`: enters the route, or goes on when it cannot.
    fn call_route(&mut self, cx: &mut Context, call: &'p RouteCall, stop: Target) {
        let interpreter = self.interpreter;
        let index = actions::target(cx, &call.target);
        let Some(route) = index.and_then(|index| interpreter.code(RouteKind::Request, index)) else {
            let flow = sipc_engine::statements::unknown_route(cx);
            return self.after(flow, stop);
        };
        let params = actions::passed(cx, &call.args);
        if let Err(value) = cx.enter_route(route.name, params) {
            let flow = sipc_engine::statements::refused_route(cx, value);
            return self.after(flow, stop);
        }
        self.callers.push(Caller { route: self.route, at: self.at, base: self.base, stop });
        self.base += self.route.slots;
        self.slots.resize(self.base + route.slots, Value::Nothing);
        (self.route, self.at, self.last) = (route, 0, 1);
    }

    /// The end of the running route; `Some` when nobody called it.
    fn leave(&mut self, cx: &mut Context) -> Option<Flow> {
        let stopped = cx.ending.stops();
        let flow = if stopped { Flow::Break(self.last) } else { Flow::Continue(self.last) };
        let Some(caller) = self.callers.pop() else { return Some(flow) };
        let value = cx.leave_route(flow);
        self.slots.truncate(self.base);
        (self.route, self.at, self.base) = (caller.route, caller.at, caller.base);
        let flow = sipc_engine::flow::end_action(cx, value);
        self.after(flow, caller.stop);
        None
    }
}
