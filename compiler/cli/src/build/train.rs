//! The training: starts the site that counts, has calls made through it, and ends it so that it writes what it has counted.
//!
//! Half of the calls go to users who have registered, half to an address elsewhere, which a site relays to or refuses. Refusals
//! are answers like any other: what the site does with what it is asked is its script's affair.

use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::stage::free;
use crate::args::Train;

/// How long the site may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// Who registers.
const USERS: usize = 1000;
/// What is asked of the site: scenario, how often, how often a second.
const LOADS: [(&str, usize, usize); 3] =
    [("register", USERS, 500), ("options", 1000, 500), ("call", 6000, 500)];
/// At most so many are open; a site that answers nothing is not called for ever.
const OPEN: usize = 1000;
/// How long an answer may take, milliseconds.
const ANSWER: &str = "2000";
/// How long a load may take, seconds.
const LOAD: &str = "60";
/// Where gateways are in a network of its own: an address for documentation.
const GATEWAY: &str = "198.51.100.9:5060";
/// The scenarios.
const SCENARIOS: [(&str, &str); 4] = [
    ("register", include_str!("training/register.xml")),
    ("options", include_str!("training/options.xml")),
    ("call", include_str!("training/call.xml")),
    ("callee", include_str!("training/callee.xml")),
];
/// Answers that end a request otherwise than it was meant.
const REFUSALS: &str = "202 300 301 302 305 380 400 401 402 403 404 405 406 407 408 410 412 413 414 415 416 417 420 421 422 \
                        423 424 428 429 430 433 436 437 438 439 440 469 470 476 477 478 479 480 481 482 483 484 485 486 487 \
                        488 489 491 493 494 500 501 502 503 504 505 513 555 580 600 603 604 606 607 608";

/// Trains the site; tells how long that took.
pub fn train(t: &Train) -> Result<String, String> {
    let started = Instant::now();
    let mut site = Site::start(t)?;
    match &t.command {
        Some(command) => by_command(command, t, site.address)?,
        None => by_sipp(t, site.address)?,
    }
    site.is_there("during its training")?;
    site.end()?;
    Ok(format!("trained in {:.1} s", started.elapsed().as_secs_f32()))
}

/// SIPp is there, or how it comes to be.
pub fn look_for_sipp() -> Result<(), String> {
    let seen = Command::new("sipp").arg("-v").stdin(Stdio::null()).output();
    seen.map(drop).map_err(|e| {
        format!(
            "--pgo trains the site with SIPp, and `sipp` cannot be run ({e}): install it (Debian: sip-tester), or train with \
             --pgo-training COMMAND"
        )
    })
}

/// The site, until it is dropped.
struct Site<'a> {
    child: Child,
    address: SocketAddr,
    train: &'a Train,
}

impl Site<'_> {
    fn start(train: &Train) -> Result<Site<'_>, String> {
        let address = free()?;
        let log = train.folder.join("site.log");
        let log = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let child = Command::new(&train.site)
            .args(["-F", "-E", "--drain", "1", "--socket", &format!("{}:{address}", train.transport)])
            .args(&train.rest)
            .env("LLVM_PROFILE_FILE", train.folder.join("%p-%m.profraw"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| format!("{}: {e}", train.site.display()))?;
        let mut site = Site { child, address, train };
        let started = Instant::now();
        while !(is_bound(address, &train.transport) && site.can_be_ended()) {
            site.is_there("when it was started for its training")?;
            if started.elapsed() > PATIENCE {
                return Err(site.with_log("does not listen when it is started for its training"));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(site)
    }

    /// That it has not ended.
    fn is_there(&mut self, when: &str) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.with_log(&format!("ended {when} ({status})"))),
            Err(e) => Err(self.with_log(&format!("cannot be watched: {e}"))),
        }
    }

    /// Whether SIGTERM finds it ready: it may listen before that, and would end without a word of what it counted.
    fn can_be_ended(&self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        caught.is_some_and(|mask| mask >> (Signal::SIGTERM as u32 - 1) & 1 == 1)
    }

    /// What it is told by who presses Ctrl-C: it writes what it has counted, and ends.
    fn end(&mut self) -> Result<(), String> {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        kill(pid, Signal::SIGTERM).map_err(|e| format!("the site cannot be ended: {e}"))?;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            match self.child.try_wait() {
                Ok(None) => sleep(Duration::from_millis(20)),
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(self.with_log(&format!("ended badly ({status})"))),
                Err(e) => return Err(self.with_log(&format!("cannot be watched: {e}"))),
            }
        }
        Err(self.with_log("does not end when it is told to"))
    }

    /// What is wrong with it, and the last that it said.
    fn with_log(&self, what: &str) -> String {
        let said = fs::read_to_string(self.train.folder.join("site.log")).unwrap_or_default();
        let last: Vec<&str> = said.lines().rev().take(12).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        format!(
            "the site {what}; without --pgo it is built untrained, --pgo-profile takes a profile made elsewhere. It said:\n{}",
            last.join("\n")
        )
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether somebody has bound an address.
fn is_bound(address: SocketAddr, transport: &str) -> bool {
    let SocketAddr::V4(v4) = address else { return false };
    let wanted = format!("{:08X}:{:04X}", u32::from_le_bytes(v4.ip().octets()), v4.port());
    // what does not exist yet cannot be read, and is asked again
    let table = fs::read_to_string(format!("/proc/self/net/{transport}")).unwrap_or_default();
    // a stream socket that listens is in state 0A
    let listens =
        |line: &str| transport == "udp" || line.split_whitespace().nth(3).is_some_and(|state| state == "0A");
    table.lines().any(|line| line.split_whitespace().nth(1) == Some(&wanted) && listens(line))
}

fn by_command(text: &str, t: &Train, address: SocketAddr) -> Result<(), String> {
    println!("training the site at {}:{address}: {text}", t.transport);
    let status = Command::new("/bin/sh")
        .args(["-c", text])
        .env("SIPC_TRAINING_ADDRESS", address.to_string())
        .env("SIPC_TRAINING_HOST", address.ip().to_string())
        .env("SIPC_TRAINING_PORT", address.port().to_string())
        .env("SIPC_TRAINING_TRANSPORT", &t.transport)
        .status()
        .map_err(|e| format!("the training cannot be started: /bin/sh: {e}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("the training failed ({status}): {text}")),
    }
}

fn by_sipp(t: &Train, address: SocketAddr) -> Result<(), String> {
    // the sockets that the script sends from may have the port of gateways
    let gateways = t.alone && !t.rest.iter().any(|word| word == "--socket");
    let callee: SocketAddr = if gateways { SocketAddr::from(([0, 0, 0, 0], 5060)) } else { free()? };
    let suffix = if t.transport == "tcp" { ";transport=tcp" } else { "" };
    let contact = format!("127.0.0.1:{}{suffix}", callee.port());
    let elsewhere = if gateways { format!("{GATEWAY}{suffix}") } else { contact.clone() };
    let here = format!("{address}{suffix}");
    let called = (0..USERS).map(|n| format!("user{n};{here}\n49301{n:05};{elsewhere}\n"));
    write(&t.folder.join("called.csv"), &format!("SEQUENTIAL\n{}", called.collect::<String>()))?;
    let users = (0..USERS).map(|n| format!("user{n}\n")).collect::<String>();
    write(&t.folder.join("users.csv"), &format!("SEQUENTIAL\n{users}"))?;
    for (name, text) in SCENARIOS {
        write(&t.folder.join(name).with_extension("xml"), &with_refusals(text))?;
    }
    let mut answering = Ended(sipp(t, "callee", callee, &contact)?.spawned()?);
    for (scenario, count, rate) in LOADS {
        println!("training: {count} times {scenario}");
        let mut load = sipp(t, scenario, free()?, &contact)?;
        let users = if scenario == "call" { "called.csv" } else { "users.csv" };
        load.0.arg(address.to_string()).arg("-inf").arg(t.folder.join(users));
        load.0.args(["-m", &count.to_string(), "-r", &rate.to_string(), "-l", &OPEN.to_string()]);
        load.0.args(["-recv_timeout", ANSWER, "-timeout", LOAD]);
        load.done(t, scenario)?;
    }
    match answering.0.try_wait() {
        Ok(None) => Ok(()),
        _ => Err(format!("SIPp cannot answer calls in the training: {}", last_line(t, "callee"))),
    }
}

/// Puts the answers that refuse where the scenario has room for them, with the label that they lead to.
fn with_refusals(text: &str) -> String {
    let line = |line: &str| match line.trim().strip_prefix("<!-- refusals: ") {
        Some(rest) => {
            let label = rest.trim_end_matches(" -->");
            let one = |code| format!("  <recv response=\"{code}\" optional=\"true\" next=\"{label}\"/>\n");
            REFUSALS.split_whitespace().map(one).collect()
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let written = File::create(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// SIPp with a scenario of the training.
struct Sipp(Command);

fn sipp(t: &Train, scenario: &str, own: SocketAddr, callee: &str) -> Result<Sipp, String> {
    let log = t.folder.join(scenario).with_extension("log");
    let log = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
    let mut command = Command::new("sipp");
    command.arg("-sf").arg(t.folder.join(scenario).with_extension("xml"));
    command.args(["-i", &own.ip().to_string(), "-p", &own.port().to_string(), "-nostdin"]);
    command.args(["-t", if t.transport == "tcp" { "t1" } else { "u1" }, "-key", "callee", callee]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).current_dir(&t.folder);
    Ok(Sipp(command))
}

impl Sipp {
    fn spawned(mut self) -> Result<Child, String> {
        self.0.spawn().map_err(|e| format!("sipp: {e}"))
    }

    /// Runs it to its end. Calls that failed are no fault of the training: a script may answer nothing.
    fn done(self, t: &Train, scenario: &str) -> Result<(), String> {
        let status = self.spawned()?.wait().map_err(|e| format!("sipp: {e}"))?;
        // 1: calls failed; 97: its time was over
        if matches!(status.code(), Some(0 | 1 | 97)) {
            return Ok(());
        }
        Err(format!("SIPp cannot train the site with {scenario} ({status}): {}", last_line(t, scenario)))
    }
}

/// The last that SIPp said in a role.
fn last_line(t: &Train, scenario: &str) -> String {
    let said = fs::read_to_string(t.folder.join(scenario).with_extension("log")).unwrap_or_default();
    said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned()
}

/// A process that ends with this.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
