//! Log lines: levels and the sink. A worker never waits for a log consumer: the sink hands lines to a
//! thread of its own and counts what it had to leave out.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};

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
    /// Takes one line for some consumers. `origin` is `module:function` or `function` for messages of the
    /// program and empty for lines of the script (`xlog`). Must not wait.
    fn line(&self, to: Targets, level: Level, origin: &str, text: &[u8]);
}

/// For which consumers a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    /// Standard error.
    pub stderr: bool,
    /// syslog.
    pub syslog: bool,
}

/// One consumer of lines.
#[derive(Debug, Default)]
pub struct Consumer {
    /// Lines above this level are left out; 0: none are.
    pub level_filter: AtomicI32,
    /// It gets nothing.
    pub muted: AtomicBool,
}

impl Consumer {
    fn takes(&self, level: Level) -> bool {
        let filter = self.level_filter.load(Ordering::Relaxed);
        !self.muted.load(Ordering::Relaxed) && (filter == 0 || filter >= level as i32)
    }

    /// Sets it up.
    pub fn set(&self, level_filter: i32, muted: bool) {
        self.level_filter.store(level_filter, Ordering::Relaxed);
        self.muted.store(muted, Ordering::Relaxed);
    }
}

/// The consumers by the names that management commands use.
#[derive(Debug, Default)]
pub struct Consumers {
    /// `stderror`
    pub stderr: Consumer,
    /// `syslog`
    pub syslog: Consumer,
    /// `event`: raises E_CORE_LOG.
    pub event: Consumer,
}

impl Consumers {
    /// A consumer by its name.
    pub fn find(&self, name: &str) -> Option<&Consumer> {
        match name {
            "stderror" => Some(&self.stderr),
            "syslog" => Some(&self.syslog),
            "event" => Some(&self.event),
            _ => None,
        }
    }
}

/// What makes an event of a line.
pub type OnLine = Box<dyn Fn(Level, &str, &[u8]) + Send + Sync>;

thread_local! {
    /// Lines logged now raise no event: an event route must not feed itself.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs something whose lines raise no event.
pub fn without_events<R>(f: impl FnOnce() -> R) -> R {
    let _outer = Outer(QUIET.replace(true));
    f()
}

/// Puts back what was, even after a fault.
struct Outer(bool);

impl Drop for Outer {
    fn drop(&mut self) {
        QUIET.set(self.0);
    }
}

/// The thresholds, the consumers and the sink of the process.
pub struct Log {
    level: AtomicI32,
    xlog_level: AtomicI32,
    /// Who gets lines.
    pub consumers: Consumers,
    sink: Box<dyn Sink>,
    on_line: OnceLock<OnLine>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("level", &self.level).finish_non_exhaustive()
    }
}

impl Log {
    /// A log with the thresholds of the script; it raises no events yet.
    pub fn new(level: i32, xlog_level: i32, sink: Box<dyn Sink>) -> Arc<Log> {
        let consumers = Consumers::default();
        consumers.event.set(0, true);
        let (level, xlog_level) = (AtomicI32::new(level), AtomicI32::new(xlog_level));
        Arc::new(Log { level, xlog_level, consumers, sink, on_line: OnceLock::new() })
    }

    /// Says how a line becomes an event; the first one counts.
    pub fn set_on_line(&self, on_line: OnLine) {
        // a second process-wide hook does not exist
        let _ = self.on_line.set(on_line);
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
        self.print(level, origin, text.to_string().as_bytes());
    }

    /// Prints a message of the program, if its level is on.
    pub fn message(&self, level: Level, origin: &str, text: fmt::Arguments<'_>) {
        if self.is_on(level) {
            self.passed(level, origin, text);
        }
    }

    /// Prints a line of the script; the caller has checked the threshold.
    pub fn script_line(&self, level: Level, text: &[u8]) {
        self.print(level, "", text);
    }

    fn print(&self, level: Level, origin: &str, text: &[u8]) {
        let c = &self.consumers;
        let to = Targets { stderr: c.stderr.takes(level), syslog: c.syslog.takes(level) };
        if to.stderr || to.syslog {
            self.sink.line(to, level, origin, text);
        }
        if let Some(on_line) = self.on_line.get()
            && c.event.takes(level)
            && !QUIET.get()
        {
            without_events(|| on_line(level, origin, text));
        }
    }
}
