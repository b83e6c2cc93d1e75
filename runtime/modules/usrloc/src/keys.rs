//! Values that a script keeps with a user's record, under keys of its own; they go with the record.

use sipc_engine::log::Level;
use sipc_engine::place::{Assign, VarRef};
use sipc_engine::{Context, Text, Value};

use crate::{Locations, Record};

/// Keys of one record; a script that takes them from messages must not fill the memory.
const KEYS_MAX: usize = 64;

/// Keeps a value with a user; without one, or with an empty one, forgets the key. -1 for a user that is not
/// registered, or at the bound of keys.
pub fn ul_add_key(cx: &mut Context, table: Text, aor: Text, key: Text, value: Option<Text>) -> i32 {
    let value = value.unwrap_or_default();
    let stored = change(cx, &table, &aor, |record| {
        record.keys.retain(|(k, _)| *k != key);
        if value.is_empty() {
            return true;
        }
        let room = record.keys.len() < KEYS_MAX;
        if room {
            record.keys.push((Text::copy_from_slice(&key), Text::copy_from_slice(&value)));
        }
        room
    });
    match stored {
        Some(true) => 1,
        Some(false) => {
            cx.log(Level::Error, "w_add_key", format_args!("a record has at most {KEYS_MAX} keys"));
            -1
        }
        None => -1,
    }
}

/// Reads such a value into a variable; -1 when there is no record or no key.
pub fn ul_get_key(cx: &mut Context, table: Text, aor: Text, key: Text, destination: &VarRef) -> i32 {
    let found = change(cx, &table, &aor, |record| {
        record.keys.iter().find(|(k, _)| *k == key).map(|(_, value)| value.clone())
    });
    let Some(found) = found else { return -1 };
    let Some(value) = found else {
        cx.log(Level::Warning, "w_get_key", format_args!("no such key in the record"));
        return -1;
    };
    if destination.write(cx, Assign::Set, Value::Text(value)) { 1 } else { -1 }
}

/// Forgets a key; -1 when there is no record.
pub fn ul_del_key(cx: &mut Context, table: Text, aor: Text, key: Text) -> i32 {
    change(cx, &table, &aor, |record| record.keys.retain(|(k, _)| *k != key)).map_or(-1, |()| 1)
}

/// Does something with the record of a registered user; `None`, with a line in the log, for others.
fn change<R>(cx: &mut Context, table: &Text, aor: &Text, f: impl FnOnce(&mut Record) -> R) -> Option<R> {
    let worker = cx.worker.clone();
    let locations = worker.shared.state::<Locations>()?;
    let registered = |record: &mut Record| (!record.contacts.is_empty()).then(|| f(record));
    let result = locations.change(table, aor, registered);
    if result.is_none() {
        cx.log(Level::Warning, "w_key", format_args!("no record found: is the user registered?"));
    }
    result
}
