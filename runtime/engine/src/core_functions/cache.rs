//! `cache_…`: what scripts ask of caches.

use std::sync::Arc;

use crate::cachedb::{Cache, CacheError};
use crate::log::Level;
use crate::place::Assign;
use crate::{Context, Text, Value, VarRef};

use super::result;

/// The value of a fetch that finds nothing.
const NOT_FOUND: i32 = -2;
/// The value of a fetch that finds no number.
const NOT_A_NUMBER: i32 = -3;

/// The cache and the time; `None` when the cache is unknown or the key empty.
fn asked(cx: &Context, cache: &Text, key: &Text) -> Option<(Arc<dyn Cache>, u64)> {
    if key.is_empty() {
        cx.log(Level::Error, "cachedb", format_args!("a key cannot be empty"));
        return None;
    }
    match cx.shared().caches.named(cache) {
        Ok(cache) => Some((cache, cx.worker.unix_us() / 1_000_000)),
        Err(why) => {
            cx.log(Level::Error, "cachedb", format_args!("{why}"));
            None
        }
    }
}

fn failed(cx: &Context, error: &CacheError) -> i32 {
    let (value, why) = match error {
        CacheError::NotANumber => (NOT_A_NUMBER, "the value is no number"),
        CacheError::Unsupported => (-1, "this cache cannot do that"),
        CacheError::Failed(why) => (-1, &**why),
    };
    cx.log(Level::Error, "cachedb", format_args!("{why}"));
    value
}

fn put(cx: &mut Context, target: &VarRef, value: Value) -> i32 {
    result(target.write(cx, Assign::Set, value))
}

/// Stores a value.
pub async fn cache_store(cx: &mut Context, cache: Text, key: Text, value: Text, seconds: Option<i32>) -> i32 {
    let Some((cache, now)) = asked(cx, &cache, &key) else { return -1 };
    match cache.store(&key, &value, seconds.unwrap_or(0), now).await {
        Ok(()) => 1,
        Err(e) => failed(cx, &e),
    }
}

/// Removes a key.
pub async fn cache_remove(cx: &mut Context, cache: Text, key: Text) -> i32 {
    let Some((cache, _)) = asked(cx, &cache, &key) else { return -1 };
    match cache.remove(&key).await {
        Ok(()) => 1,
        Err(e) => failed(cx, &e),
    }
}

/// Reads a value.
pub async fn cache_fetch(cx: &mut Context, cache: Text, key: Text, value: &VarRef) -> i32 {
    let Some((cache, now)) = asked(cx, &cache, &key) else { return -1 };
    match cache.fetch(&key, now).await {
        Ok(Some(found)) => put(cx, value, Value::Text(found)),
        Ok(None) => NOT_FOUND,
        Err(e) => failed(cx, &e),
    }
}

/// Reads a number.
pub async fn cache_counter_fetch(cx: &mut Context, cache: Text, key: Text, value: &VarRef) -> i32 {
    let Some((cache, now)) = asked(cx, &cache, &key) else { return -1 };
    match cache.counter(&key, now).await {
        Ok(Some(found)) => put(cx, value, Value::Int(found)),
        Ok(None) => NOT_FOUND,
        Err(e) => failed(cx, &e),
    }
}

/// Asks a cache in its own language. Each column of the answer goes into the AVP of its place in `avps`
/// (`$avp(a);$avp(b)`), that of the first row on top.
pub async fn cache_raw_query(cx: &mut Context, cache: Text, query: Text, avps: Option<Text>) -> i32 {
    if query.is_empty() {
        cx.log(Level::Error, "cachedb", format_args!("a raw query cannot be empty"));
        return -1;
    }
    let Some((cache, _)) = asked(cx, &cache, &query) else { return -1 };
    let avps = avps.unwrap_or_default();
    let names: Vec<_> =
        sipc_interface::avp_list(&avps).flatten().map(|n| cx.shared().avp_names.intern(n)).collect();
    match cache.raw_query(&query, names.len()).await {
        Ok(rows) => {
            for row in rows.into_iter().rev() {
                let found = names.iter().zip(row).filter_map(|(name, value)| Some(((*name)?, value)));
                found.for_each(|(name, value)| cx.avps(|avps| avps.push(name, value.stored())));
            }
            1
        }
        Err(e) => failed(cx, &e),
    }
}

/// Adds to a number.
pub async fn cache_add(
    cx: &mut Context,
    cache: Text,
    key: Text,
    by: i32,
    seconds: i32,
    sum: Option<&VarRef>,
) -> i32 {
    let Some((cache, now)) = asked(cx, &cache, &key) else { return -1 };
    match (cache.add(&key, by, seconds, now).await, sum) {
        (Ok(new), Some(sum)) => put(cx, sum, Value::Int(new)),
        (Ok(_), None) => 1,
        (Err(CacheError::NotANumber), _) => {
            failed(cx, &CacheError::NotANumber);
            -1
        }
        (Err(e), _) => failed(cx, &e),
    }
}

/// Subtracts from a number.
pub async fn cache_sub(
    cx: &mut Context,
    cache: Text,
    key: Text,
    by: i32,
    seconds: i32,
    difference: Option<&VarRef>,
) -> i32 {
    cache_add(cx, cache, key, by.wrapping_neg(), seconds, difference).await
}
