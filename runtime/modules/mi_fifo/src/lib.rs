//! `mi_fifo`: the management interface over a named pipe.
//!
//! A client writes `:REPLY:{json}` into the pipe; the answer goes into the pipe `REPLY` in the reply
//! directory, which the client made. An empty REPLY wants no answer.
#![forbid(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use sipc_engine::bindings::Binding;
use sipc_engine::log::Level;
use sipc_engine::mi::rpc;
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setting, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::waiting::wait_for;

/// More answers that take their time are not waited for beside each other.
const WAITING_MAX: usize = 64;

/// How many are.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// A place among those that are waited for, given back however the waiting ends.
struct Turn;

impl Turn {
    fn take() -> Option<Turn> {
        let turn = Turn;
        (WAITING.fetch_add(1, Ordering::Relaxed) < WAITING_MAX).then_some(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "mi_fifo", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

/// Longest command.
const COMMAND_MAX: usize = 1 << 20;
/// How often a reply pipe is tried that nobody reads yet.
const REPLY_TRIES: u32 = 40;

/// The module's parameters.
struct Fifo {
    path: PathBuf,
    mode: u32,
    owner: (Option<String>, Option<String>),
    replies: PathBuf,
    pretty: bool,
}

fn init(setup: &mut Setup) -> InitResult {
    let name = setup.text("mi_fifo", "fifo_name").filter(|n| !n.is_empty());
    let path = name.ok_or("fifo_name is not set")?;
    let mode =
        u32::try_from(setup.int("mi_fifo", "fifo_mode", 0o660)).map_err(|_| "fifo_mode is negative")?;
    let fifo = Fifo {
        path: path.into(),
        mode,
        owner: (owner(setup, "fifo_user"), owner(setup, "fifo_group")),
        replies: setup.text("mi_fifo", "reply_dir").unwrap_or_else(|| "/tmp".into()).into(),
        pretty: setup.int("mi_fifo", "pretty_printing", 0) != 0,
    };
    setup.share(Arc::new(fifo));
    setup.hooks.services.push(serve);
    setup.hooks.shutdown.push(remove);
    Ok(())
}

fn remove(shared: &Shared) {
    if let Some(fifo) = shared.state::<Fifo>() {
        // it may have been removed by hand
        let _ = std::fs::remove_file(&fifo.path);
    }
}

fn serve(shared: &Arc<Shared>) -> InitResult {
    let Some(fifo) = shared.state::<Fifo>() else { return Ok(()) };
    make_pipe(fifo)?;
    let shared = shared.clone();
    let thread = std::thread::Builder::new().name("mi_fifo".into());
    thread.spawn(move || listen(&shared)).map(drop).map_err(|e| format!("cannot start a thread: {e}"))
}

/// Makes the pipe and the directories above it. A pipe that is left over is replaced; anything else of
/// that name is not touched.
fn make_pipe(fifo: &Fifo) -> InitResult {
    let path = &fifo.path;
    let failed = |e: &dyn std::fmt::Display| format!("cannot make the pipe {}: {e}", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|e| failed(&e))?;
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_fifo() => std::fs::remove_file(path).map_err(|e| failed(&e))?,
        Ok(_) => return Err(failed(&"a file of that name exists and is no pipe")),
        Err(_) => {}
    }
    let mode = nix::sys::stat::Mode::from_bits_truncate(fifo.mode);
    nix::unistd::mkfifo(path, mode).map_err(|e| failed(&e))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(fifo.mode)).map_err(|e| failed(&e))?;
    let user = fifo.owner.0.as_deref().map(|n| id_of("/etc/passwd", n)).transpose()?;
    let group = fifo.owner.1.as_deref().map(|n| id_of("/etc/group", n)).transpose()?;
    if user.is_some() || group.is_some() {
        std::os::unix::fs::chown(path, user, group).map_err(|e| failed(&e))?;
    }
    Ok(())
}

/// A name or a number, as text.
fn owner(setup: &Setup, param: &str) -> Option<String> {
    setup.param("mi_fifo", param).map(|value| match value {
        Setting::Int(number) => number.to_string(),
        Setting::Text(name) => name.clone(),
    })
}

/// The number of a user or group: a number itself, or a name in the system's file.
fn id_of(file: &str, name: &str) -> Result<u32, String> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
    let line = text.lines().find(|l| l.split(':').next() == Some(name));
    line.and_then(|l| l.split(':').nth(2)?.parse().ok()).ok_or_else(|| format!("{name} is not in {file}"))
}

fn listen(shared: &Arc<Shared>) {
    let Some(fifo) = shared.state::<Fifo>() else { return };
    // opened for writing too, so that the pipe never ends when a client closes it
    let pipe = match OpenOptions::new().read(true).write(true).open(&fifo.path) {
        Ok(pipe) => pipe,
        Err(e) => return complain(shared, &format!("cannot open {}: {e}", fifo.path.display())),
    };
    let mut pending = Vec::new();
    let mut chunk = vec![0; 65_536];
    loop {
        match (&pipe).read(&mut chunk) {
            Ok(n) => pending.extend_from_slice(&chunk[..n]),
            Err(e) => return complain(shared, &format!("cannot read {}: {e}", fifo.path.display())),
        }
        while let Some((reply, request, used)) = take_command(&pending) {
            let answer = rpc::answer_in_time(shared, &request, fifo.pretty);
            pending.drain(..used);
            deliver(shared, reply, answer);
        }
        if pending.len() > COMMAND_MAX {
            complain(shared, "a command is too long; it is dropped");
            pending.clear();
        }
    }
}

/// Writes an answer once it is there. Those that take their time are waited for on threads of their own, so that other
/// commands go on.
fn deliver(shared: &Arc<Shared>, reply: Option<String>, mut answer: rpc::Answer) {
    let mut task = std::task::Context::from_waker(std::task::Waker::noop());
    if let Poll::Ready(answer) = answer.as_mut().poll(&mut task) {
        return write_answer(shared, reply.as_deref(), answer);
    }
    let for_thread = shared.clone();
    let wait = move || write_answer(&for_thread, reply.as_deref(), wait_for(answer));
    if let Err(why) = beside(wait) {
        complain(shared, &why);
    }
}

/// Does what takes its time on a thread of its own, if there are not too many of them.
fn beside(work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, String> {
    let turn = Turn::take().ok_or("too many answers are waited for; one is left out")?;
    let work = move || {
        let _until_the_end = turn;
        work();
    };
    let thread = std::thread::Builder::new().name("mi_fifo reply".into()).spawn(work);
    thread.map_err(|e| format!("cannot start a thread: {e}"))
}

fn write_answer(shared: &Shared, reply: Option<&str>, answer: Option<String>) {
    if let (Some(name), Some(text), Some(fifo)) = (reply, answer, shared.state::<Fifo>()) {
        write_reply(shared, &fifo.replies, name, &text);
    }
}

fn complain(shared: &Shared, text: &str) {
    shared.log.message(Level::Error, "mi_fifo:listen", format_args!("{text}"));
}

/// Takes one `:REPLY:{json}`: the name of the reply pipe, the request, and how many bytes they took.
/// `None` when the request is not complete yet.
fn take_command(text: &[u8]) -> Option<(Option<String>, Vec<u8>, usize)> {
    let start = text.iter().position(|c| !c.is_ascii_whitespace())?;
    if text[start] != b':' {
        // without a reply pipe: up to the end of the line
        let end = text[start..].iter().position(|c| *c == b'\n').map(|n| start + n + 1)?;
        return Some((None, text[start..end].to_vec(), end));
    }
    let colon = start + 1 + text[start + 1..].iter().position(|c| *c == b':')?;
    let name = String::from_utf8_lossy(&text[start + 1..colon]).trim().to_owned();
    let length = json_length(&text[colon + 1..])?;
    let request = text[colon + 1..colon + 1 + length].to_vec();
    Some(((!name.is_empty()).then_some(name), request, colon + 1 + length))
}

/// The length of the first JSON value; of everything up to the line's end when it is none.
fn json_length(text: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (i, c) in text.iter().enumerate() {
        match c {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            b'\n' if depth == 0 && !quoted && i > 0 => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// Writes an answer into the client's pipe. The name must not leave the directory.
fn write_reply(shared: &Shared, dir: &Path, name: &str, text: &str) {
    if name.contains('/') || name.starts_with('.') {
        return complain(shared, "a reply pipe's name must not contain `/`");
    }
    let path = dir.join(name);
    match open_reply(&path) {
        Some(mut pipe) => {
            // a client that went away does not want the answer
            let _ = pipe.write_all(text.as_bytes());
        }
        None => complain(shared, &format!("nobody reads the reply pipe {}", path.display())),
    }
}

/// Opens a pipe without waiting for its reader; tries for a while, since the client opens it after
/// writing the command.
fn open_reply(path: &Path) -> Option<File> {
    const NONBLOCK: i32 = nix::fcntl::OFlag::O_NONBLOCK.bits();
    for _ in 0..REPLY_TRIES {
        let is_pipe = std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_fifo());
        if is_pipe && let Ok(probe) = OpenOptions::new().write(true).custom_flags(NONBLOCK).open(path) {
            // someone reads: a blocking handle writes answers of any length. The probe stays open until
            // then, or the reader would see the end of the answer before its beginning.
            let pipe = OpenOptions::new().write(true).open(path).ok();
            drop(probe);
            return pipe;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Option<(Option<String>, String, usize)> {
        take_command(text.as_bytes()).map(|(r, q, n)| (r, String::from_utf8_lossy(&q).into_owned(), n))
    }

    #[test]
    fn commands_are_cut_out_of_the_stream() {
        let one = r#":reply_1:{"jsonrpc":"2.0","method":"a}b","params":["\"}"],"id":1}"#;
        assert_eq!(taken(one), Some((Some("reply_1".into()), one[9..].into(), one.len())));
        assert_eq!(taken(&one[..20]), None);
        assert_eq!(taken("::{}\n"), Some((None, "{}".into(), 4)));
        assert_eq!(taken("  \n"), None);
    }

    #[test]
    fn places_come_back_however_the_waiting_ends() {
        for _ in 0..2 * WAITING_MAX {
            let thread = beside(|| panic!("a handler has a fault")).expect("there is room");
            assert!(thread.join().is_err());
        }
        let turns: Vec<Turn> = std::iter::from_fn(Turn::take).collect();
        assert_eq!(turns.len(), WAITING_MAX);
        assert!(beside(|| ()).is_err_and(|why| why.contains("too many")));
        drop(turns);
        assert!(beside(|| ()).expect("there is room").join().is_ok());
    }
}
