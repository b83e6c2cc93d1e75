//! What OpenSIPS tells of its memory, over its FIFO.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::Fault;

/// The file in which the answer comes.
const ANSWER: &str = "answer";

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a script needs for it.
pub fn script(fifo: &Path, dir: &Path) -> String {
    format!(
        "\nloadmodule \"mi_fifo.so\"\nmodparam(\"mi_fifo\", \"fifo_name\", \"{}\")\n\
         modparam(\"mi_fifo\", \"reply_dir\", \"{}/\")\n",
        fifo.display(),
        dir.display()
    )
}

/// Bytes of shared memory that are in use, with what the allocator needs for itself.
pub fn used(fifo: &Path, dir: &Path) -> Result<f64, Fault> {
    let answer = dir.join(ANSWER);
    // one of an earlier run may be left
    let _ = std::fs::remove_file(&answer);
    mkfifo(&answer, Mode::S_IRUSR | Mode::S_IWUSR).map_err(|e| format!("{}: {e}", answer.display()))?;
    let failed = |e: std::io::Error| format!("{}: {e}", fifo.display());
    // without a writer there is nothing to read yet, and that is no reason to wait for ever
    let nonblocking = OFlag::O_NONBLOCK.bits();
    let mut heard = OpenOptions::new().read(true).custom_flags(nonblocking).open(&answer).map_err(failed)?;
    let question = r#"{"jsonrpc":"2.0","id":"1","method":"get_statistics","params":[["real_used_size"]]}"#;
    // in one piece: it takes what it reads for the whole of it
    let ask = format!(":{ANSWER}:{question}\n");
    OpenOptions::new()
        .write(true)
        .open(fifo)
        .and_then(|mut f| f.write_all(ask.as_bytes()))
        .map_err(failed)?;
    let text = hear(&mut heard)?;
    let digits = text.split("real_used_size").nth(1).unwrap_or_default();
    let digits: String =
        digits.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().map_err(|_| format!("OpenSIPS does not tell its memory: {text}"))
}

/// All that is written until the writer is done.
fn hear(from: &mut File) -> Result<String, Fault> {
    let (mut text, started) = (Vec::new(), Instant::now());
    while started.elapsed() < PATIENCE {
        match from.read_to_end(&mut text) {
            Ok(_) if !text.is_empty() => return Ok(String::from_utf8_lossy(&text).into_owned()),
            Err(e) if e.kind() != ErrorKind::WouldBlock => return Err(e.to_string()),
            _ => sleep(Duration::from_millis(10)),
        }
    }
    Err("OpenSIPS does not answer on its FIFO".into())
}
