//! Arguments of calls.

use sipc_engine::bindings::CallArg;
use sipc_engine::{Context, Text, arguments as convert};
use sipc_interface::{Kind, RouteKind};
use smallvec::SmallVec;

use super::actions::print;
use crate::code::{Arg, Ready};

/// Arguments as a function gets them.
pub(super) type List<'a> = SmallVec<[CallArg<'a>; 4]>;

/// One argument once it is ready.
pub(super) enum Evaluated<'p> {
    /// It was.
    Before(&'p Ready),
    /// It is now.
    Now(Ready),
}

impl Evaluated<'_> {
    pub(super) fn as_arg(&self) -> CallArg<'_> {
        match self {
            Evaluated::Before(ready) => ready.as_arg(),
            Evaluated::Now(ready) => ready.as_arg(),
        }
    }

    fn into_ready(self) -> Ready {
        match self {
            Evaluated::Before(ready) => ready.clone(),
            Evaluated::Now(ready) => ready,
        }
    }
}

/// Evaluates all of them, in order; `None` when one fails, and then the function is not called.
pub(super) fn evaluate<'p>(args: &'p [Arg], cx: &mut Context) -> Option<SmallVec<[Evaluated<'p>; 4]>> {
    let mut list = SmallVec::new();
    for (i, arg) in args.iter().enumerate() {
        list.push(one(cx, i + 1, arg)?);
    }
    Some(list)
}

/// The same, for a call that is made later.
pub(super) fn owned(args: &[Arg], cx: &mut Context) -> Option<Vec<Ready>> {
    Some(evaluate(args, cx)?.into_iter().map(Evaluated::into_ready).collect())
}

fn one<'p>(cx: &mut Context, position: usize, arg: &'p Arg) -> Option<Evaluated<'p>> {
    match arg {
        Arg::Ready(ready) => Some(Evaluated::Before(ready)),
        Arg::Format(format, kind) => {
            let text = print(cx, format)?;
            of_text(cx, position, *kind, text).map(Evaluated::Now)
        }
        Arg::Dynamic(v, Kind::Int) => {
            let value = v.read(cx);
            convert::int(cx, position, &value).map(Ready::Int).map(Evaluated::Now)
        }
        Arg::Dynamic(v, kind) => {
            let value = v.read(cx);
            let text = convert::text(cx, position, &value)?;
            of_text(cx, position, *kind, text).map(Evaluated::Now)
        }
    }
}

/// What a text is for a parameter of a kind.
fn of_text(cx: &Context, position: usize, kind: Kind, text: Text) -> Option<Ready> {
    match kind {
        Kind::Text => Some(Ready::Text(text)),
        Kind::Regex => convert::regex(cx, position, &text).map(Ready::Regex),
        Kind::Methods => convert::methods(cx, position, &text).map(Ready::Methods),
        Kind::MessageFlag => convert::message_flag(cx, position, &text).map(Ready::Flag),
        Kind::BranchFlag => convert::branch_flag(cx, position, &text).map(Ready::Flag),
        Kind::DialogFlag => convert::dialog_flag(cx, position, &text).map(Ready::Flag),
        Kind::FailureRoute => convert::route(cx, position, RouteKind::Failure, &text).map(Ready::Route),
        Kind::ReplyRoute => convert::route(cx, position, RouteKind::Reply, &text).map(Ready::Route),
        Kind::BranchRoute => convert::route(cx, position, RouteKind::Branch, &text).map(Ready::Route),
        Kind::Route => convert::route(cx, position, RouteKind::Request, &text).map(Ready::Route),
        // The checker lets no text through for these.
        Kind::Int | Kind::Variable | Kind::Target => None,
    }
}
