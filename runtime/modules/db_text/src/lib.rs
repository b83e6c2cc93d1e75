//! `db_text`: tables in text files, one per table, in a directory: `text://directory`.
//!
//! | File | What |
//! |---|---|
//! | `format` | files to tables and back |
//! | `table` | a table in memory |
//! | `directory` | the tables of one directory, as a database |
//! | `files` | the thread that reads files |
//!
//! A file is read when its table is first asked for, and written when the process ends or `db_text:dump` says so.
#![forbid(unsafe_code)]

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use sipc_engine::bindings::Binding;
use sipc_engine::database::Database;
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;

mod directory;
mod files;
mod format;
mod table;
#[cfg(test)]
mod tests;

use directory::{Directory, Tables};
use files::Files;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "db_text", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

/// The longest value when nobody says otherwise.
const BUFFER_SIZE: i32 = 16384;

/// The directories that were opened.
#[derive(Default)]
struct Opened(Mutex<Vec<Arc<Tables>>>);

impl Opened {
    fn all(&self) -> Vec<Arc<Tables>> {
        self.0.lock().clone()
    }
}

fn init(setup: &mut Setup) -> InitResult {
    let size = setup.int("db_text", "buffer_size", BUFFER_SIZE);
    let size = usize::try_from(size).ok().filter(|s| *s > 0).ok_or("buffer_size must be a size in bytes")?;
    let watches = match setup.int("db_text", "db_mode", 0) {
        0 => false,
        1 => true,
        other => return Err(format!("db_mode {other} is unknown: 0 and 1 are")),
    };
    let opened = Arc::new(Opened::default());
    let (known, files) = (opened.clone(), Arc::new(Files::default()));
    let connect = move |url: &str| {
        let path = url.strip_prefix("text://").filter(|p| !p.is_empty());
        let path = path.ok_or_else(|| format!("{url} is no text://directory"))?;
        let directory = Directory::open(path, size, watches, files.clone())?;
        known.0.lock().push(directory.tables());
        Ok(Arc::new(directory) as Arc<dyn Database>)
    };
    setup.databases.register("text", Arc::new(connect));
    setup.share(opened);
    setup.command("db_text:dump", dump);
    setup.command("db_text:reload", reload);
    setup.hooks.shutdown.push(write_all);
    Ok(())
}

fn all(shared: &Shared) -> Vec<Arc<Tables>> {
    shared.state::<Opened>().map(Opened::all).unwrap_or_default()
}

/// Writes what has changed when the process ends.
fn write_all(shared: &Shared) {
    for tables in all(shared) {
        if let Err(why) = tables.dump() {
            shared.log.message(Level::Error, "db_text", format_args!("{why}"));
        }
    }
}

fn dump(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let outcomes: Vec<_> = all(shared).iter().map(|tables| tables.dump()).collect();
    outcomes.into_iter().collect::<Result<(), String>>().map_err(|why| MiError::new(500, why))?;
    Ok(json!("OK"))
}

fn reload(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let bad = || MiError::new(400, "Bad parameter value");
    let (directory, table) = (params.text("db_name"), params.text("table_name"));
    let meant: Vec<_> =
        all(shared).into_iter().filter(|t| directory.as_ref().is_none_or(|d| t.is_named(d))).collect();
    if directory.is_some() && meant.is_empty() {
        return Err(bad());
    }
    for tables in meant {
        let done = tables.reload(table.as_deref()).ok_or_else(bad)?;
        if let Err(why) = done {
            shared.log.message(Level::Error, "db_text", format_args!("{why}; the table stays as it was"));
            return Err(MiError::new(500, "Internal error"));
        }
    }
    Ok(json!("OK"))
}
