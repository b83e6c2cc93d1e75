//! Serial forking: branches in a queue, tried group by group.

use std::collections::VecDeque;

use sipc_interface::RouteKind;
use sipc_sip::NameAddr;

use crate::context::Target;
use crate::log::Level;
use crate::variables::{append_branch, current_ruri};
use crate::{Context, Text};

/// The queue of a message or its transaction.
#[derive(Debug, Default)]
struct Queue {
    groups: VecDeque<Vec<Target>>,
}

/// The queue goes with the transaction once there is one, so that a failure route finds it.
fn queue<R>(cx: &mut Context, f: impl FnOnce(&mut Queue) -> R) -> R {
    match &cx.transaction {
        Some(t) => f(t.script.lock().extensions.get_or_default()),
        None => f(cx.extensions.get_or_default()),
    }
}

/// Queues the request URI and all branches by q, highest first, or each on its own in the present order.
/// Does nothing when no q differs.
pub fn serialize_branches(cx: &mut Context, clear: i32, keep_order: Option<i32>) -> i32 {
    let keep_order = keep_order.unwrap_or(0) != 0;
    let differs = cx.branches.iter().any(|b| b.q != cx.target.q);
    if cx.branches.is_empty() || !keep_order && !differs {
        return 1;
    }
    let uri = current_ruri(cx).unwrap_or_default();
    let first = Target { uri: uri.into(), ..cx.target.clone() };
    let mut all = vec![first];
    all.append(&mut cx.branches);
    all.iter_mut().for_each(|b| b.attrs.clear());
    let groups = if keep_order { all.into_iter().map(|b| vec![b]).collect() } else { by_q(all) };
    queue(cx, |queue| {
        if clear != 0 {
            queue.groups.clear();
        }
        for group in groups.into_iter().rev() {
            queue.groups.push_front(group);
        }
    });
    1
}

/// Branches of one q in groups, highest q first; an unspecified q is the lowest.
fn by_q(mut all: Vec<Target>) -> Vec<Vec<Target>> {
    all.sort_by_key(|b| std::cmp::Reverse(b.q.map_or(-1, i32::from)));
    let mut groups: Vec<Vec<Target>> = Vec::new();
    for branch in all {
        match groups.last_mut().filter(|group| group.first().is_some_and(|b| b.q == branch.q)) {
            Some(group) => group.push(branch),
            None => groups.push(vec![branch]),
        }
    }
    groups
}

/// Takes the next group: its first branch becomes the request URI, the others are added.
pub fn next_branches(cx: &mut Context) -> i32 {
    if !matches!(cx.route_kind, RouteKind::Request | RouteKind::Failure) {
        cx.log(Level::Error, "next_branches", format_args!("called from unsupported route type"));
        return -1;
    }
    let (group, more) = queue(cx, |queue| (queue.groups.pop_front(), !queue.groups.is_empty()));
    let mut group = group.unwrap_or_default().into_iter();
    let Some(first) = group.next() else { return -1 };
    let dst_uri = match &first.path {
        Some(path) => match first_hop(path) {
            Some(hop) => Some(hop),
            None => return -1,
        },
        None => first.dst_uri.clone(),
    };
    let attrs = std::mem::take(&mut cx.target.attrs);
    cx.target = Target { dst_uri, attrs, ..first };
    for branch in group {
        if !append_branch(cx, branch) {
            return -1;
        }
    }
    if more { 1 } else { 2 }
}

/// The URI of the first entry of a Path set.
fn first_hop(path: &Text) -> Option<Text> {
    let first = NameAddr::routes(path).next()?.ok()?;
    Some(path.slice_ref(first.uri_text))
}
