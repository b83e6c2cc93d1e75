//! Running routes: the stack, parameters, return values, the error route.

use std::ops::ControlFlow;

use sipc_interface::RouteKind;
use sipc_sip::Message;

use super::{Context, ErrorClass, ErrorInfo, Target};
use crate::asynchronous::Suspended;
use crate::flow::Ending;
use crate::log::Level;
use crate::network::Received;
use crate::place::Source;
use crate::script::{RouteIndex, RouteRef, Run};
use crate::tm;
use crate::trace;
use crate::{Flow, Text, Value};

/// Routes nested deeper than this are not entered (LANGUAGE 3.4).
const DEPTH_MAX: usize = 100;

/// One running route.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Its name; empty for a route without one.
    pub name: &'static str,
    /// Its parameters, in order, where they are constants of the script.
    constants: &'static [Named],
    /// Others.
    given: Option<Box<[Named]>>,
}

impl Frame {
    fn new(name: &'static str, params: Vec<Named>) -> Frame {
        let given = Some(params.into_boxed_slice()).filter(|params| !params.is_empty());
        Frame { name, constants: &[], given }
    }

    #[inline(never)]
    fn forget(&mut self) {
        self.given = None;
    }

    /// Its parameters, in order.
    pub fn params(&self) -> &[Named] {
        self.given.as_deref().unwrap_or(self.constants)
    }

    /// Gives it others.
    pub fn set_params(&mut self, params: Vec<Named>) {
        *self = Frame::new(self.name, params);
    }
}

/// The routes that run, each called by the one before.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    few: [Frame; FEW],
    depth: usize,
    /// Those beyond.
    more: Vec<Frame>,
}

/// So many need no memory of their own.
const FEW: usize = 4;

impl Frames {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.depth
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.depth == 0
    }

    /// One of them, the outermost being the first.
    pub fn get(&self, at: usize) -> Option<&Frame> {
        if at >= self.depth {
            return None;
        }
        self.few.get(at).or_else(|| self.more.get(at - FEW))
    }

    /// The innermost.
    pub fn last(&self) -> Option<&Frame> {
        self.get(self.depth.checked_sub(1)?)
    }

    /// The innermost, to change it.
    pub fn last_mut(&mut self) -> Option<&mut Frame> {
        let at = self.depth.checked_sub(1)?;
        if at < FEW { self.few.get_mut(at) } else { self.more.last_mut() }
    }

    /// Enters one. What stands in its place holds nothing.
    #[inline(always)] // what is constant is stored where it belongs then
    fn push(&mut self, frame: Frame) {
        match self.few.get_mut(self.depth) {
            Some(place) => std::mem::forget(std::mem::replace(place, frame)),
            None => self.more.push(frame),
        }
        self.depth += 1;
    }

    /// Leaves the innermost.
    #[inline(always)]
    pub fn pop(&mut self) {
        let Some(at) = self.depth.checked_sub(1) else { return };
        self.depth = at;
        match self.few.get_mut(at) {
            Some(frame) if frame.given.is_none() => {}
            Some(frame) => frame.forget(),
            None => self.leave_beyond(),
        }
    }

    #[inline(never)]
    fn leave_beyond(&mut self) {
        self.more.pop();
    }
}

/// A parameter: events have names for theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Empty for parameters of `route()`.
    pub name: Text,
    /// Its value.
    pub value: Value,
}

impl Named {
    /// A parameter of `route()`.
    pub const fn passed(value: Value) -> Named {
        Named { name: Text::new(), value }
    }
}

/// Routes armed for a transaction that does not exist yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arming {
    /// `t_on_failure`.
    pub failure: Option<RouteRef>,
    /// `t_on_reply`.
    pub reply: Option<RouteRef>,
    /// `t_on_branch`.
    pub branch: Option<RouteRef>,
}

impl Context {
    /// Enters a route called with `route(name, …)`; `Err(-1)` when nested too deep.
    ///
    /// Entering any route forgets the extra return values of the last one.
    pub fn enter_route(
        &mut self,
        name: &'static str,
        params: impl IntoIterator<Item = Value>,
    ) -> Result<(), i32> {
        self.enter(Frame::new(name, params.into_iter().map(Named::passed).collect()))
    }

    /// The same with parameters that are constants of the script, or none.
    #[inline(always)] // what is constant is stored where it belongs then
    pub fn enter_constant(&mut self, name: &'static str, params: &'static [Named]) -> Result<(), i32> {
        self.enter(Frame { name, constants: params, given: None })
    }

    #[inline(always)]
    fn enter(&mut self, frame: Frame) -> Result<(), i32> {
        if self.frames.len() > DEPTH_MAX || self.trace.is_some() || !self.returned.is_empty() {
            self.prepare_entry(frame.name)?;
        }
        self.frames.push(frame);
        Ok(())
    }

    /// What is seldom to be done before a route is entered.
    #[cold]
    fn prepare_entry(&mut self, name: &str) -> Result<(), i32> {
        if self.frames.len() > DEPTH_MAX {
            return self.too_deep(name);
        }
        trace::step(self, self.line, "route", name);
        self.returned.clear();
        Ok(())
    }

    fn too_deep(&self, name: &str) -> Result<(), i32> {
        let text = format_args!("route recursion limit reached, giving up at route[{name}]");
        self.log(Level::Error, "run_actions", text);
        Err(-1)
    }

    /// Leaves a called route; its value becomes `$rc` and the value of the call.
    #[inline]
    pub fn leave_route(&mut self, flow: Flow) -> i32 {
        self.frames.pop();
        let (ControlFlow::Continue(value) | ControlFlow::Break(value)) = flow;
        self.ending.clear(Ending::RETURN);
        self.rc = value;
        value
    }

    /// `return`: ends the current route with a value, leaving extra values for the caller.
    pub fn return_with(&mut self, value: i32, extra: Vec<Value>) -> Flow {
        self.returned = extra;
        self.rc = value;
        self.ending.set(Ending::RETURN);
        if value == 0 {
            self.ending.set(Ending::EXIT);
        }
        Flow::Break(value)
    }

    /// The value of `return $v`: NULL is -1, a value without a number is 1.
    pub fn return_value(value: &Value) -> i32 {
        if value.is_null() { -1 } else { value.number().unwrap_or(1) }
    }

    /// `exit`.
    pub fn exit(&mut self) -> Flow {
        self.rc = 0;
        self.ending.set(Ending::EXIT);
        Flow::Break(0)
    }

    /// `drop`.
    pub fn drop_message(&mut self) -> Flow {
        self.rc = crate::flow::BREAK_VALUE;
        self.ending.set(Ending::EXIT);
        self.ending.set(Ending::DROP);
        Flow::Break(self.rc)
    }

    /// Runs a route from outside a script and says how it ended.
    pub async fn run_route(&mut self, kind: RouteKind, index: RouteIndex) -> Ending {
        let ending = self.run_entry(kind, kind, index).await;
        self.go_on(kind).await;
        ending
    }

    /// Runs the main route or the default reply route.
    pub(crate) async fn run_unnamed(
        &mut self,
        kind: RouteKind,
        route: impl AsyncFn(&mut Context) -> Flow,
    ) -> Ending {
        let outer = self.begin(kind, "");
        let _ = route(self).await;
        let ending = self.end(outer);
        self.go_on(kind).await;
        ending
    }

    /// Runs a block that stands among those of one kind as a route of another, from outside a script.
    pub(crate) async fn run_route_as(&mut self, kind: RouteKind, among: RouteKind, index: RouteIndex) {
        self.run_entry(kind, among, index).await;
        self.go_on(kind).await;
    }

    /// What scripts ended with `async` left to do; their resume routes are of the `kind` of the route that
    /// was entered first.
    async fn go_on(&mut self, kind: RouteKind) {
        while let Some(Suspended { operation, resume }) = self.suspended.take() {
            let outer = std::mem::replace(&mut self.route_kind, kind);
            self.rc = match operation {
                Some(operation) => {
                    self.asynchronous = true;
                    operation(self).await
                }
                None => -1,
            };
            self.asynchronous = false;
            self.run_entry(kind, RouteKind::Request, resume.0).await;
            self.route_kind = outer;
        }
    }

    /// Runs a block that stands among those of one kind as a route of another.
    async fn run_entry(&mut self, kind: RouteKind, among: RouteKind, index: RouteIndex) -> Ending {
        let program = self.worker.program.clone();
        let outer = self.begin(kind, program.routes(among).get(usize::from(index)).map_or("", |r| r.name));
        let _ = match program.start(among, index, self) {
            Run::Done(flow) => flow,
            Run::Waits(future) => future.await,
        };
        self.end(outer)
    }

    /// Runs a route from outside a script as far as it does not wait.
    ///
    /// Used where the caller is not `async`: the error route.
    fn run_route_now(&mut self, kind: RouteKind, index: RouteIndex) {
        let program = self.worker.program.clone();
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        let waits = match program.start(kind, index, self) {
            Run::Done(_) => false,
            // what could wait may be ready at once, such as a cache in memory
            Run::Waits(mut future) => future.as_mut().poll(&mut task).is_pending(),
        };
        if waits {
            self.log(
                Level::Error,
                "run_error_route",
                format_args!("the error route waits; it is not run to its end"),
            );
        }
    }

    fn begin(&mut self, kind: RouteKind, name: &'static str) -> Outer {
        let outer = Outer {
            kind: std::mem::replace(&mut self.route_kind, kind),
            ending: std::mem::take(&mut self.ending),
            frames: (!self.frames.is_empty()).then(|| Box::new(std::mem::take(&mut self.frames))),
        };
        if self.error.class != ErrorClass::None {
            self.error = ErrorInfo::default();
        }
        self.returned.clear();
        let params = std::mem::take(&mut self.entry_params);
        self.frames.push(Frame::new(name, params));
        outer
    }

    fn end(&mut self, outer: Outer) -> Ending {
        self.trace = None;
        self.route_kind = outer.kind;
        match outer.frames {
            Some(frames) => self.frames = *frames,
            None => {
                while !self.frames.is_empty() {
                    self.frames.pop();
                }
            }
        }
        std::mem::replace(&mut self.ending, outer.ending)
    }

    /// Runs the error route for the pending error; the interrupted script goes on afterwards unless
    /// the error route ended it.
    #[cold]
    pub fn run_error_route(&mut self) {
        let Some(index) = self.worker.program.unnamed(RouteKind::Error) else { return };
        if matches!(self.route_kind, RouteKind::Reply | RouteKind::Local) {
            return;
        }
        self.error.handling = true;
        self.frames.push(Frame::new("!error_route", Vec::new()));
        self.run_route_now(RouteKind::Error, index);
        self.frames.pop();
        self.ending.clear(Ending::RETURN);
        self.error = ErrorInfo::default();
    }

    /// Logs a condition that could not be evaluated, with the script line.
    #[cold]
    pub fn warn_expression(&mut self) {
        let (file, line) = (self.worker.shared.clone(), self.line);
        let file = &file.configuration.file;
        self.log(Level::Warning, "do_action", format_args!("error in expression at {file}:{line}"));
    }

    /// Logs a message of the program about this message.
    pub fn log(&self, level: Level, origin: &str, text: std::fmt::Arguments<'_>) {
        let log = &self.worker.shared.log;
        if level as i32 <= self.worker.local.log_level.get().unwrap_or_else(|| log.level()) {
            log.passed(level, origin, text);
        }
    }

    /// Runs `f` with the request or the picked reply of the transaction in place of the message;
    /// `None` when there is none. What `f` does to the R-URI and the flags of the request is kept.
    pub fn in_message<R>(&mut self, source: Source, f: impl FnOnce(&mut Context) -> R) -> Option<R> {
        let mut other = match source {
            Source::Current => return Some(f(self)),
            Source::Request if self.transaction.is_none() => return None,
            Source::Request if self.is_request() => return Some(f(self)),
            Source::Request => tm::request_of(self)?,
            Source::Reply if self.is_request() => tm::reply_of(self)?,
            Source::Reply => return None,
        };
        self.exchange(&mut other);
        let result = f(self);
        self.exchange(&mut other);
        if source == Source::Request {
            tm::keep_request(self, other);
        }
        Some(result)
    }

    fn exchange(&mut self, other: &mut OtherMessage) {
        std::mem::swap(&mut self.message, &mut other.message);
        std::mem::swap(&mut self.received, &mut other.received);
        std::mem::swap(&mut self.target, &mut other.target);
        self.read_ruri.forget();
        std::mem::swap(&mut self.flags, &mut other.flags);
    }
}

/// Another message of the transaction, as variables see it.
pub(crate) struct OtherMessage {
    /// The message.
    pub message: Message,
    /// Where it came from.
    pub received: Received,
    /// The R-URI branch; empty for a reply.
    pub target: Target,
    /// Message flags.
    pub flags: u32,
}

/// What an outer run is put back to.
struct Outer {
    kind: RouteKind,
    ending: Ending,
    /// Of a script that this run stands in.
    frames: Option<Box<Frames>>,
}

impl Context {
    /// Runs the error route as the entry, for a request that did not parse.
    pub async fn run_error_entry(
        &mut self,
        index: RouteIndex,
        class: super::ErrorClass,
        kind: sipc_sip::ParseErrorKind,
    ) {
        let program = self.worker.program.clone();
        let outer = self.begin(RouteKind::Error, "");
        self.error.raise(class, 1, kind.text().as_bytes(), 400, kind.reply_reason().as_bytes());
        self.error.handling = true;
        let _ = match program.start(RouteKind::Error, index, self) {
            Run::Done(flow) => flow,
            Run::Waits(future) => future.await,
        };
        self.end(outer);
        self.go_on(RouteKind::Error).await;
    }
}
