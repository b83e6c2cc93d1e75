//! Background, pid files, users.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Gid, Group, Uid, User, setgid, setgroups, setuid};

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
    std::fs::write(path, format!("{pid}\n")).map_err(|e| format!("cannot write pid file {}: {e}", path.display()))
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

fn find_user(name: &str) -> Result<(Uid, Gid), String> {
    let found = match name.parse::<u32>() {
        Ok(id) => User::from_uid(Uid::from_raw(id)).ok().flatten().map(|u| (u.uid, u.gid)).or(Some((Uid::from_raw(id), Gid::from_raw(id)))),
        Err(_) => User::from_name(name).ok().flatten().map(|u| (u.uid, u.gid)),
    };
    found.ok_or_else(|| format!("no such user: {name}"))
}

fn find_group(name: &str) -> Result<Gid, String> {
    let found = match name.parse::<u32>() {
        Ok(id) => Some(Gid::from_raw(id)),
        Err(_) => Group::from_name(name).ok().flatten().map(|g| g.gid),
    };
    found.ok_or_else(|| format!("no such group: {name}"))
}
