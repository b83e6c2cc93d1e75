//! Going through the statistics of a group. Iterators are a worker's own.

use std::cell::RefCell;
use std::collections::HashMap;

use sipc_engine::log::Level;
use sipc_engine::place::Assign;
use sipc_engine::{Context, Text, Value, VarRef};

use crate::now_ms;

/// Names beyond this many are refused: they can come from messages.
const ITERATORS_MAX: usize = 1024;

/// Iterators by name: the group and how many statistics were given.
#[derive(Default)]
struct Iterators(RefCell<HashMap<Text, (String, usize)>>);

/// Sets an iterator to the first statistic of a group.
pub fn stat_iter_init(cx: &mut Context, group: Text, iterator: Text) -> i32 {
    let group = String::from_utf8_lossy(&group).into_owned();
    if !cx.shared().statistics.has_group(&group) {
        cx.log(Level::Error, "stat_iter_init", format_args!("there is no group {group} of statistics"));
        return -1;
    }
    let iterators = cx.worker.kept::<Iterators>();
    let mut iterators = iterators.0.borrow_mut();
    if iterators.len() >= ITERATORS_MAX && !iterators.contains_key(&iterator) {
        cx.log(Level::Error, "stat_iter_init", format_args!("there are {ITERATORS_MAX} iterators already"));
        return -1;
    }
    iterators.insert(Text::copy_from_slice(&iterator), (group, 0));
    1
}

/// Stores where an iterator is, and moves it on.
pub fn stat_iter_next(cx: &mut Context, name: &VarRef, value: &VarRef, iterator: Text) -> i32 {
    let iterators = cx.worker.kept::<Iterators>();
    let at = iterators.0.borrow().get(&iterator).cloned();
    let Some((group, n)) = at else { return -1 };
    let Some(statistic) = cx.shared().statistics.of_group(&group, n) else { return -1 };
    // the lower half of larger values, as in OpenSIPS
    let number = Value::Int(statistic.value(now_ms(cx)) as i32);
    if !name.write(cx, Assign::Set, Value::Text(Text::from(statistic.name)))
        || !value.write(cx, Assign::Set, number)
    {
        cx.log(Level::Error, "stat_iter_next", format_args!("the result cannot be stored"));
        return -1;
    }
    iterators.0.borrow_mut().insert(Text::copy_from_slice(&iterator), (group, n + 1));
    1
}
