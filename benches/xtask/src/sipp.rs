//! The load: SIPp as callers and as the called.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Fault;
use crate::build::sources;
use crate::peer::{free_address, is_bound};
use crate::scenario::Transport;

/// How long those who are called may take to begin, and to end after the last call.
const PATIENCE: Duration = Duration::from_secs(5);

/// What one side saw.
#[derive(Clone, Copy, Default, Debug)]
pub struct Seen {
    /// Calls that did not.
    pub failed: u64,
    /// Messages sent again.
    pub retransmissions: u64,
    /// Calls whose messages came in another order.
    pub disorder: u64,
    /// How many calls a second there were.
    pub rate: f64,
}

/// Some calls.
pub struct Load<'a> {
    /// A scenario of `benches/sip/load`.
    pub scenario: &'a str,
    /// Where the server is.
    pub server: SocketAddr,
    /// What stands behind the `@` of who is called.
    pub target: String,
    /// Where those who are called are, as servers see it.
    pub called: SocketAddr,
    /// User parts, one a line.
    pub users: &'a Path,
    /// How many calls.
    pub calls: u64,
    /// A second.
    pub rate: u64,
    /// How they travel.
    pub transport: Transport,
}

impl Load<'_> {
    /// Makes the calls, waits for their end, and gives what the callers saw.
    pub fn run(&self, dir: &Path) -> Result<Seen, Fault> {
        let own = free_address()?;
        let statistics = dir.join("caller.stat");
        let mut command = sipp(self.scenario, own, self.transport, &statistics);
        command.arg(self.server.to_string()).arg("-inf").arg(self.users);
        command.args(["-key", "target", &self.target, "-key", "called", &self.called.to_string()]);
        command.args(["-m", &self.calls.to_string(), "-r", &self.rate.to_string(), "-l", "100000"]);
        command.args(["-timeout", &format!("{}s", self.calls / self.rate + 60), "-timeout_error"]);
        let mut child = command.current_dir(dir).spawn().map_err(missing)?;
        // an exit status that is not 0 tells of failed calls, which the statistics count
        child.wait().map_err(|e| e.to_string())?;
        read(&statistics).ok_or_else(|| fs::read_to_string(errors(&statistics)).unwrap_or_default())
    }
}

/// Those who are called, until they are dropped.
pub struct Callee {
    child: Child,
    statistics: PathBuf,
}

impl Callee {
    /// Starts them and waits until they listen.
    /// `contact` is where servers reach them.
    pub fn start(
        scenario: &str,
        own: SocketAddr,
        contact: &str,
        transport: Transport,
        dir: &Path,
    ) -> Result<Callee, Fault> {
        let statistics = dir.join("callee.stat");
        let mut command = sipp(scenario, own, transport, &statistics);
        command.args(["-key", "contact", contact]);
        let child = command.current_dir(dir).spawn().map_err(missing)?;
        let started = Instant::now();
        while !is_bound(own, transport) {
            if started.elapsed() > PATIENCE {
                return Err(format!("sipp does not listen on {own}"));
            }
            sleep(Duration::from_millis(10));
        }
        Ok(Callee { child, statistics })
    }

    /// Ends them when their calls have ended, and gives what they saw.
    pub fn end(mut self) -> Result<Seen, Fault> {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        kill(pid, Signal::SIGUSR1).map_err(|e| e.to_string())?;
        let started = Instant::now();
        while self.child.try_wait().map_err(|e| e.to_string())?.is_none() {
            if started.elapsed() > PATIENCE {
                break;
            }
            sleep(Duration::from_millis(10));
        }
        read(&self.statistics).ok_or_else(|| format!("{} was not written", self.statistics.display()))
    }
}

impl Drop for Callee {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn missing(error: std::io::Error) -> Fault {
    format!("sipp: {error} (the Debian package is sip-tester)")
}

fn sipp(scenario: &str, own: SocketAddr, transport: Transport, statistics: &Path) -> Command {
    let mut command = Command::new("sipp");
    let file = sources().join("benches/sip/load").join(scenario).with_extension("xml");
    command.arg("-sf").arg(file);
    command.args(["-i", &own.ip().to_string(), "-p", &own.port().to_string(), "-nostdin"]);
    command.args(["-t", if transport == Transport::Udp { "u1" } else { "t1" }]);
    command.args(["-buff_size", "4194304", "-trace_stat", "-fd", "1", "-stf"]).arg(statistics);
    // it is written with the first error only: what an earlier run has left would pass for this one's
    let _ = fs::remove_file(errors(statistics));
    command.args(["-trace_err", "-error_file"]).arg(errors(statistics));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Where SIPp says why calls failed, beside its statistics.
fn errors(statistics: &Path) -> PathBuf {
    statistics.with_extension("errors")
}

/// Keeps for a look what both sides said of a run with failed or repeated calls; the next run writes anew.
pub fn keep_errors(dir: &Path, run: &str) {
    for side in ["caller", "callee"] {
        // a side that saw nothing wrong has written nothing
        let _ = fs::rename(dir.join(side).with_extension("errors"), dir.join(format!("{run}-{side}.errors")));
    }
}

/// The last line of SIPp's statistics.
fn read(path: &Path) -> Option<Seen> {
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next()?.split(';').collect();
    let values: Vec<&str> = lines.next_back()?.split(';').collect();
    let value = |name: &str| values.get(names.iter().position(|n| *n == name)?)?.parse::<f64>().ok();
    let count = |name: &str| value(name).unwrap_or(0.0) as u64;
    Some(Seen {
        failed: value("FailedCall(C)")? as u64,
        retransmissions: count("Retransmissions(C)"),
        disorder: count("GenericCounter1(C)") + count("FailedUnexpectedMessage(C)"),
        rate: value("CallRate(C)")?,
    })
}
