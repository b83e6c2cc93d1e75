//! One directory of tables: `text://directory`.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use sipc_engine::database::{Answer, Assignment, Condition, Database, DbError, Rows, Select};
use tokio::sync::oneshot;

use crate::files::Files;
use crate::format;
use crate::table::{Table, Wanted};

/// What is known of a directory, shared with the thread that reads files.
pub struct Tables {
    path: PathBuf,
    value_max: usize,
    /// Files are read again when they have changed.
    watches: bool,
    known: Mutex<HashMap<String, Table>>,
}

impl Tables {
    /// Does something with a table that was read before; `None` when a file has to be looked at first.
    fn with_known<T>(&self, name: &str, f: impl FnOnce(&mut Table) -> T) -> Option<T> {
        if self.watches {
            return None;
        }
        self.known.lock().get_mut(&name.to_ascii_lowercase()).map(f)
    }

    /// Does something with a table, and reads its file for it.
    fn with<T>(&self, name: &str, f: impl FnOnce(&mut Table) -> Result<T, DbError>) -> Result<T, DbError> {
        let key = name.to_ascii_lowercase();
        let (known, stale) = match self.known.lock().get(&key) {
            Some(table) => (true, self.watches && written(&self.file(name)) > table.written),
            None => (false, false),
        };
        if !known || stale {
            let table = self.load(name).map_err(DbError::Failed)?;
            self.known.lock().insert(key.clone(), table);
        }
        match self.known.lock().get_mut(&key) {
            Some(table) => f(table),
            None => Err(DbError::Failed(format!("table {name} is gone"))),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn load(&self, name: &str) -> Result<Table, String> {
        let file = self.file(name);
        if name.is_empty() || name.contains('/') || name.starts_with('.') {
            return Err(format!("{name} is no name of a table"));
        }
        let shown = file.display();
        let text = std::fs::read(&file).map_err(|e| match e.kind() {
            ErrorKind::NotFound => format!("table {name} does not exist: there is no file {shown}"),
            _ => format!("{shown}: {e}"),
        })?;
        let mut table = format::read(&text, self.value_max).map_err(|why| format!("{shown}: {why}"))?;
        table.written = written(&file);
        Ok(table)
    }

    /// Whether a command means this directory.
    pub fn is_named(&self, name: &str) -> bool {
        self.path == Path::new(name)
    }

    /// Writes the tables that have changed; the error names the first that cannot be written.
    pub fn dump(&self) -> Result<(), String> {
        let changed: Vec<(String, Vec<u8>)> = {
            let mut known = self.known.lock();
            let changed = known.iter_mut().filter(|(_, table)| table.changed);
            changed
                .map(|(name, table)| {
                    table.changed = false;
                    (name.clone(), format::write(table))
                })
                .collect()
        };
        let mut outcome = Ok(());
        for (name, text) in changed {
            if let Err(why) = replace(&self.file(&name), &text) {
                outcome = outcome.and(Err(why));
                if let Some(table) = self.known.lock().get_mut(&name) {
                    table.changed = true;
                }
                continue;
            }
            if let Some(table) = self.known.lock().get_mut(&name) {
                table.written = written(&self.file(&name));
            }
        }
        outcome
    }

    /// Reads the files of known tables again, or of one. `None` when that one is not known.
    pub fn reload(&self, only: Option<&str>) -> Option<Result<(), String>> {
        let only = only.map(str::to_ascii_lowercase);
        let names: Vec<String> = self.known.lock().keys().cloned().collect();
        let names: Vec<String> = names.into_iter().filter(|n| only.as_ref().is_none_or(|o| o == n)).collect();
        if only.is_some() && names.is_empty() {
            return None;
        }
        let mut outcome = Ok(());
        for name in names {
            match self.load(&name) {
                Ok(table) => {
                    self.known.lock().insert(name, table);
                }
                Err(why) => outcome = outcome.and(Err(why)),
            }
        }
        Some(outcome)
    }
}

fn written(file: &Path) -> Option<std::time::SystemTime> {
    std::fs::metadata(file).and_then(|m| m.modified()).ok()
}

/// Puts a file in place of another at once: who reads it sees the old or the new one.
fn replace(file: &Path, text: &[u8]) -> Result<(), String> {
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".new");
    let new = file.with_file_name(name);
    let done = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, file));
    done.map_err(|e| format!("{}: {e}", file.display()))
}

/// A directory as a database.
pub struct Directory {
    tables: Arc<Tables>,
    files: Arc<Files>,
}

impl Directory {
    /// Opens a directory.
    pub fn open(path: &str, value_max: usize, watches: bool, files: Arc<Files>) -> Result<Directory, String> {
        let path = PathBuf::from(path);
        if !path.is_dir() {
            return Err(format!("there is no directory {}", path.display()));
        }
        let tables = Arc::new(Tables { path, value_max, watches, known: Mutex::default() });
        Ok(Directory { tables, files })
    }

    /// What is known of it.
    pub fn tables(&self) -> Arc<Tables> {
        self.tables.clone()
    }

    /// Does something with a table: at once when it is in memory, else on the thread that reads files.
    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        f: impl FnOnce(&mut Table) -> Result<T, DbError> + Send + 'static,
    ) -> Answer<'static, T> {
        let mut f = Some(f);
        if let Some(done) = self.tables.with_known(name, |table| f.take().map(|f| f(table))) {
            let lost = || DbError::Failed("asked twice".to_owned());
            return Box::pin(std::future::ready(done.ok_or_else(lost).and_then(|done| done)));
        }
        let (tell, told) = oneshot::channel();
        let (tables, name) = (self.tables.clone(), name.to_owned());
        let taken = f.is_some_and(|f| {
            self.files.queue(Box::new(move || {
                // who asked may be gone
                let _ = tell.send(tables.with(&name, f));
            }))
        });
        Box::pin(async move {
            if !taken {
                return Err(DbError::Failed("too much is waiting for files".to_owned()));
            }
            told.await.unwrap_or_else(|_| Err(DbError::Failed("nobody reads files any more".to_owned())))
        })
    }
}

fn owned(values: &[Assignment<'_>]) -> Vec<(String, sipc_engine::database::DbValue)> {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn wanted(conditions: &[Condition<'_>]) -> Vec<Wanted> {
    conditions.iter().map(Wanted::of).collect()
}

impl Database for Directory {
    fn query<'a>(&'a self, select: &Select<'_>) -> Answer<'a, Rows> {
        let columns: Vec<String> = select.columns.iter().map(|c| (*c).to_owned()).collect();
        let wanted = wanted(select.conditions);
        // rows stay in the order of the file, as in OpenSIPS
        self.ask(select.table, move |table| table.select(&columns, &wanted))
    }

    fn insert<'a>(&'a self, table: &str, values: &[Assignment<'_>]) -> Answer<'a, ()> {
        let values = owned(values);
        self.ask(table, move |table| table.insert(&values))
    }

    fn update<'a>(
        &'a self,
        table: &str,
        conditions: &[Condition<'_>],
        values: &[Assignment<'_>],
    ) -> Answer<'a, ()> {
        let (wanted, values) = (wanted(conditions), owned(values));
        self.ask(table, move |table| table.update(&wanted, &values))
    }

    fn delete<'a>(&'a self, table: &str, conditions: &[Condition<'_>]) -> Answer<'a, ()> {
        let wanted = wanted(conditions);
        self.ask(table, move |table| table.delete(&wanted))
    }
}
