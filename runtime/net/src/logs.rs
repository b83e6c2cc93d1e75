//! Log consumers: stderr and syslog, written by a thread of their own so that no worker waits for a
//! full pipe or disk. Lines that the thread cannot keep up with are counted, not waited for.

use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use sipc_engine::log::{Level, Sink};

/// Lines that may wait for the thread.
const QUEUE_MAX: usize = 65_536;

/// Which consumers are on.
#[derive(Debug, Clone)]
pub struct Consumers {
    /// Log on stderr.
    pub stderr: bool,
    /// Log to syslog.
    pub syslog: bool,
    /// `log_prefix`.
    pub prefix: String,
    /// Facility number of syslog(3).
    pub facility: u8,
    /// Ident of syslog.
    pub name: String,
}

enum Entry {
    Line { level: Level, text: Vec<u8>, at: u64 },
    Stop,
}

/// Takes lines from workers.
pub struct Queue {
    sender: SyncSender<Entry>,
    /// Lines left out because the thread could not keep up.
    pub dropped: Arc<AtomicU64>,
    prefix: String,
    pid: u32,
}

impl Sink for Queue {
    fn line(&self, level: Level, origin: &str, text: &[u8]) {
        let mut line = Vec::with_capacity(text.len() + 48);
        let _ = write!(line, " [{}] {}", self.pid, self.prefix);
        if !origin.is_empty() {
            let _ = write!(line, "{}:{origin}: ", level.word());
        }
        line.extend_from_slice(text);
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        if let Err(TrySendError::Full(_)) = self.sender.try_send(Entry::Line { level, text: line, at }) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The thread; stopping it writes what is queued.
pub struct Writer {
    sender: SyncSender<Entry>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Writes the rest and ends the thread.
    pub fn stop(mut self) {
        let _ = self.sender.send(Entry::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts the thread.
pub fn start(consumers: Consumers) -> std::io::Result<(Queue, Writer)> {
    let (sender, receiver) = sync_channel(QUEUE_MAX);
    let prefix = if consumers.prefix.is_empty() { String::new() } else { format!("{}:", consumers.prefix) };
    let queue = Queue { sender: sender.clone(), dropped: Arc::default(), prefix, pid: std::process::id() };
    let dropped = queue.dropped.clone();
    let thread = std::thread::Builder::new()
        .name("log".into())
        .spawn(move || write_lines(&receiver, &consumers, &dropped))?;
    Ok((queue, Writer { sender, thread: Some(thread) }))
}

fn write_lines(receiver: &Receiver<Entry>, consumers: &Consumers, dropped: &AtomicU64) {
    let mut syslog = consumers.syslog.then(|| Syslog::new(consumers));
    let mut reported = 0;
    while let Ok(entry) = receiver.recv() {
        let Entry::Line { level, mut text, at } = entry else { return };
        if text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
        if consumers.stderr {
            let stamp = clock_text(at);
            let _ = std::io::stderr().write_all(&[stamp.as_bytes(), &text].concat());
        }
        if let Some(s) = &mut syslog {
            s.send(level, &text);
        }
        let lost = dropped.load(Ordering::Relaxed);
        if lost > reported && consumers.stderr {
            let _ = writeln!(
                std::io::stderr(),
                "{} log lines were left out: the consumer is too slow",
                lost - reported
            );
            reported = lost;
        }
    }
}

/// `Nov 22 05:41:24`, UTC: the day's text without a time-zone database.
fn clock_text(unix: u64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, rest) = (unix / 86_400, unix % 86_400);
    let (month, day) = month_and_day(days);
    let month = MONTHS.get(month).copied().unwrap_or("???");
    format!("{month} {day:2} {:02}:{:02}:{:02}", rest / 3600, rest % 3600 / 60, rest % 60)
}

/// Month (from 0) and day of a number of days since 1970-01-01 in the Gregorian calendar.
fn month_and_day(days: u64) -> (usize, u64) {
    let z = days + 719_468;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 2 } else { mp - 10 };
    (month as usize, doy - (153 * mp + 2) / 5 + 1)
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
        packet.extend_from_slice(text.strip_suffix(b"\n").unwrap_or(text).trim_ascii_start());
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
    fn the_clock_text_is_that_of_the_calendar() {
        assert_eq!(clock_text(0), "Jan  1 00:00:00");
        assert_eq!(clock_text(951_782_400), "Feb 29 00:00:00");
        assert_eq!(clock_text(1_795_326_084), "Nov 22 05:41:24");
    }

    #[test]
    fn facilities_by_name() {
        assert_eq!(facility("LOG_LOCAL0"), Some(16));
        assert_eq!(facility("daemon"), Some(3));
        assert_eq!(facility("LOG_LOCAL9"), None);
    }
}
