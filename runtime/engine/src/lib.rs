//! All that a generated route calls, and all that the interpreter calls: values, variables,
//! transformations, the context of one message, the flow of control, statistics, timers and the
//! transaction layer's glue to scripts.
//!
//! Reading order: [`value`] (what a script computes with), [`flow`] (how statements end), [`place`]
//! (references to variables), [`context`] (one message being handled), [`script`] (what an executor
//! provides), [`setup`] and [`shared`] (what modules register and what lives for the process).
//!
//! The crate opens no socket and reads no clock: `sipc-net` drives it through [`network::Network`]
//! and tells the time with each event.
#![forbid(unsafe_code)]

pub mod value;
pub mod short;
pub mod fault;
pub mod blacklists;
pub mod entrance;
pub mod events;
pub mod flow;
pub mod place;
pub mod overload;
pub mod path;
pub mod context;
pub mod avp;
pub mod arguments;
pub mod asynchronous;
pub mod bindings;
pub mod direct;
pub mod format;
pub mod regex;
pub mod address;
pub mod expr;
pub mod statements;
pub mod trace;
pub mod xlog;
pub mod variables;
pub mod core_functions;
pub mod texts;
pub mod transformations;
pub mod dynamic;
pub mod recurrence;
pub mod substitution;
mod local;
pub mod uri_edit;
pub mod testing;
pub mod dummy;
pub mod extensions;
pub mod hooks;
pub mod mi;
pub mod statistics;
pub mod status_report;
pub mod cachedb;
pub mod database;
pub mod gateways;
pub mod settings;
pub mod waiting;
pub mod dialogs;
pub mod digest;
pub mod glob;
pub mod timers;
pub mod tm;
pub mod script;
pub mod setup;
pub mod shared;
pub mod worker;
pub mod network;
pub mod streams;
pub mod name_cache;
pub mod names;
pub mod send;
pub mod receive;
pub mod log;

pub use context::Context;
pub use flow::{Decide, Done, Flow};
pub use place::{Index, Inner, Place, VarRef};
pub use value::{Text, Value};
