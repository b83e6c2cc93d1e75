//! What a site in training has instead of what it has in service: sockets of the loopback, copies of its databases, and where
//! that can be had, a network of its own in which every address is answered.

use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sipc_engine::setup::{Configuration, Setting};

use super::pgo::program;

/// How a URL of module `db_text` begins; there is no other database that could be written to.
const DATABASE: &str = "text://";
/// Makes every address one of this network, so that gateways are where the training answers; then runs what it is told.
const SETUP: &str = "ip link set lo up && ip route add local default dev lo && exec \"$@\"";

/// Where the training takes place.
pub enum Network {
    /// In a network of its own.
    Own(Enter),
    /// On the machine's loopback, and why nowhere better.
    Loopback(String),
    /// On the machine's loopback, because who calls is not ours to move.
    OfTheMachine,
}

/// The way into a network of its own.
pub struct Enter(&'static [&'static str]);

impl Enter {
    /// What runs a command there, which is to be added.
    pub fn command(&self) -> Command {
        let mut command = program(self.0);
        command.args(["--", "sh", "-c", SETUP, "sh"]);
        command
    }
}

impl Network {
    /// Tries as whoever this is, then as the root of a world of its own.
    pub fn probe() -> Network {
        let mut why = String::new();
        for words in [&["unshare", "--net"][..], &["unshare", "--net", "--map-root-user"]] {
            let enter = Enter(words);
            match enter.command().arg("true").stdin(Stdio::null()).output() {
                Ok(output) if output.status.success() => return Network::Own(enter),
                Ok(output) => why = String::from_utf8_lossy(&output.stderr).trim().to_owned(),
                Err(e) => why = format!("unshare: {e}"),
            }
        }
        Network::Loopback(why)
    }

    /// Whether nothing else is there.
    pub fn is_alone(&self) -> bool {
        matches!(self, Network::Own(_))
    }
}

/// A site's place for the training.
pub struct Stage {
    /// How it is called.
    pub transport: &'static str,
    /// What it is told besides the sockets that it is called on.
    pub arguments: Vec<String>,
}

impl Stage {
    /// Empties the folder and puts there what the site needs.
    pub fn new(c: &Configuration, folder: &Path, network: &Network) -> Result<Stage, String> {
        let failed = |e: std::io::Error| format!("cannot prepare {}: {e}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(failed)?;
        }
        fs::create_dir_all(folder).map_err(failed)?;
        let listens = |transport: &str| c.sockets.iter().any(|s| s.transport == transport);
        let transport = ["udp", "tcp"].into_iter().find(|t| listens(t));
        let transport = transport.ok_or(
            "--pgo trains a site over UDP or TCP, and the script listens on neither: make a profile from a script that does, \
             and give it with --pgo-profile",
        )?;
        let mut arguments = Vec::new();
        if network.is_alone() {
            // they are needed when it starts, and here any address can be had
            c.send_sockets.iter().for_each(|s| arguments.extend(["--socket".to_owned(), s.clone()]));
        }
        let settings = settings(c, folder)?.into_iter();
        arguments.extend(settings.flat_map(|setting| ["--set".to_owned(), setting]));
        Ok(Stage { transport, arguments })
    }
}

/// Parameters that would reach out of the training, or let it be taken for an attack.
fn settings(c: &Configuration, folder: &Path) -> Result<Vec<String>, String> {
    let mut settings = vec!["syslog_enabled=no".to_owned(), "stderror_enabled=yes".to_owned()];
    let own = folder.display();
    for module in &c.modules {
        match module.as_str() {
            "httpd" => {
                settings.extend(["httpd.ip=127.0.0.1".into(), format!("httpd.port={}", free()?.port())]);
            }
            "mi_fifo" => settings
                .extend([format!("mi_fifo.fifo_name={own}/fifo"), format!("mi_fifo.reply_dir={own}/")]),
            "pike" => settings.push(format!("pike.reqs_density_per_unit={}", i32::MAX)),
            _ => {}
        }
    }
    let mut databases = Databases { folder, copied: Vec::new() };
    let global = c.globals.iter().filter(|(name, _)| name == "db_default_url");
    for (name, value) in global {
        settings.extend(databases.moved(value)?.map(|text| format!("{name}={text}")));
    }
    for (module, name, value) in &c.modparams {
        let of_this = |m: &str, n: &str| m == module && n == name;
        let is_first = |text: &str| !settings.iter().any(|s| s.starts_with(text));
        let key = format!("{module}.{name}=");
        if databases.moved(value)?.is_none() || !is_first(&key) {
            continue;
        }
        // the first of them replaces all that the script has
        for (.., value) in c.modparams.iter().filter(|(m, n, _)| of_this(m, n)) {
            let text = databases.moved(value)?.or_else(|| value.text().map(str::to_owned));
            settings.extend(text.map(|text| format!("{key}{text}")));
        }
    }
    Ok(settings)
}

/// Folders of tables and their copies.
struct Databases<'a> {
    folder: &'a Path,
    copied: Vec<(String, PathBuf)>,
}

impl Databases<'_> {
    /// The value with each folder's copy in its place; `None` when it names none.
    fn moved(&mut self, value: &Setting) -> Result<Option<String>, String> {
        let Some(text) = value.text().filter(|text| text.contains(DATABASE)) else { return Ok(None) };
        let mut parts = text.split(DATABASE);
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find([';', ' ', '\t']).unwrap_or(part.len());
            let (folder, rest) = part.split_at(end);
            out += &format!("{DATABASE}{}{rest}", self.copy(folder)?.display());
        }
        Ok(Some(out))
    }

    fn copy(&mut self, original: &str) -> Result<PathBuf, String> {
        if let Some((_, copy)) = self.copied.iter().find(|(o, _)| o == original) {
            return Ok(copy.clone());
        }
        let copy = self.folder.join(format!("database{}", self.copied.len()));
        let failed = |e: std::io::Error| format!("the training needs a copy of the database {original}: {e}");
        fs::create_dir(&copy).map_err(failed)?;
        for entry in fs::read_dir(original).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.metadata().map_err(failed)?.is_file() {
                fs::copy(entry.path(), copy.join(entry.file_name())).map_err(failed)?;
            }
        }
        self.copied.push((original.to_owned(), copy.clone()));
        Ok(copy)
    }
}

/// An address of the loopback where nobody listens for datagrams nor for connections.
pub fn free() -> Result<SocketAddr, String> {
    for _ in 0..100 {
        let socket =
            UdpSocket::bind("127.0.0.1:0").map_err(|e| format!("cannot listen on 127.0.0.1: {e}"))?;
        let address = socket.local_addr().map_err(|e| e.to_string())?;
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err("no port of 127.0.0.1 is free".into())
}
