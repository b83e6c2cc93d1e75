//! Log lines: levels and the sink. A worker never waits for a log consumer: the sink hands lines to a
//! thread of its own and counts what it had to leave out.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// Levels as in `log_level`: lower is more severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Level {
    /// Needs a person at once.
    Alert = -3,
    /// Something is broken.
    Critical = -2,
    /// An operation failed.
    Error = -1,
    /// Something is suspicious.
    Warning = 1,
    /// Worth noting; the default threshold.
    Notice = 2,
    /// Ordinary events.
    Info = 3,
    /// Details.
    Debug = 4,
}

impl Level {
    /// The word that OpenSIPS prints.
    pub const fn word(self) -> &'static str {
        match self {
            Level::Alert => "ALERT",
            Level::Critical => "CRITICAL",
            Level::Error => "ERROR",
            Level::Warning => "WARNING",
            Level::Notice => "NOTICE",
            Level::Info => "INFO",
            Level::Debug => "DBG",
        }
    }

    /// The nearest level of a number.
    pub const fn from_number(n: i32) -> Level {
        match n {
            i32::MIN..=-3 => Level::Alert,
            -2 => Level::Critical,
            -1 | 0 => Level::Error,
            1 => Level::Warning,
            2 => Level::Notice,
            3 => Level::Info,
            _ => Level::Debug,
        }
    }
}

/// Where finished lines go.
pub trait Sink: Send + Sync {
    /// Takes one line. `origin` is `module:function` for messages of the program and empty for
    /// lines of the script (`xlog`). Must not wait.
    fn line(&self, level: Level, origin: &str, text: &[u8]);
}

/// The thresholds and the sink of the process.
pub struct Log {
    level: AtomicI32,
    xlog_level: AtomicI32,
    sink: Box<dyn Sink>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("level", &self.level).finish_non_exhaustive()
    }
}

impl Log {
    /// A log with the thresholds of the script.
    pub fn new(level: i32, xlog_level: i32, sink: Box<dyn Sink>) -> Arc<Log> {
        Arc::new(Log { level: AtomicI32::new(level), xlog_level: AtomicI32::new(xlog_level), sink })
    }

    /// The threshold for messages of the program.
    pub fn level(&self) -> i32 {
        self.level.load(Ordering::Relaxed)
    }

    /// Changes it.
    pub fn set_level(&self, level: i32) {
        self.level.store(level, Ordering::Relaxed);
    }

    /// The threshold for `xlog`.
    pub fn xlog_level(&self) -> i32 {
        self.xlog_level.load(Ordering::Relaxed)
    }

    /// Changes it.
    pub fn set_xlog_level(&self, level: i32) {
        self.xlog_level.store(level, Ordering::Relaxed);
    }

    /// Whether a message of this level would be printed.
    pub fn is_on(&self, level: Level) -> bool {
        level as i32 <= self.level()
    }

    /// Prints a message of the program that has passed another threshold.
    pub fn passed(&self, level: Level, origin: &str, text: fmt::Arguments<'_>) {
        self.sink.line(level, origin, text.to_string().as_bytes());
    }

    /// Prints a message of the program, if its level is on.
    pub fn message(&self, level: Level, origin: &str, text: fmt::Arguments<'_>) {
        if self.is_on(level) {
            self.sink.line(level, origin, text.to_string().as_bytes());
        }
    }

    /// Prints a line of the script; the caller has checked the threshold.
    pub fn script_line(&self, level: Level, text: &[u8]) {
        self.sink.line(level, "", text);
    }
}
