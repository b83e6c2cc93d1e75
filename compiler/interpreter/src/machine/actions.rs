//! Actions: each has a value and may end the list it stands in.

use sipc_engine::bindings::{Call, PlainCall};
use sipc_engine::format::Formatter;
use sipc_engine::script::{RouteIndex, RouteRef};
use sipc_engine::{
    Context, Done, Flow, Text, Value, arguments as convert, asynchronous, flow, statements, xlog,
};

use super::Machine;
use super::arguments::{self, Evaluated};
use crate::code::{
    Action, Arg, Format, Launch, LogLevel, Part, Passed, Ready, Return, ReturnValue, RouteTarget, Started,
};

pub(super) fn perform(machine: &mut Machine<'_>, cx: &mut Context, action: &Action) -> Flow {
    match action {
        Action::Call(call, args) => plain(cx, *call, args).done(cx),
        Action::Assign(target, how, slot) => {
            let value = machine.take(*slot);
            statements::assign(cx, target, *how, value).done(cx)
        }
        Action::AssignOp(target, op, slot) => {
            let value = machine.take(*slot);
            statements::assign_op(cx, target, *op, value).done(cx)
        }
        Action::AssignNull(target, how) => statements::assign_null(cx, target, *how).done(cx),
        Action::EndIf => statements::end_if(cx, machine.last),
        Action::EndBareIf(chained) => statements::end_if_without_body(cx, machine.condition, *chained),
        Action::EndWithLast => machine.last.done(cx),
        Action::Return(r) => r#return(cx, r),
        Action::Exit => end(cx, Context::exit),
        Action::Drop => end(cx, Context::drop_message),
        Action::Assert(message) => statements::assertion(cx, machine.condition, message.as_deref()),
        Action::Xlog(x) => log(cx, &x.0, &x.1).done(cx),
        Action::Log(level, text) => xlog::log(cx, *level, text).done(cx),
        Action::Error(e) => statements::error(cx, &e.0, &e.1).done(cx),
        Action::Async(started, resume) => suspend(cx, started, *resume).done(cx),
        Action::Launch(l) => launch(cx, l).done(cx),
    }
}

fn plain(cx: &mut Context, call: PlainCall, args: &[Arg]) -> i32 {
    if args.iter().all(|arg| matches!(arg, Arg::Ready(_))) {
        let ready = args.iter().filter_map(|arg| match arg {
            Arg::Ready(ready) => Some(Ready::as_arg(ready)),
            _ => None,
        });
        let args: arguments::List<'_> = ready.collect();
        return call(cx, &args);
    }
    match arguments::evaluate(args, cx) {
        Some(evaluated) => {
            let args: arguments::List<'_> = evaluated.iter().map(Evaluated::as_arg).collect();
            call(cx, &args)
        }
        None => convert::FAILED,
    }
}

fn suspend(cx: &mut Context, started: &Started, resume: RouteRef) -> i32 {
    let Some(args) = arguments::owned(&started.args, cx) else { return convert::FAILED };
    let call = started.call;
    asynchronous::suspend(cx, move |cx| Box::pin(make(cx, call, args)), resume)
}

fn launch(cx: &mut Context, l: &Launch) -> i32 {
    let Some(args) = arguments::owned(&l.started.args, cx) else { return convert::FAILED };
    let parameter = match &l.parameter {
        None => None,
        Some(format) => match print(cx, format) {
            None => return 0,
            text => text,
        },
    };
    let call = l.started.call;
    asynchronous::launch(cx, move |cx| Box::pin(make(cx, call, args)), l.report, parameter)
}

/// Makes a call that the script does not wait for.
async fn make(cx: &mut Context, call: Call, args: Vec<Ready>) -> i32 {
    let args: arguments::List<'_> = args.iter().map(Ready::as_arg).collect();
    match call {
        Call::Plain(f) => f(cx, &args),
        Call::Waiting(f) => f(cx, &args).await,
    }
}

/// A statement that always stops; an error that reading its operands raised is still handled.
fn end(cx: &mut Context, statement: impl FnOnce(&mut Context) -> Flow) -> Flow {
    let (Flow::Continue(value) | Flow::Break(value)) = statement(cx);
    flow::end_action(cx, value)
}

fn r#return(cx: &mut Context, r: &Return) -> Flow {
    let extras = passed(cx, &r.extras);
    let value = match &r.value {
        ReturnValue::Number(n) => *n,
        ReturnValue::Variable(v) => Context::return_value(&v.read(cx)),
    };
    end(cx, |cx| cx.return_with(value, extras))
}

/// Values passed on, in order.
pub(super) fn passed(cx: &mut Context, args: &[Passed]) -> Vec<Value> {
    args.iter()
        .map(|arg| match arg {
            Passed::Constant(value) => value.clone(),
            Passed::Variable(v) => statements::passed(v.read(cx)),
        })
        .collect()
}

/// The route that a call names.
pub(super) fn target(cx: &mut Context, target: &RouteTarget) -> Option<RouteIndex> {
    match target {
        RouteTarget::Fixed(index) => Some(*index),
        RouteTarget::Format(format) => {
            let name = print(cx, format);
            statements::route_named(cx, name.as_deref())
        }
        RouteTarget::Variable(v) => {
            let value = v.read(cx);
            statements::route_of(cx, &value)
        }
    }
}

fn log(cx: &mut Context, level: &LogLevel, text: &Format) -> i32 {
    match level {
        LogLevel::Default => {
            let level = xlog::default_level(cx);
            xlog::xlog(cx, level, |cx, out| write(cx, text, out))
        }
        LogLevel::Fixed(level) => xlog::xlog(cx, *level, |cx, out| write(cx, text, out)),
        LogLevel::Variable(v) => {
            let level = v.read(cx);
            xlog::xlog_at(cx, &level, |cx, out| write(cx, text, out))
        }
    }
}

/// The text of a format; `None` when it is too long.
pub(super) fn print(cx: &mut Context, format: &Format) -> Option<Text> {
    let mut out = Formatter::new(cx);
    write(cx, format, &mut out);
    out.finish(cx)
}

fn write(cx: &mut Context, format: &Format, out: &mut Formatter) {
    for part in &format.0 {
        match part {
            Part::Literal(text) => out.literal(text),
            Part::Variable(v) => out.value(&v.read(cx)),
        }
    }
}
