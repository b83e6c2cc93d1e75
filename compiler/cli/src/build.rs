//! `sipc build FILE -o OUT`: one static executable of the script, the runtime and the modules it loads.
//!
//! Cargo does the work in the sources of sipc itself: only the generated code and the final link are new
//! for a changed script. The executable replaces OUT in one step, so that there is never half of one.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::args::Build;
use crate::script::good;

/// Checks the script, builds it, and says how large the result is and how long it took.
pub fn build(options: &Build) -> ExitCode {
    let Some(checked) = good(&options.script) else { return ExitCode::FAILURE };
    let modules: Vec<&str> = checked.program.modules.iter().map(|m| m.module.name).collect();
    match make(options, &modules) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("error: {text}");
            ExitCode::FAILURE
        }
    }
}

fn make(options: &Build, modules: &[&str]) -> Result<String, String> {
    if options.script.preprocessor.is_some() || options.script.file == "-" {
        return Err("build reads a file as it is: write the output of -p to a file first".into());
    }
    let started = Instant::now();
    let sources = sources()?;
    let script = Path::new(&options.script.file);
    let script = script.canonicalize().map_err(|e| format!("{}: {e}", script.display()))?;
    let target = target_dir(&sources);
    let triple = host_triple()?;
    let profile = if options.lto { "site-lto" } else { "site" };
    run_cargo(&sources, &target, &triple, profile, &script, &options.script.define, modules)?;
    let made = target.join(&triple).join(profile).join("proxy");
    let size = deliver(&made, Path::new(&options.output))?;
    let seconds = started.elapsed().as_secs_f32();
    Ok(format!("{}: {:.1} MB, static, built in {seconds:.1} s", options.output, size as f64 / 1e6))
}

/// The sources of sipc: where it was built, or `$SIPC_SOURCE`.
fn sources() -> Result<PathBuf, String> {
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let dir = std::env::var_os("SIPC_SOURCE").map_or_else(|| PathBuf::from(built_in), PathBuf::from);
    let dir = dir.canonicalize().unwrap_or(dir);
    if dir.join("runtime/engine/Cargo.toml").exists() {
        return Ok(dir);
    }
    Err(format!("the sources of sipc are not in {}: set SIPC_SOURCE to a checkout", dir.display()))
}

/// Where compiled parts are kept between builds: beside the sources, or in the user's cache when those
/// cannot be written.
fn target_dir(sources: &Path) -> PathBuf {
    if let Some(dir) = std::env::var_os("CARGO_TARGET_DIR") {
        return dir.into();
    }
    let beside = sources.join("target");
    if std::fs::create_dir_all(&beside).is_ok() && tempfile_in(&beside) {
        return beside;
    }
    let home = std::env::var_os("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
    std::env::var_os("XDG_CACHE_HOME").map_or(home.join(".cache"), PathBuf::from).join("sipc/target")
}

fn tempfile_in(dir: &Path) -> bool {
    let probe = dir.join(format!(".sipc-{}", std::process::id()));
    let writable = std::fs::write(&probe, b"").is_ok();
    // only a probe: what matters is that it could be written
    let _ = std::fs::remove_file(&probe);
    writable
}

fn host_triple() -> Result<String, String> {
    let output = Command::new(rustc()).arg("-vV").output();
    let output = output
        .map_err(|e| format!("cannot run rustc ({e}): `build` needs a Rust toolchain, `run` does not"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|l| l.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say what machine this is".into())
}

fn rustc() -> std::ffi::OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn run_cargo(
    sources: &Path,
    target: &Path,
    triple: &str,
    profile: &str,
    script: &Path,
    define: &[String],
    modules: &[&str],
) -> Result<(), String> {
    // a target named on the command line keeps these flags away from build scripts and macros
    let flags = "-C target-feature=+crt-static";
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(sources)
        .args(["build", "--package", "proxy", "--profile", profile, "--target", triple])
        .args(["--no-default-features", "--features", &modules.join(",")])
        .env("SIPC_ROUTES", script)
        .env("SIPC_DEFINE", define.join("\n"))
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", flags)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the build failed; what cargo printed above says why".into()),
        Err(e) => Err(format!("cannot run cargo ({e}): `build` needs a Rust toolchain, `run` does not")),
    }
}

/// Copies the executable beside OUT and renames it: OUT is always whole. Gives its size.
fn deliver(made: &Path, out: &Path) -> Result<u64, String> {
    let failed = |e: std::io::Error| format!("cannot write {}: {e}", out.display());
    let name = out.file_name().ok_or_else(|| format!("{} is no file name", out.display()))?;
    if std::fs::metadata(out).is_ok_and(|m| !m.is_file()) {
        return Err(format!("{} is no file that could be replaced", out.display()));
    }
    let mut part = name.to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = out.with_file_name(part);
    let size = std::fs::copy(made, &part).map_err(failed)?;
    std::fs::rename(&part, out).map_err(failed)?;
    Ok(size)
}
