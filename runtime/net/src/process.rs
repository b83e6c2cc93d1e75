//! Running commands of scripts: `/bin/sh -c`, in a process group of its own, without ever blocking a worker.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use sipc_engine::network::{Printed, ShellCommand};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::spawn_local;
use tokio::time::timeout;

/// More commands than this do not run beside each other.
const RUNNING_MAX: usize = 1024;

/// How long a command that was told to end may take before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// How many commands run.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// A command's place among those that run.
struct Place;

impl Place {
    fn take() -> Option<Place> {
        let free = |n: usize| (n < RUNNING_MAX).then_some(n + 1);
        RUNNING.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).ok().map(|_| Place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs a command; answers when what is wanted of its output is there.
pub(crate) async fn run(command: ShellCommand) -> Result<Printed, String> {
    let place = Place::take().ok_or_else(|| format!("{RUNNING_MAX} commands are running already"))?;
    let mut child = start(&command).map_err(|e| e.to_string())?;
    if let Some(stdin) = child.stdin.take() {
        spawn_local(feed(stdin, command.input.clone()));
    }
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let limit = (command.seconds_max > 0).then(|| Duration::from_secs(command.seconds_max));
    spawn_local(watch(child, limit, place));
    let read = async {
        let (output, errors) =
            tokio::join!(printed(stdout, command.output_max), printed(stderr, command.output_max));
        Printed { output, errors }
    };
    match limit {
        // what it started may hold its output open even after the group is gone
        Some(limit) => timeout(limit + GRACE + GRACE, read).await.map_err(|_| "it does not end".to_owned()),
        None => Ok(read.await),
    }
}

fn start(command: &ShellCommand) -> std::io::Result<Child> {
    let pipe = |wanted: bool| if wanted { Stdio::piped() } else { Stdio::null() };
    let text = |bytes: &Bytes| OsStr::from_bytes(bytes).to_owned();
    Command::new("/bin/sh")
        .arg("-c")
        .arg(text(&command.command))
        .envs(command.environment.iter().map(|(name, value)| (text(name), text(value))))
        .process_group(0)
        .stdin(pipe(!command.input.is_empty()))
        .stdout(pipe(command.output))
        .stderr(pipe(command.errors))
        .spawn()
}

/// Writes what the command reads. One that ends before it has read all is no fault.
async fn feed(mut stdin: ChildStdin, input: Bytes) {
    let _ = stdin.write_all(&input).await;
}

/// Reads up to a length; what follows is left to the pipe's end.
async fn printed(from: Option<impl AsyncRead + Unpin>, most: usize) -> Bytes {
    let mut text = Vec::new();
    if let Some(from) = from {
        // what was read before a fault is what there is
        let _ = from.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut text).await;
    }
    Bytes::from(text)
}

/// Sees that the command leaves no zombie, and ends it when its time is over.
async fn watch(mut child: Child, limit: Option<Duration>, place: Place) {
    let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
    let signal = |signal| group.map(|group| killpg(group, signal));
    if let Some(limit) = limit
        && timeout(limit, child.wait()).await.is_err()
    {
        // whoever is gone already need not be told
        let _ = signal(Signal::SIGTERM);
        if timeout(GRACE, child.wait()).await.is_err() {
            let _ = signal(Signal::SIGKILL);
        }
    }
    let _ = child.wait().await;
    drop(place);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::LocalSet;

    fn ran(command: ShellCommand) -> Result<Printed, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        LocalSet::new().block_on(&runtime, run(command))
    }

    fn command(text: &'static str) -> ShellCommand {
        ShellCommand { command: text.into(), output: true, output_max: 1000, ..ShellCommand::default() }
    }

    #[test]
    fn what_is_wanted_comes_back() {
        let all = ShellCommand {
            input: "in".into(),
            errors: true,
            environment: vec![("NAME".into(), "value".into())],
            ..command("cat; echo $NAME; echo oh >&2; exit 3")
        };
        let printed = Printed { output: "invalue\n".into(), errors: "oh\n".into() };
        assert_eq!(ran(all), Ok(printed));
        assert_eq!(ran(ShellCommand { output: false, ..command("echo x") }), Ok(Printed::default()));
        assert!(ran(command("echo a\0b")).is_err());
    }

    #[test]
    fn output_has_a_bound() {
        let printed = ran(ShellCommand { input: "x".into(), ..command("yes") }).expect("it starts");
        assert_eq!(printed.output.len(), 1000);
    }

    #[test]
    fn time_has_a_bound() {
        let printed = ran(ShellCommand { seconds_max: 1, ..command("echo begun; sleep 600; echo done") });
        assert_eq!(printed.map(|p| p.output), Ok("begun\n".into()));
    }
}
