//! The servers that are measured: how each is told its script and started.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Fault;
use crate::scenario::{Scenario, Transport};

/// How long a server may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// What kind of server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// `sipc build`.
    #[default]
    Compiled,
    /// `sipc build --lto --pgo-profile`.
    Optimised,
    /// `sipc run`.
    Interpreted,
    /// Kamailio with as many workers as it chooses.
    Kamailio,
    /// OpenSIPS likewise.
    OpenSips,
    /// A forwarder that moves one datagram at a time.
    Floor,
    /// A forwarder that moves many.
    Batched,
}

/// All of them, in the order of reports.
pub const KINDS: [Kind; 7] = [
    Kind::Compiled,
    Kind::Optimised,
    Kind::Interpreted,
    Kind::OpenSips,
    Kind::Kamailio,
    Kind::Floor,
    Kind::Batched,
];

impl Kind {
    /// By its name on the command line.
    pub fn named(name: &str) -> Option<Kind> {
        KINDS.into_iter().find(|kind| kind.name() == name)
    }

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Compiled => "compiled",
            Kind::Optimised => "optimised",
            Kind::Interpreted => "interpreted",
            Kind::Kamailio => "kamailio",
            Kind::OpenSips => "opensips",
            Kind::Floor => "floor",
            Kind::Batched => "batched",
        }
    }

    /// As in reports.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Compiled => "sipc, compiled",
            Kind::Optimised => "sipc, --lto --pgo",
            Kind::Interpreted => "sipc, interpreted",
            Kind::Kamailio => "Kamailio",
            Kind::OpenSips => "OpenSIPS",
            Kind::Floor => "floor, single",
            Kind::Batched => "floor, batched",
        }
    }

    /// Whether it is one of the forwarders.
    pub fn is_floor(self) -> bool {
        matches!(self, Kind::Floor | Kind::Batched)
    }
}

/// Where the servers are.
pub struct Binaries {
    /// The command `sipc`.
    pub sipc: PathBuf,
    /// Kamailio.
    pub kamailio: PathBuf,
    /// OpenSIPS.
    pub opensips: Option<PathBuf>,
    /// Its modules.
    pub opensips_modules: Option<PathBuf>,
    /// How much memory servers get that must be told.
    pub megabytes: u64,
}

/// Writes the script of a scenario for a kind of server, after the lines that depend on the transport and on who
/// reads it; the file is only touched when that changes something, so that what was built of it stays new.
pub fn configure(
    kind: Kind,
    scenario: &Scenario,
    transport: Transport,
    modules: Option<&Path>,
    dir: &Path,
) -> Result<PathBuf, Fault> {
    let kamailio = kind == Kind::Kamailio;
    let name = format!("{}{}", scenario.script, if kamailio { ".kamailio.cfg" } else { ".cfg" });
    let source = crate::build::sources().join("benches/sip").join(&name);
    let script = fs::read_to_string(&source).map_err(|e| format!("{}: {e}", source.display()))?;
    let text = format!(
        "{}\n{script}",
        if kamailio { kamailio_head(transport, dir) } else { opensips_head(modules, transport, dir) }
    );
    let path = dir.join(format!("{}-{}-{}.cfg", scenario.script, kind.name(), transport.name()));
    if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(path)
}

fn kamailio_head(transport: Transport, dir: &Path) -> String {
    let tls = |name: &str| format!("modparam(\"tls\", \"{name}\", \"{}/{name}.pem\")\n", dir.display());
    let secure = match transport {
        Transport::Tls => format!(
            // its own default is TLS 1.0, which the libraries of today refuse
            "enable_tls=yes\nloadmodule \"tls.so\"\n{}{}modparam(\"tls\", \"verify_certificate\", 0)\n\
             modparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\n",
            tls("certificate"),
            tls("private_key")
        ),
        Transport::Udp | Transport::Tcp => String::new(),
    };
    format!("debug=0\nlog_stderror=yes\nauto_aliases=no\n{secure}")
}

fn opensips_head(modules: Option<&Path>, transport: Transport, dir: &Path) -> String {
    let path = modules.map(|dir| format!("mpath = \"{}/\"\n", dir.display())).unwrap_or_default();
    let module = match transport {
        Transport::Udp => "loadmodule \"proto_udp.so\"\n".into(),
        Transport::Tcp => "loadmodule \"proto_tcp.so\"\n".into(),
        Transport::Tls => secure(dir),
    };
    format!("log_level = 1\nxlog_level = 1\nstderror_enabled = yes\nsyslog_enabled = no\n{path}{module}")
}

/// One domain for connections that come, one for those that go; nobody's certificate is looked at.
fn secure(dir: &Path) -> String {
    let mut text = String::from(
        "loadmodule \"proto_tls.so\"\nloadmodule \"tls_openssl.so\"\nloadmodule \"tls_mgm.so\"\n",
    );
    for (domain, kind) in [("in", "server_domain"), ("out", "client_domain")] {
        let mut set = |name: &str, value: String| {
            text.push_str(&format!("modparam(\"tls_mgm\", \"{name}\", \"{value}\")\n"));
        };
        set(kind, domain.into());
        for name in ["certificate", "private_key"] {
            set(name, format!("[{domain}]{}/{name}.pem", dir.display()));
        }
        for name in ["verify_cert", "require_cert"] {
            set(name, format!("[{domain}]0"));
        }
    }
    text
}

/// A server that runs until it is dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// The process that all its others descend from.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Starts one and waits until it listens. `called` is the callee, whom only a forwarder must know.
    pub fn start(
        kind: Kind,
        binaries: &Binaries,
        script: &Path,
        transport: Transport,
        called: SocketAddr,
    ) -> Result<Server, Fault> {
        let address = free_address()?;
        let log = script.with_extension("log");
        let file = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let mut command = command(kind, binaries, script, transport, address, called)?;
        command.stdin(Stdio::null()).stdout(file.try_clone().map_err(|e| e.to_string())?).stderr(file);
        let child = command.spawn().map_err(|e| format!("{command:?}: {e}"))?;
        let mut server = Server { child, address };
        let started = Instant::now();
        while !is_bound(address, transport) {
            let ended = server.child.try_wait().map_err(|e| e.to_string())?;
            if ended.is_some() || started.elapsed() > PATIENCE {
                let said = fs::read_to_string(&log).unwrap_or_default();
                let end: Vec<&str> = said.lines().rev().take(12).collect();
                let end: Vec<&str> = end.into_iter().rev().collect();
                return Err(format!("{} does not listen:\n{}", kind.title(), end.join("\n")));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        let started = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && started.elapsed() < PATIENCE {
            sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(
    kind: Kind,
    binaries: &Binaries,
    script: &Path,
    transport: Transport,
    address: SocketAddr,
    called: SocketAddr,
) -> Result<Command, Fault> {
    let listen = format!("{}:{address}", transport.name());
    let megabytes = binaries.megabytes.to_string();
    let mut command;
    match kind {
        Kind::Compiled | Kind::Optimised => {
            command = Command::new(script.with_extension("bin"));
            command.args(["-F", "-E", "-l", &listen]);
        }
        Kind::Interpreted => {
            command = Command::new(&binaries.sipc);
            command.args(["run", "-F", "-f"]).arg(script).args(["-l", &listen]);
        }
        Kind::Kamailio => {
            command = Command::new(&binaries.kamailio);
            command.args(["-DD", "-E", "-m", &megabytes, "-f"]).arg(script).args(["-l", &listen]);
            if transport == Transport::Udp {
                command.arg("-T");
            }
        }
        Kind::OpenSips => {
            let binary = binaries.opensips.as_ref().ok_or("where is OpenSIPS? --opensips tells")?;
            command = Command::new(binary);
            command.args(["-F", "-m", &megabytes, "-f"]).arg(script).args(["-l", &listen]);
        }
        Kind::Floor | Kind::Batched => {
            command = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
            command.args(["floor", "--listen", &address.to_string(), "--called", &called.to_string()]);
            if kind == Kind::Batched {
                command.arg("--batched");
            }
        }
    }
    Ok(command)
}

/// An address of the loopback where nobody listens for datagrams nor for connections.
pub fn free_address() -> Result<SocketAddr, Fault> {
    for _ in 0..100 {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
        let address = socket.local_addr().map_err(|e| e.to_string())?;
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err("no port is free".into())
}

/// Whether somebody has bound an address.
pub fn is_bound(address: SocketAddr, transport: Transport) -> bool {
    let SocketAddr::V4(v4) = address else { return false };
    let wanted = format!("{:08X}:{:04X}", u32::from_le_bytes(v4.ip().octets()), v4.port());
    let table =
        fs::read_to_string(format!("/proc/net/{}", if transport == Transport::Udp { "udp" } else { "tcp" }))
            .unwrap_or_default();
    // a stream socket that listens is in state 0A
    let state = |line: &str| transport == Transport::Udp || line.split_whitespace().nth(3) == Some("0A");
    table.lines().any(|line| line.split_whitespace().nth(1) == Some(&wanted) && state(line))
}
