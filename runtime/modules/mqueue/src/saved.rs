//! Queues in a database (`dbmode`): read when the server starts, written when it ends.
//!
//! The table has the name of the queue and the columns `id`, `key` and `val`. What was read is removed from it, so that
//! nothing comes twice after a crash; OpenSIPS does the same, in both modes that read.

use std::sync::Arc;

use sipc_engine::database::{Database, DbError, DbValue, Select, query_now};
use sipc_engine::log::Level;
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::waiting::wait_for;

use crate::Queues;
use crate::queue::{Item, Queue};

/// The database of queues that outlive the process.
struct Saved(Arc<dyn Database>);

/// Reads the queues that are kept, and has them written at the end.
pub(crate) fn init(setup: &mut Setup, queues: &[Queue]) -> Result<(), String> {
    let kept: Vec<&Queue> = queues.iter().filter(|q| q.loads || q.saves).collect();
    let Some(first) = kept.first() else { return Ok(()) };
    let url = setup.database_url("mqueue", "db_url");
    let url = url.ok_or_else(|| format!("the queue {} has a dbmode, which needs db_url", first.name))?;
    let database = setup.database(&url)?;
    for queue in kept.iter().filter(|q| q.loads) {
        load(&*database, queue)?;
    }
    setup.share(Arc::new(Saved(database)));
    setup.hooks.shutdown.push(save);
    Ok(())
}

fn load(database: &dyn Database, queue: &Queue) -> Result<(), String> {
    let mut rows = query_now(database, &Select::of(&queue.name, &["key", "val", "id"]))?.rows;
    if rows.is_empty() {
        return Ok(());
    }
    // not every database sorts
    rows.sort_by_key(|row| row.get(2).and_then(DbValue::any_int));
    for row in rows {
        let text = |n: usize| row.get(n).and_then(DbValue::text);
        match text(0).zip(text(1)) {
            Some((key, value)) => queue.add(key.as_ref(), value.as_ref()),
            None => return Err(format!("table {}: a row without key or value", queue.name)),
        }
    }
    wait_for(database.delete(&queue.name, &[])).map_err(|e| format!("table {}: {e}", queue.name))
}

/// Writes what is left in the queues, the oldest first.
fn save(shared: &Shared) {
    let Some((saved, queues)) = shared.state::<Saved>().zip(shared.state::<Queues>()) else { return };
    for queue in queues.0.iter().filter(|q| q.saves) {
        let mut lost = 0;
        let mut why = None;
        for item in std::iter::from_fn(|| queue.take()) {
            if let Err(e) = write(&*saved.0, &queue.name, &item) {
                (lost, why) = (lost + 1, Some(e));
            }
        }
        if let Some(why) = why {
            let text = format_args!("{lost} items of the queue {} could not be saved: {why}", queue.name);
            shared.log.message(Level::Error, "mqueue", text);
        }
    }
}

fn write(database: &dyn Database, table: &str, item: &Item) -> Result<(), DbError> {
    let values = [("key", DbValue::Text(item.key.clone())), ("val", DbValue::Text(item.value.clone()))];
    wait_for(database.insert(table, &values))
}
