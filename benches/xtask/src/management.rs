//! What OpenSIPS tells of its memory, over its FIFO.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::Fault;

/// The file in which the answer comes.
const ANSWER: &str = "answer";

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
    let mut ask = OpenOptions::new().write(true).open(fifo).map_err(failed)?;
    let question = r#"{"jsonrpc":"2.0","id":"1","method":"get_statistics","params":[["real_used_size"]]}"#;
    writeln!(ask, ":{ANSWER}:{question}").map_err(failed)?;
    let mut text = String::new();
    File::open(&answer).and_then(|mut file| file.read_to_string(&mut text)).map_err(failed)?;
    let digits = text.split("real_used_size").nth(1).unwrap_or_default();
    let digits: String =
        digits.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().map_err(|_| format!("OpenSIPS does not tell its memory: {text}"))
}
