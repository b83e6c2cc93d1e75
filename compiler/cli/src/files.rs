//! Writing files so that there is never half of one.

use std::path::Path;

/// Replaces a file in one step and keeps its permissions; `Err` is one line for the user.
pub fn replace(path: &Path, text: &[u8]) -> Result<(), String> {
    // behind a link, the file itself is replaced
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let failed = |e: std::io::Error| format!("cannot write {}: {e}", path.display());
    // a device or a pipe is written to, not replaced
    if std::fs::metadata(&path).is_ok_and(|m| !m.is_file()) {
        return std::fs::write(&path, text).map_err(failed);
    }
    let name = path.file_name().ok_or_else(|| format!("{} is no file name", path.display()))?;
    let mut part = name.to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(part);
    let done = write(&path, &part, text);
    if done.is_err() {
        // nothing is left behind; that it may not be there is fine
        let _ = std::fs::remove_file(&part);
    }
    done.map_err(failed)
}

fn write(path: &Path, part: &Path, text: &[u8]) -> std::io::Result<()> {
    std::fs::write(part, text)?;
    if let Ok(old) = std::fs::metadata(path) {
        std::fs::set_permissions(part, old.permissions())?;
    }
    std::fs::rename(part, path)
}
