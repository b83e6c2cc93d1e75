//! The files of rules that the script names, read while the server starts.

use std::io::ErrorKind;
use std::path::Path;

use sipc_engine::setup::Setup;

use crate::rules::Rules;

/// Files that may be named.
const FILES_MAX: usize = 64;

/// Rules for and against.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    /// How scripts name them; `None` for the default files.
    name: Option<String>,
    /// The path of the rules for.
    path: String,
    /// For.
    pub allow: Rules,
    /// Against.
    pub deny: Rules,
}

impl Pair {
    /// Nothing is denied when there are no rules at all.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }
}

/// All of them; the first is the default.
#[derive(Debug, Clone, Default)]
pub struct Files {
    all: Vec<Pair>,
    directory: String,
    allow_suffix: String,
}

impl Files {
    /// Reads the default files and those that calls name; tells what was wrong with their lines.
    pub fn read(setup: &Setup) -> Result<(Files, Vec<String>), String> {
        let text =
            |name: &str, default: &str| setup.text("permissions", name).unwrap_or_else(|| default.to_owned());
        let (allow, deny) = (text("allow_suffix", ".allow"), text("deny_suffix", ".deny"));
        let directory =
            Path::new(&setup.configuration.file).parent().map(|p| p.to_string_lossy().into_owned());
        let mut files =
            Files { directory: directory.unwrap_or_default(), allow_suffix: allow.clone(), all: Vec::new() };
        let default =
            (text("default_allow_file", "permissions.allow"), text("default_deny_file", "permissions.deny"));
        let mut faults = Vec::new();
        files.add(None, &default.0, &default.1, &mut faults)?;
        for function in ["allow_routing", "allow_register", "allow_uri"] {
            for name in setup.told("permissions", function, 0).flatten() {
                if files.named(Some(name)).is_none() {
                    files.add(
                        Some(name),
                        &format!("{name}{allow}"),
                        &format!("{name}{deny}"),
                        &mut faults,
                    )?;
                }
            }
        }
        Ok((files, faults))
    }

    fn add(
        &mut self,
        name: Option<&str>,
        allow: &str,
        deny: &str,
        faults: &mut Vec<String>,
    ) -> Result<(), String> {
        if self.all.len() >= FILES_MAX {
            return Err(format!("more than {FILES_MAX} files of rules"));
        }
        let path = self.path(allow);
        let (allow, deny) = (rules(&path, faults)?, rules(&self.path(deny), faults)?);
        self.all.push(Pair { name: name.map(str::to_owned), path, allow, deny });
        Ok(())
    }

    /// A name without `/` is one beside the script.
    fn path(&self, name: &str) -> String {
        if name.contains('/') {
            return name.to_owned();
        }
        Path::new(&self.directory).join(name).to_string_lossy().into_owned()
    }

    /// The rules of a name; the default ones without.
    pub fn named(&self, name: Option<&str>) -> Option<&Pair> {
        self.all.iter().find(|pair| pair.name.as_deref() == name)
    }

    /// The rules whose file a command means.
    pub fn of_file(&self, basename: &str) -> Option<&Pair> {
        let path = self.path(&format!("{basename}{}", self.allow_suffix));
        self.all.iter().find(|pair| pair.path == path)
    }
}

/// A file that is not there has no rules; lines that are none are told.
fn rules(path: &str, faults: &mut Vec<String>) -> Result<Rules, String> {
    match std::fs::read(path) {
        Ok(text) => Ok(Rules::read(&text, |line, why| faults.push(format!("{path}:{line}: {why}")))),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(Rules::default()),
        Err(e) => Err(format!("{path}: {e}")),
    }
}
