//! Background, pid files, users.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Gid, Uid, setgid, setgroups, setuid};

use crate::Options;

/// Starts this program again in the background and waits until it is up.
///
/// A new process instead of a fork: the runtime may already have threads.
pub fn detach() -> Result<(), String> {
    use std::os::unix::process::CommandExt;
    let program = std::env::current_exe().map_err(|e| format!("cannot find this program: {e}"))?;
    let mut child = Command::new(program)
        .args(std::env::args_os().skip(1))
        .arg("--detached")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot start in the background: {e}"))?;
    let mut word = String::new();
    if let Some(mut out) = child.stdout.take() {
        // one line when it is up; end of file when it gave up, after saying why on stderr
        let mut byte = [0];
        while out.read(&mut byte).is_ok_and(|n| n == 1) && byte[0] != b'\n' {
            word.push(char::from(byte[0]));
        }
    }
    if word == READY { Ok(()) } else { Err("the background process did not start".into()) }
}

/// What the background process says when it is up.
pub const READY: &str = "ready";

/// Writes a process id; a stale file is replaced.
pub fn write_pid(path: &Path, pid: i32) -> Result<(), String> {
    std::fs::write(path, format!("{pid}\n"))
        .map_err(|e| format!("cannot write pid file {}: {e}", path.display()))
}

/// Makes a directory the root: what is opened later is looked for below it (`/etc/resolv.conf`, `/dev/log`).
pub fn change_root(root: &Path) -> Result<(), String> {
    let failed = |e| format!("cannot make {} the root: {e}", root.display());
    nix::unistd::chroot(root).map_err(failed)?;
    nix::unistd::chdir("/").map_err(failed)
}

/// Runs as the user and group of `-u` and `-g`. Sockets are bound by then.
pub fn drop_privileges(options: &Options) -> Result<(), String> {
    let user = options.user.as_deref().map(find_user).transpose()?;
    let group = match options.group.as_deref() {
        Some(name) => Some(find_group(name)?),
        None => user.as_ref().map(|(_, gid)| *gid),
    };
    if let Some(gid) = group {
        let failed = |e| format!("cannot run as group {gid}: {e}");
        if Uid::effective().is_root() {
            setgroups(&[gid]).map_err(failed)?;
        }
        setgid(gid).map_err(failed)?;
    }
    if let Some((uid, _)) = user {
        setuid(uid).map_err(|e| format!("cannot run as user {uid}: {e}"))?;
    }
    Ok(())
}

/// Users and groups are looked up in the system's files: a static executable has no name service.
fn find_user(name: &str) -> Result<(Uid, Gid), String> {
    if let Ok(id) = name.parse::<u32>() {
        let group = entry("/etc/passwd", 2, name).and_then(|e| e.get(3)?.parse().ok()).unwrap_or(id);
        return Ok((Uid::from_raw(id), Gid::from_raw(group)));
    }
    let found =
        entry("/etc/passwd", 0, name).and_then(|e| Some((e.get(2)?.parse().ok()?, e.get(3)?.parse().ok()?)));
    let (uid, gid) = found.ok_or_else(|| format!("no such user: {name}"))?;
    Ok((Uid::from_raw(uid), Gid::from_raw(gid)))
}

fn find_group(name: &str) -> Result<Gid, String> {
    if let Ok(id) = name.parse::<u32>() {
        return Ok(Gid::from_raw(id));
    }
    let found = entry("/etc/group", 0, name).and_then(|e| e.get(2)?.parse().ok());
    found.map(Gid::from_raw).ok_or_else(|| format!("no such group: {name}"))
}

/// The fields of the line whose `field` is `value`.
fn entry(file: &str, field: usize, value: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(file).ok()?;
    let fields = text.lines().map(|line| line.split(':').map(str::to_owned).collect::<Vec<_>>());
    fields.into_iter().find(|f| f.get(field).is_some_and(|v| v == value))
}
