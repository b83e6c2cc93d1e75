//! Log consumers: stderr and syslog, written by a thread of their own so that no worker waits for a
//! full pipe or disk. Lines that the thread cannot keep up with are counted, not waited for.

use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sipc_engine::log::{Level, Sink, Targets};

mod format;

pub use format::Format;
use format::{Line, Process};

/// Lines that may wait for the thread.
const QUEUE_MAX: usize = 65_536;
/// How long a line may wait for others: they are written in one piece, and a worker does not wake this thread for each.
const GATHER: Duration = Duration::from_millis(5);
/// Most bytes in one piece.
const PIECE_MAX: usize = 65_536;
/// How long the end of the process waits for lines to be written.
const STOP_MAX: Duration = Duration::from_secs(2);

/// Which consumers are on.
#[derive(Debug, Clone)]
pub struct Consumers {
    /// How lines on stderr look.
    pub stderr_format: Format,
    /// How lines for syslog look.
    pub syslog_format: Format,
    /// `log_prefix`.
    pub prefix: String,
    /// Facility number of syslog(3).
    pub facility: u8,
    /// Ident of syslog.
    pub name: String,
}

enum Entry {
    Line { to: Targets, line: Line },
    Stop,
}

/// Takes lines from workers.
pub struct Queue {
    sender: SyncSender<Entry>,
    /// Lines left out because the thread could not keep up.
    pub dropped: Arc<AtomicU64>,
}

impl Sink for Queue {
    fn line(&self, to: Targets, level: Level, origin: &str, text: &[u8]) {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let line = Line { level, origin: origin.to_owned(), text: text.to_vec(), at };
        if let Err(TrySendError::Full(_)) = self.sender.try_send(Entry::Line { to, line }) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The thread; stopping it writes what is queued.
pub struct Writer {
    sender: SyncSender<Entry>,
    ended: Receiver<()>,
}

impl Writer {
    /// Writes the rest and ends the thread; who reads nothing is waited for no longer than `STOP_MAX`.
    pub fn stop(self) {
        // the queue of a consumer that takes nothing is full, and has no room for this
        let tell = move || self.sender.send(Entry::Stop);
        if std::thread::Builder::new().spawn(tell).is_ok() {
            let _ = self.ended.recv_timeout(STOP_MAX);
        }
    }
}

/// Starts the thread.
pub fn start(consumers: Consumers) -> std::io::Result<(Queue, Writer)> {
    let (sender, receiver) = sync_channel(QUEUE_MAX);
    let queue = Queue { sender: sender.clone(), dropped: Arc::default() };
    let dropped = queue.dropped.clone();
    let (last, ended) = sync_channel(1);
    std::thread::Builder::new().name("log".into()).spawn(move || {
        write_lines(&receiver, &consumers, &dropped);
        let _ = last.send(());
    })?;
    Ok((queue, Writer { sender, ended }))
}

fn write_lines(receiver: &Receiver<Entry>, consumers: &Consumers, dropped: &AtomicU64) {
    let process = Process::of(&consumers.prefix, &consumers.name);
    let mut writing = Writing { process, consumers, syslog: None, reported: 0, piece: Vec::new() };
    while let Ok(first) = receiver.recv() {
        if matches!(first, Entry::Line { .. }) {
            std::thread::sleep(GATHER);
        }
        let mut next = Some(first);
        while let Some(entry) = next.take().or_else(|| receiver.try_recv().ok()) {
            let Entry::Line { to, line } = entry else { return writing.flush() };
            writing.line(to, &line, dropped.load(Ordering::Relaxed));
        }
        writing.flush();
    }
}

/// What the thread has at hand.
struct Writing<'a> {
    process: Process,
    consumers: &'a Consumers,
    syslog: Option<Syslog>,
    /// How many lost lines were reported.
    reported: u64,
    /// For standard error, not written yet.
    piece: Vec<u8>,
}

impl Writing<'_> {
    fn line(&mut self, to: Targets, line: &Line, lost: u64) {
        if to.syslog {
            let syslog = self.syslog.get_or_insert_with(|| Syslog::new(self.consumers));
            syslog.send(line.level, &self.process.for_syslog(line, self.consumers.syslog_format));
        }
        if !to.stderr {
            return;
        }
        self.piece.extend_from_slice(&self.process.for_stderr(line, self.consumers.stderr_format));
        if lost > self.reported {
            let lines = lost - self.reported;
            let text = format!("{lines} log lines were left out: the consumer is too slow\n");
            self.piece.extend_from_slice(text.as_bytes());
            self.reported = lost;
        }
        if self.piece.len() > PIECE_MAX {
            self.flush();
        }
    }

    fn flush(&mut self) {
        // nobody can be told that standard error is gone
        let _ = std::io::stderr().write_all(&self.piece);
        self.piece.clear();
    }
}

/// syslog(3) over its datagram socket (RFC 3164 format, as libc writes it).
struct Syslog {
    socket: Option<UnixDatagram>,
    facility: u8,
    name: String,
}

impl Syslog {
    fn new(consumers: &Consumers) -> Syslog {
        Syslog { socket: connect(), facility: consumers.facility, name: consumers.name.clone() }
    }

    fn send(&mut self, level: Level, text: &[u8]) {
        let severity = match level {
            Level::Alert => 1,
            Level::Critical => 2,
            Level::Error => 3,
            Level::Warning => 4,
            Level::Notice => 5,
            Level::Info => 6,
            Level::Debug => 7,
        };
        let mut packet = format!("<{}>{}", u32::from(self.facility) * 8 + severity, self.name).into_bytes();
        packet.extend_from_slice(text);
        if self.socket.as_ref().is_none_or(|s| s.send(&packet).is_err()) {
            // the daemon may have been restarted
            self.socket = connect();
            let _ = self.socket.as_ref().map(|s| s.send(&packet));
        }
    }
}

fn connect() -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    socket.connect("/dev/log").ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket)
}

/// The number of a facility's name, as `LOG_LOCAL0` or `local0`.
pub fn facility(name: &str) -> Option<u8> {
    let name = name.to_ascii_uppercase();
    let name = name.strip_prefix("LOG_").unwrap_or(&name);
    const NAMES: [&str; 12] = [
        "KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP",
    ];
    if let Some(at) = NAMES.iter().position(|n| *n == name) {
        return u8::try_from(at).ok();
    }
    let local = name.strip_prefix("LOCAL")?.parse::<u8>().ok().filter(|n| *n < 8)?;
    Some(16 + local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_by_name() {
        assert_eq!(facility("LOG_LOCAL0"), Some(16));
        assert_eq!(facility("daemon"), Some(3));
        assert_eq!(facility("LOG_LOCAL9"), None);
    }
}
