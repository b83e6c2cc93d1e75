//! The management interface: commands by name, parameters, results. Transports (`mi_fifo`, `mi_http`)
//! carry JSON-RPC 2.0 to [`rpc::answer`].

mod cache;
mod blacklists;
mod commands;
pub(crate) mod connections;
mod events;
pub mod rpc;
mod statistics;
mod status_report;

use std::future::Future;
use std::pin::Pin;

use serde_json::{Map, Value as Json};

use crate::shared::Shared;

/// Answers a command. Runs on a management thread, never on a worker.
pub type Handler = fn(&Shared, &Params) -> Result<Json, MiError>;

/// What a command will answer that takes its time.
pub type Pending = Pin<Box<dyn Future<Output = Result<Json, MiError>> + Send>>;

/// Begins a command whose answer comes later.
pub type LaterHandler = fn(&Shared, &Params) -> Pending;

/// One registered command.
#[derive(Clone, Copy)]
pub struct Command {
    /// Full name, `module:command`, as in the interface tables.
    pub name: &'static str,
    /// What answers it.
    pub handler: Handler,
}

/// A command's error: code and message of the JSON-RPC error object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MiError {
    /// JSON-RPC or SIP-like code.
    pub code: i32,
    /// Text.
    pub message: String,
    /// More, if any.
    pub data: Option<String>,
}

impl MiError {
    /// A code with its text.
    pub fn new(code: i32, message: impl Into<String>) -> MiError {
        MiError { code, message: message.into(), data: None }
    }
}

/// Named parameters of one call, whatever form they came in.
#[derive(Debug, Clone, Default)]
pub struct Params(pub Map<String, Json>);

impl Params {
    /// A text; numbers are converted.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Json::String(s) => Some(s.clone()),
            Json::Number(n) => Some(n.to_string()),
            _ => None,
        }
    }

    /// A number; numeric text is converted.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Json::Number(n) => n.as_i64(),
            Json::String(s) => s.trim().parse().ok(),
            _ => None,
        }
    }

    /// Whether the parameter was given.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// An array, or a single value as an array of one.
    pub fn list(&self, name: &str) -> Vec<Json> {
        match self.0.get(name) {
            Some(Json::Array(a)) => a.clone(),
            Some(v) => vec![v.clone()],
            None => Vec::new(),
        }
    }
}

/// Commands of the core.
pub(crate) fn core_commands() -> Vec<Command> {
    let mut all = commands::COMMANDS.to_vec();
    all.extend_from_slice(statistics::COMMANDS);
    all.extend_from_slice(events::COMMANDS);
    all.extend_from_slice(status_report::COMMANDS);
    all.extend_from_slice(cache::COMMANDS);
    all.extend_from_slice(blacklists::COMMANDS);
    all.extend_from_slice(connections::COMMANDS);
    all
}
