//! Binding script functions to Rust functions.
//!
//! Generated code calls the Rust functions directly. The interpreter calls them through a
//! [`Binding`], which [`bindings!`](crate::bindings) makes; it does not compile when the Rust
//! signature differs from the declaration in the interface table.

use sipc_interface::{Function, Kind, Module};
use sipc_sip::Methods;

use crate::regex::Regex;
use crate::script::{LocalFuture, RouteRef};
use crate::{Context, Text, VarRef};

/// An evaluated and converted argument.
#[derive(Debug, Clone)]
pub enum CallArg<'a> {
    /// Left out.
    Omitted,
    /// For `Kind::Int`.
    Int(i32),
    /// For `Kind::Text`.
    Text(Text),
    /// For `Kind::Variable` and `Kind::Target`.
    Variable(&'a VarRef),
    /// For `Kind::Regex`.
    Regex(&'a Regex),
    /// For `Kind::Methods`.
    Methods(&'a Methods),
    /// For the flag kinds.
    Flag(u32),
    /// For the route kinds.
    Route(RouteRef),
}

/// A call that does not wait.
pub type PlainCall = fn(&mut Context, &[CallArg<'_>]) -> i32;
/// A call that may wait.
pub type WaitingCall = for<'a> fn(&'a mut Context, &'a [CallArg<'a>]) -> LocalFuture<'a, i32>;

/// How to call a function.
#[derive(Clone, Copy)]
pub enum Call {
    /// Effect is not `Suspends`.
    Plain(PlainCall),
    /// Effect is `Suspends`.
    Waiting(WaitingCall),
}

/// One function as the interpreter calls it.
#[derive(Clone, Copy)]
pub struct Binding {
    /// Its declaration.
    pub function: &'static Function,
    /// Its implementation.
    pub call: Call,
}

/// Which Rust types serve which kinds of parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Class {
    /// `i32`
    Int,
    /// `Text`
    Text,
    /// `&VarRef`
    Variable,
    /// `&Regex`
    Regex,
    /// `&Methods`
    Methods,
    /// `u32`
    Flag,
    /// `RouteRef`
    Route,
}

/// The class of a kind.
pub const fn class_of(kind: Kind) -> Class {
    match kind {
        Kind::Int => Class::Int,
        Kind::Text => Class::Text,
        Kind::Variable | Kind::Target => Class::Variable,
        Kind::Regex => Class::Regex,
        Kind::Methods => Class::Methods,
        Kind::MessageFlag | Kind::BranchFlag | Kind::DialogFlag => Class::Flag,
        Kind::FailureRoute | Kind::ReplyRoute | Kind::BranchRoute | Kind::Route => Class::Route,
    }
}

/// A Rust type that a script function may take.
pub trait FromArg<'a>: Sized {
    /// Its class.
    const CLASS: Class;
    /// Whether it stands for an optional parameter.
    const OPTIONAL: bool = false;
    /// Takes it from an evaluated argument; `None` when the argument is of another class.
    fn from_arg(arg: &CallArg<'a>) -> Option<Self>;
}

macro_rules! from_arg {
    ($type:ty, $class:ident, $pattern:pat => $value:expr) => {
        impl<'a> FromArg<'a> for $type {
            const CLASS: Class = Class::$class;
            fn from_arg(arg: &CallArg<'a>) -> Option<Self> {
                match arg {
                    $pattern => Some($value),
                    _ => None,
                }
            }
        }
    };
}

from_arg!(i32, Int, CallArg::Int(n) => *n);
from_arg!(Text, Text, CallArg::Text(t) => t.clone());
from_arg!(&'a VarRef, Variable, CallArg::Variable(v) => v);
from_arg!(&'a Regex, Regex, CallArg::Regex(r) => r);
from_arg!(&'a Methods, Methods, CallArg::Methods(m) => m);
from_arg!(u32, Flag, CallArg::Flag(bit) => *bit);
from_arg!(RouteRef, Route, CallArg::Route(r) => *r);

impl<'a, T: FromArg<'a>> FromArg<'a> for Option<T> {
    const CLASS: Class = T::CLASS;
    const OPTIONAL: bool = true;
    fn from_arg(arg: &CallArg<'a>) -> Option<Self> {
        match arg {
            CallArg::Omitted => Some(None),
            given => T::from_arg(given).map(Some),
        }
    }
}

/// The declaration of a name in a table; does not compile when there is none.
pub const fn declared(module: &'static Module, name: &str) -> &'static Function {
    let mut i = 0;
    while i < module.functions.len() {
        if same(module.functions[i].name, name) {
            return &module.functions[i];
        }
        i += 1;
    }
    panic!("the interface table declares no function of this name")
}

/// Whether a declaration's parameters are of these classes and options.
pub const fn agrees(function: &Function, types: &[(Class, bool)]) -> bool {
    if function.params.len() != types.len() {
        return false;
    }
    let mut i = 0;
    while i < types.len() {
        let param = &function.params[i];
        if class_of(param.kind) as u8 != types[i].0 as u8 || param.optional != types[i].1 {
            return false;
        }
        i += 1;
    }
    true
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Makes `BINDINGS`, the list of a module's functions for the interpreter.
///
/// ```
/// use sipc_engine::{Context, Text};
///
/// fn loose_route(_cx: &mut Context) -> i32 {
///     1
/// }
///
/// fn record_route(_cx: &mut Context, _params: Option<Text>) -> i32 {
///     1
/// }
///
/// sipc_engine::bindings! { sipc_interface::modules::rr::MODULE;
///     plain { loose_route(), record_route(Option<Text>) }
///     waiting {}
/// }
///
/// assert_eq!(BINDINGS.len(), 2);
/// ```
#[macro_export]
macro_rules! bindings {
    ($table:expr; plain { $($name:ident($($type:ty),*)),* $(,)? } waiting { $($wname:ident($($wtype:ty),*)),* $(,)? }) => {
        /// The functions of this module, for the interpreter.
        pub static BINDINGS: &[$crate::bindings::Binding] = &[
            $($crate::bindings::Binding {
                function: {
                    const FUNCTION: &::sipc_interface::Function =
                        $crate::bindings::declared(&$table, stringify!($name));
                    const { assert!(
                        $crate::bindings::agrees(FUNCTION, &[$((
                            <$type as $crate::bindings::FromArg>::CLASS,
                            <$type as $crate::bindings::FromArg>::OPTIONAL,
                        )),*]),
                        concat!("the signature of ", stringify!($name), " differs from its declaration"),
                    ) };
                    FUNCTION
                },
                call: $crate::bindings::Call::Plain(|cx, args| {
                    let mut _args = args.iter();
                    $name(cx, $(
                        match _args.next().and_then(<$type as $crate::bindings::FromArg>::from_arg) {
                            Some(value) => value,
                            None => return -1,
                        }
                    ),*)
                }),
            },)*
            $($crate::bindings::Binding {
                function: {
                    const FUNCTION: &::sipc_interface::Function =
                        $crate::bindings::declared(&$table, stringify!($wname));
                    const { assert!(
                        $crate::bindings::agrees(FUNCTION, &[$((
                            <$wtype as $crate::bindings::FromArg>::CLASS,
                            <$wtype as $crate::bindings::FromArg>::OPTIONAL,
                        )),*]),
                        concat!("the signature of ", stringify!($wname), " differs from its declaration"),
                    ) };
                    FUNCTION
                },
                call: $crate::bindings::Call::Waiting(|cx, args| Box::pin(async move {
                    let mut _args = args.iter();
                    $wname(cx, $(
                        match _args.next().and_then(<$wtype as $crate::bindings::FromArg>::from_arg) {
                            Some(value) => value,
                            None => return -1,
                        }
                    ),*).await
                })),
            },)*
        ];
    };
}
