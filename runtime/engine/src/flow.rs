//! How a statement ends and what that means for the list it stands in (LANGUAGE 4.2, 5.4).
//!
//! Executors write `f(cx, …).done(cx)?` for a call that stands as a statement: [`Done::done`] stores
//! `$rc` and stops the script when the value is 0. A condition is an `i32` as in OpenSIPS (1 true,
//! 0 false, -1 error, [`STOP`]); [`Decide::decide`] turns it into a `bool` or ends the script.
//!
//! `break` never appears here: it is lexical, so executors jump. They must leave `$rc` and the
//! loop's value at [`BREAK_VALUE`].

use std::ops::ControlFlow;

use crate::Context;

/// `Continue(v)`: go on, `v` is the value of the action just run. `Break(v)`: the list stops with
/// the value `v`; [`Context::ending`] says whether by `return`, `exit` or `drop`.
pub type Flow = ControlFlow<i32, i32>;

/// The value that `break`, `drop` and a disabled `assert` leave (E_BUG).
pub const BREAK_VALUE: i32 = -5;

/// A condition's result when a function in it returned 0: the script stops.
pub const STOP: i32 = -127;

/// Why lists stop; a set of bits, as OpenSIPS' action flags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ending(u8);

impl Ending {
    /// Go on.
    pub const NONE: Ending = Ending(0);
    /// `exit`, or an action yielded 0.
    pub const EXIT: Ending = Ending(1);
    /// `return`: ends the current route.
    pub const RETURN: Ending = Ending(2);
    /// `drop`: always together with `EXIT`.
    pub const DROP: Ending = Ending(4);
    /// An asynchronous operation was started; always together with `EXIT`.
    pub const SUSPENDED: Ending = Ending(8);

    /// Whether all bits of `other` are set.
    pub const fn has(self, other: Ending) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether a list must stop.
    pub const fn stops(self) -> bool {
        self.0 & 3 != 0
    }

    /// Sets the bits of `other`.
    pub fn set(&mut self, other: Ending) {
        self.0 |= other.0;
    }

    /// Clears the bits of `other`.
    pub fn clear(&mut self, other: Ending) {
        self.0 &= !other.0;
    }
}

/// Ends an action with its value.
pub trait Done {
    /// Stores `$rc`, stops the script on 0, and runs the error route if an error is pending.
    fn done(self, cx: &mut Context) -> Flow;
}

impl Done for i32 {
    #[inline]
    fn done(self, cx: &mut Context) -> Flow {
        cx.rc = self;
        end_action(cx, self)
    }
}

/// The end of an action which keeps `$rc` as it is (an `if` or a `route()`).
#[inline]
pub fn end_action(cx: &mut Context, value: i32) -> Flow {
    if value == 0 {
        cx.ending.set(Ending::EXIT);
    }
    if cx.error.is_pending() {
        cx.run_error_route();
    }
    if cx.ending.stops() { Flow::Break(value) } else { Flow::Continue(value) }
}

/// Uses the value of an action as a condition.
pub trait Decide: Sized {
    /// The truth of the condition of an `if` or `while`, or the end of the script.
    ///
    /// An error counts as false and is logged with the script line.
    fn decide(self, cx: &mut Context) -> ControlFlow<i32, bool>;

    /// The truth of a condition in which no action stands, so that it cannot end the script.
    fn truth(self, cx: &mut Context) -> bool;
}

impl Decide for i32 {
    #[inline]
    fn decide(self, cx: &mut Context) -> ControlFlow<i32, bool> {
        if self == STOP || cx.ending.stops() {
            cx.rc = 0;
            cx.ending.set(Ending::EXIT);
            return ControlFlow::Break(0);
        }
        if self < 0 {
            cx.warn_expression();
        }
        ControlFlow::Continue(self > 0)
    }

    #[inline]
    fn truth(self, cx: &mut Context) -> bool {
        if self < 0 {
            cx.warn_expression();
        }
        self > 0
    }
}

/// The condition value of an action: >0 is 1, <0 is 0 (not an error), 0 stops the script.
#[inline]
pub fn condition(value: i32) -> i32 {
    match value {
        0 => STOP,
        v if v > 0 => 1,
        _ => 0,
    }
}

/// A call in a condition: its value becomes `$rc`, and 0 ends the script.
#[inline]
pub fn call_condition(cx: &mut Context, value: i32) -> i32 {
    condition(match value.done(cx) {
        Flow::Continue(v) | Flow::Break(v) => v,
    })
}

/// `!`: negates 0 and 1 only; errors and stops pass.
#[inline]
pub fn not(value: i32) -> i32 {
    if value < 0 { value } else { i32::from(value == 0) }
}
