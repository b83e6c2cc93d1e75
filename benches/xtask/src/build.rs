//! Building what is measured: the command `sipc`, and the executable of each script.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Fault;

/// The sources of this project.
pub fn sources() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.canonicalize().unwrap_or(here)
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| sources().join("target"), PathBuf::from)
}

/// Builds the command `sipc` and tells where it is.
pub fn sipc() -> Result<PathBuf, Fault> {
    binary("sipc-cli", "sipc")
}

/// Builds a program of the workspace and tells where it is.
pub fn binary(package: &str, name: &str) -> Result<PathBuf, Fault> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(sources()).args([
        "build",
        "--quiet",
        "--release",
        "--package",
        package,
        "--bin",
        name,
    ]);
    run(&mut command)?;
    Ok(target().join("release").join(name))
}

/// Builds the executable of a script, beside it; with `profile` for what it did in a training.
pub fn site(sipc: &Path, script: &Path, lto: bool, profile: Option<&Path>) -> Result<(), Fault> {
    let mut command = Command::new(sipc);
    command.arg("build").arg(script).arg("-o").arg(script.with_extension("bin"));
    command.env("CARGO_TERM_QUIET", "true");
    if lto {
        command.arg("--lto");
    }
    if let Some(profile) = profile {
        command.args(["--pgo", "--pgo-profile"]).arg(profile);
    }
    run(&mut command)
}

fn run(command: &mut Command) -> Result<(), Fault> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(e) => Err(format!("{command:?}: {e}")),
    }
}
