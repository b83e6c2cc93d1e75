//! Where script text comes from.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The only I/O of the compiler.
pub trait Files {
    /// The whole content of a file.
    ///
    /// # Errors
    /// Whatever the system says.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Whether there is something of that name.
    fn exists(&self, path: &str) -> bool;
}

/// The file system; relative paths are relative to the process's current directory.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }
}

/// Files that exist only in a test or came from standard input.
#[derive(Debug, Clone, Default)]
pub struct Memory(pub BTreeMap<String, Vec<u8>>);

impl Memory {
    /// One file.
    pub fn of(path: &str, text: impl Into<Vec<u8>>) -> Memory {
        Memory(BTreeMap::from([(path.to_owned(), text.into())]))
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }
}
