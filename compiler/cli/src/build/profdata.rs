//! `llvm-profdata`, which merges what sites in training have counted: that of the toolchain, or one of the same release of LLVM.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Rustc;

/// Where it is.
pub fn find(rustc: &Rustc) -> Result<PathBuf, String> {
    let sysroot = Rustc::run(&["--print", "sysroot"])?;
    let own = Path::new(sysroot.trim()).join("lib/rustlib").join(&rustc.host).join("bin/llvm-profdata");
    if own.exists() {
        return Ok(own);
    }
    let named = [format!("llvm-profdata-{}", rustc.llvm), "llvm-profdata".to_owned()];
    named.into_iter().find(|name| is_of(name, &rustc.llvm)).map(PathBuf::from).ok_or_else(|| {
        format!(
            "--pgo needs llvm-profdata of LLVM {}, as rustc is: `rustup component add llvm-tools`, or the package \
             llvm-{} of the system",
            rustc.llvm, rustc.llvm
        )
    })
}

/// Whether a program is there, and of a release of LLVM.
fn is_of(name: &str, release: &str) -> bool {
    let output = Command::new(name).arg("--version").output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    text.contains(&format!("LLVM version {release}."))
}

/// Merges all that was counted into one profile.
pub fn merge(tool: &Path, counted: &[PathBuf], profile: &Path) -> Result<(), String> {
    let output = Command::new(tool).arg("merge").arg("-o").arg(profile).args(counted).output();
    let output = output.map_err(|e| format!("cannot run {}: {e}", tool.display()))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{} cannot merge what the training counted: {}",
            tool.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}
