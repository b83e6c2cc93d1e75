//! Databases: what modules with tables of their own read and write.
//!
//! A module that is a driver registers its URL scheme with [`Databases::register`]; a module that has tables opens a
//! URL and asks through [`Database`]. Answers are futures that any thread can wait for: a driver whose answer is not
//! at hand gets it on threads or tasks of its own, so that no worker is held up. What is asked is plain data
//! ([`query`]), from which a driver makes SQL or whatever it speaks.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::Text;
use crate::waiting::wait_for;

mod loaded;
mod partition;
mod query;
mod value;

pub use loaded::Loaded;
pub use partition::PartitionSpec;
pub use query::{Condition, Operator, Order, Rows, Select};
pub use value::DbValue;

/// What a database will answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

/// Why a database did not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbError {
    /// This kind of database cannot do it.
    Unsupported,
    /// Anything else, in words.
    Failed(String),
}

impl std::fmt::Display for DbError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DbError::Unsupported => f.write_str("this kind of database cannot do that"),
            DbError::Failed(why) => f.write_str(why),
        }
    }
}

/// A column and the value that goes into it.
pub type Assignment<'a> = (&'a str, DbValue);

/// A connection to a database, or a pool of them.
///
/// What is asked is taken over at once; the answer borrows the database only.
pub trait Database: Send + Sync {
    /// Reads rows.
    fn query<'a>(&'a self, select: &Select<'_>) -> Answer<'a, Rows>;

    /// Adds a row; columns that are not given get NULL or what the database puts there.
    fn insert<'a>(&'a self, table: &str, values: &[Assignment<'_>]) -> Answer<'a, ()>;

    /// Changes the rows that meet all conditions.
    fn update<'a>(
        &'a self,
        table: &str,
        conditions: &[Condition<'_>],
        values: &[Assignment<'_>],
    ) -> Answer<'a, ()>;

    /// Removes the rows that meet all conditions; without conditions, all.
    fn delete<'a>(&'a self, table: &str, conditions: &[Condition<'_>]) -> Answer<'a, ()>;

    /// Adds a row, or changes the one that is there with the same unique key.
    fn replace<'a>(&'a self, _table: &str, _values: &[Assignment<'_>]) -> Answer<'a, ()> {
        Box::pin(async { Err(DbError::Unsupported) })
    }

    /// Runs a statement of the database's own language.
    fn raw<'a>(&'a self, _statement: &Text) -> Answer<'a, Rows> {
        Box::pin(async { Err(DbError::Unsupported) })
    }
}

/// Opens a URL of a driver's scheme, while the process starts.
pub type Connect = Arc<dyn Fn(&str) -> Result<Arc<dyn Database>, String> + Send + Sync>;

/// The databases of the process.
#[derive(Default)]
pub struct Databases {
    drivers: Mutex<Vec<(&'static str, Connect)>>,
    open: Mutex<Vec<(String, Arc<dyn Database>)>>,
}

impl Databases {
    /// Adds a driver for URLs that begin with `scheme://`.
    pub fn register(&self, scheme: &'static str, connect: Connect) {
        self.drivers.lock().push((scheme, connect));
    }

    /// Opens a URL, or gives the connection that is open already.
    pub fn open(&self, url: &str) -> Result<Arc<dyn Database>, String> {
        if let Some((_, database)) = self.open.lock().iter().find(|(u, _)| u == url) {
            return Ok(database.clone());
        }
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        let scheme = scheme.ok_or_else(|| format!("{url} is no URL of a database: scheme://…"))?;
        let driver =
            self.drivers.lock().iter().find(|(s, _)| *s == scheme).map(|(_, connect)| connect.clone());
        let driver = driver.ok_or_else(|| {
            format!("nothing that is loaded opens databases {scheme}://; is its module loaded?")
        })?;
        let database = driver(url)?;
        self.open.lock().push((url.to_owned(), database.clone()));
        Ok(database)
    }
}

/// Reads rows on a thread that may wait: while starting, or for a management command.
pub fn query_now(database: &dyn Database, select: &Select<'_>) -> Result<Rows, String> {
    wait_for(database.query(select)).map_err(|e| format!("table {}: {e}", select.table))
}

/// A URL that can be shown.
pub fn without_password(url: &str) -> String {
    let shown = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        Some(format!("{scheme}://{}@{host}", user.split(':').next()?))
    };
    shown().unwrap_or_else(|| url.to_owned())
}

/// Refuses a table of another version than this program knows; `versions` is the table that has them.
pub fn check_version(
    database: &dyn Database,
    versions: &str,
    table: &str,
    version: i64,
) -> Result<(), String> {
    let conditions = [Condition::equal("table_name", DbValue::from(table))];
    let select = Select { conditions: &conditions, ..Select::of(versions, &["table_version"]) };
    let found = query_now(database, &select)?;
    let number = found.rows.first().and_then(|row| row.first()).and_then(DbValue::int);
    match number {
        Some(number) if number == version => Ok(()),
        Some(number) => Err(format!("table {table} has version {number}, and {version} is needed")),
        None => Err(format!("table {versions} tells no version of table {table}; {version} is needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("mysql://u:p@ss@h:1/db"), "mysql://u@h:1/db");
        assert_eq!(without_password("text:///etc/db"), "text:///etc/db");
    }
}
