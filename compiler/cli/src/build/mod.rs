//! `sipc build FILE -o OUT`: one static executable of the script, the runtime and the modules it loads.
//!
//! Cargo does the work in the sources of sipc itself: only the generated code and the final link are new
//! for a changed script. The executable replaces OUT in one step, so that there is never half of one.
//!
//! | File | What |
//! |---|---|
//! | `pgo` | `--pgo`: the site that counts, its training, what it counted, the flags for the site that is made of it |
//! | `profdata` | the tool that merges what was counted |
//! | `stage` | what the site in training has instead of its sockets, databases and neighbours |
//! | `train` | the hidden command `train`: starts the site, calls through it, ends it |

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use sipc_compiler::driver::Checked;

use crate::args::{Build, Train};
use crate::script::good;

mod pgo;
mod profdata;
mod stage;
mod train;

/// Checks the script, builds it, and says how large the result is and how long it took.
pub fn build(options: &Build) -> ExitCode {
    let Some(checked) = good(&options.script) else { return ExitCode::FAILURE };
    said(make(options, &checked))
}

/// What the site does while `build --pgo` trains it: the hidden command `train`.
pub fn train(options: &Train) -> ExitCode {
    said(train::train(options))
}

fn said(outcome: Result<String, String>) -> ExitCode {
    match outcome {
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

fn make(options: &Build, checked: &Checked) -> Result<String, String> {
    if options.script.preprocessor.is_some() || options.script.file == "-" {
        return Err("build reads a file as it is: write the output of -p to a file first".into());
    }
    let started = Instant::now();
    let sources = sources()?;
    let script = Path::new(&options.script.file);
    let script = script.canonicalize().map_err(|e| format!("{}: {e}", script.display()))?;
    let mut cargo = Cargo {
        target: target_dir(&sources),
        sources,
        rustc: Rustc::ask()?,
        profile: if options.lto { "site-lto" } else { "site" },
        script,
        define: &options.script.define,
        modules: checked.program.modules.iter().map(|m| m.module.name).collect(),
        flags: Vec::new(),
    };
    // held until the executable is delivered: who builds beside this waits for its turn
    let _turn = if options.pgo { Some(pgo::prepare(options, checked, &mut cargo)?) } else { None };
    let made = cargo.build()?;
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

/// What the compiler says of itself.
#[derive(Clone)]
struct Rustc {
    /// The machine that it builds on and for.
    host: String,
    /// The release of LLVM, its first number; profiles are read by tools of the same.
    llvm: String,
}

impl Rustc {
    fn ask() -> Result<Rustc, String> {
        let text = Rustc::run(&["-vV"])?;
        let of = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)).map(str::trim);
        let host = of("host:").ok_or("rustc does not say what machine this is")?;
        let llvm = of("LLVM version:").and_then(|v| v.split('.').next()).unwrap_or("unknown");
        Ok(Rustc { host: host.to_owned(), llvm: llvm.to_owned() })
    }

    fn run(args: &[&str]) -> Result<String, String> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let output = Command::new(rustc).args(args).output();
        let output = output
            .map_err(|e| format!("cannot run rustc ({e}): `build` needs a Rust toolchain, `run` does not"))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// One run of cargo.
#[derive(Clone)]
struct Cargo<'a> {
    sources: PathBuf,
    target: PathBuf,
    rustc: Rustc,
    profile: &'static str,
    script: PathBuf,
    define: &'a [String],
    modules: Vec<&'static str>,
    /// For the compiler, besides those that every site has.
    flags: Vec<String>,
}

impl Cargo<'_> {
    /// Where what it builds for the site itself is, not the tools on the way.
    fn output(&self) -> PathBuf {
        self.target.join(&self.rustc.host)
    }

    /// Builds the site and gives the executable.
    fn build(&self) -> Result<PathBuf, String> {
        // a target named on the command line keeps these flags away from build scripts and macros
        let flags = [&["-Ctarget-feature=+crt-static".to_owned()], &self.flags[..]].concat();
        let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(&self.sources)
            .args(["build", "--package", "proxy", "--profile", self.profile, "--target", &self.rustc.host])
            .args(["--no-default-features", "--features", &self.modules.join(",")])
            .env("SIPC_ROUTES", &self.script)
            .env("SIPC_DEFINE", self.define.join("\n"))
            .env("CARGO_TARGET_DIR", &self.target)
            // so separated, paths in them may have blanks
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
            .status();
        match status {
            Ok(status) if status.success() => Ok(self.output().join(self.profile).join("proxy")),
            Ok(_) => Err("the build failed; what cargo printed above says why".into()),
            Err(e) => Err(format!("cannot run cargo ({e}): `build` needs a Rust toolchain, `run` does not")),
        }
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
