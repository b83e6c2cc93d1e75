//! TLS for SIPp, which has none in Debian: stunnel takes its connections and speaks TLS with the server, both ways.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Fault;
use crate::peer::{free_address, is_bound};
use crate::scenario::Transport;

/// How long stunnel may take to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether stunnel is there.
pub fn is_there() -> bool {
    let mut command = Command::new("stunnel");
    command.arg("-version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Both ways of one server, until it is dropped.
pub struct Tunnel {
    child: Child,
    /// Where the callers connect.
    pub entry: SocketAddr,
    /// Where the called take connections.
    pub exit: SocketAddr,
}

impl Tunnel {
    /// From callers to `server`, and from it, which connects to `called`, to those who are called.
    pub fn start(server: SocketAddr, called: SocketAddr, dir: &Path) -> Result<Tunnel, Fault> {
        let (entry, exit) = (free_address()?, free_address()?);
        let dir_name = dir.display();
        let text = format!(
            "foreground = yes\npid =\ndebug = 3\n[callers]\nclient = yes\naccept = {entry}\nconnect = {server}\n\
             [called]\naccept = {called}\nconnect = {exit}\ncert = {dir_name}/certificate.pem\n\
             key = {dir_name}/private_key.pem\n"
        );
        let path = dir.join("stunnel.conf");
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        let mut command = Command::new("stunnel");
        command.arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|e| format!("stunnel: {e} (the Debian package is stunnel4)"))?;
        let tunnel = Tunnel { child, entry, exit };
        let started = Instant::now();
        while !(is_bound(entry, Transport::Tls) && is_bound(called, Transport::Tls)) {
            if started.elapsed() > PATIENCE {
                return Err("stunnel does not listen".into());
            }
            sleep(Duration::from_millis(10));
        }
        Ok(tunnel)
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A certificate that nobody is to trust, and its key.
pub fn certificate(dir: &Path) -> Result<(), Fault> {
    let (certificate, key) = (dir.join("certificate.pem"), dir.join("private_key.pem"));
    if certificate.exists() && key.exists() {
        return Ok(());
    }
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "3650",
        "-subj",
        "/CN=127.0.0.1",
    ]);
    command.arg("-keyout").arg(key).arg("-out").arg(certificate).stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("openssl: {status}")),
        Err(e) => Err(format!("openssl: {e}")),
    }
}
