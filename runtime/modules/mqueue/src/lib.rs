//! `mqueue`: queues of keys and values, from routes of messages to timer routes and the management interface, say.
//!
//! All workers share the [`queue`]s; the item that a worker took out is its own until it takes the next. Queues can be
//! [`saved`] in a database when the server ends.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::place::{Place, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Inner, Text, Value};

mod queue;
mod saved;
#[cfg(test)]
mod tests;

use queue::{Item, Queue};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "mqueue", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] =
    &[("mqk", mqk, None), ("mqv", mqv, None), ("mq_size_value", mq_size_value, None)];

sipc_engine::bindings! { sipc_interface::modules::mqueue::MODULE;
    plain { mq_add(Text, Text, Text), mq_fetch(Text), mq_size(Text), mq_pv_free(Text) }
    waiting {}
}

/// The value of a fetch from an empty queue, and of the size of no queue.
const NOTHING: i32 = -2;

/// All queues, in the order of the script.
struct Queues(Vec<Queue>);

impl Queues {
    fn find(&self, name: &[u8]) -> Option<&Queue> {
        self.0.iter().find(|q| q.name.as_bytes() == name)
    }
}

/// What a worker took out, by queue.
#[derive(Default)]
struct Taken(RefCell<HashMap<Text, Item>>);

fn init(setup: &mut Setup) -> InitResult {
    let mut queues: Vec<Queue> = Vec::new();
    for text in setup.params("mqueue", "mqueue").filter_map(|s| s.text()) {
        let queue = Queue::parse(text).map_err(|why| format!("mqueue {text}: {why}"))?;
        if queues.iter().any(|q| q.name == queue.name) {
            return Err(format!("the queue {} stands there twice", queue.name));
        }
        queues.push(queue);
    }
    saved::init(setup, &queues)?;
    setup.share(Arc::new(Queues(queues)));
    setup.command("mqueue:get_sizes", mi_sizes);
    setup.command("mqueue:get_size", mi_size);
    setup.command("mqueue:fetch", mi_fetch);
    Ok(())
}

fn queue<'a>(cx: &'a Context, name: &[u8]) -> Option<&'a Queue> {
    let found = cx.shared().state::<Queues>().and_then(|q| q.find(name));
    if found.is_none() {
        let name = String::from_utf8_lossy(name);
        cx.log(Level::Error, "mqueue", format_args!("mqueue not found: {name}"));
    }
    found
}

/// Adds an item.
pub fn mq_add(cx: &mut Context, name: Text, key: Text, value: Text) -> i32 {
    let Some(queue) = queue(cx, &name) else { return -1 };
    queue.add(&key, &value);
    1
}

/// Takes the oldest item out.
pub fn mq_fetch(cx: &mut Context, name: Text) -> i32 {
    let taken = cx.worker.kept::<Taken>();
    taken.0.borrow_mut().remove(&name);
    let Some(queue) = queue(cx, &name) else { return -1 };
    let Some(item) = queue.take() else { return NOTHING };
    taken.0.borrow_mut().insert(Text::copy_from_slice(&name), item);
    1
}

/// How many items a queue has.
pub fn mq_size(cx: &mut Context, name: Text) -> i32 {
    match queue(cx, &name).map(Queue::size) {
        // 0 would end the script
        Some(0) => -1,
        Some(size) => i32::try_from(size).unwrap_or(i32::MAX),
        None => NOTHING,
    }
}

/// Forgets the item that was taken out.
pub fn mq_pv_free(cx: &mut Context, name: Text) -> i32 {
    cx.worker.kept::<Taken>().0.borrow_mut().remove(&name);
    1
}

fn of_taken(cx: &Context, at: &Place, part: impl FnOnce(&Item) -> &Text) -> Value {
    let Inner::Name(name) = &at.inner else { return Value::Null };
    if queue(cx, name).is_none() {
        return Value::Null;
    }
    let taken = cx.worker.kept::<Taken>();
    let taken = taken.0.borrow();
    taken.get(name).map(part).filter(|text| !text.is_empty()).cloned().into()
}

/// `$mqk(queue)`
pub fn mqk(cx: &mut Context, at: &Place) -> Value {
    of_taken(cx, at, |item| &item.key)
}

/// `$mqv(queue)`
pub fn mqv(cx: &mut Context, at: &Place) -> Value {
    of_taken(cx, at, |item| &item.value)
}

/// `$mq_size(queue)`
pub fn mq_size_value(cx: &mut Context, at: &Place) -> Value {
    let Inner::Name(name) = &at.inner else { return Value::Null };
    let size = queue(cx, name).map(|q| i32::try_from(q.size()).unwrap_or(i32::MAX));
    size.map_or(Value::Null, Value::Int)
}

/// The queue that a command names.
fn asked<'a>(shared: &'a Shared, params: &Params) -> Result<&'a Queue, MiError> {
    let name = params.text("name").unwrap_or_default();
    let found = shared.state::<Queues>().and_then(|q| q.find(name.as_bytes()));
    found.ok_or(MiError::new(404, "No such queue"))
}

fn shown_size(queue: &Queue) -> Json {
    json!({ "name": queue.name, "size": queue.size() })
}

fn mi_sizes(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    let queues = shared.state::<Queues>().map_or(&[][..], |q| &q.0);
    Ok(json!({ "Queue": queues.iter().rev().map(shown_size).collect::<Vec<_>>() }))
}

fn mi_size(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    Ok(json!({ "Queue": shown_size(asked(shared, params)?) }))
}

fn shown(item: &Item) -> Json {
    json!({ "key": String::from_utf8_lossy(&item.key), "value": String::from_utf8_lossy(&item.value) })
}

fn mi_fetch(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let queue = asked(shared, params)?;
    if !params.has("limit") {
        let item = queue.take().ok_or(MiError::new(404, "Empty queue"))?;
        return Ok(json!({ "Item": shown(&item) }));
    }
    let limit = params.int("limit").and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let limit = limit.ok_or(MiError::new(-32602, "Invalid params"))?;
    let items = std::iter::from_fn(|| queue.take()).take(limit);
    Ok(items.map(|item| shown(&item)).collect())
}
