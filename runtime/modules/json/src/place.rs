//! Finding, setting and removing what a path names.

use std::rc::Rc;

use sipc_engine::Text;
use sipc_engine::path::Step;

use crate::node::{Link, MEMBERS_MAX, Node};

/// The steps without `.keys` and `.values`, which only `for` looks at.
pub(crate) fn without_word(steps: &[Step]) -> &[Step] {
    match steps {
        [rest @ .., Step::Word(_)] => rest,
        all => all,
    }
}

/// What is at a path; `None` when nothing is, or `null`.
pub(crate) fn find(root: &Link, steps: &[Step]) -> Option<Link> {
    let mut at = root.clone();
    for step in without_word(steps) {
        let next = child(&at.borrow(), step)?;
        at = next;
    }
    let is_null = matches!(*at.borrow(), Node::Null);
    (!is_null).then_some(at)
}

fn child(node: &Node, step: &Step) -> Option<Link> {
    match (node, step) {
        (Node::Object(members), Step::Key(key)) => members.get(key).cloned(),
        (Node::Array(items), Step::At(n)) => items.get(position(*n, items.len())?).cloned(),
        _ => None,
    }
}

fn position(index: i32, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(i64::from(index) + if index < 0 { length } else { 0 }).ok()
}

/// The node that holds the last step, and the last step.
pub(crate) fn holder<'a>(root: &Link, steps: &'a [Step]) -> Result<(Link, &'a Step), &'static str> {
    let (last, before) = steps.split_last().ok_or("there is no path")?;
    let holder = match before {
        [] => root.clone(),
        before => find(root, before).ok_or("the path leads nowhere")?,
    };
    Ok((holder, last))
}

/// Puts a node at a path; `None` removes what is there.
pub(crate) fn put(root: &Link, steps: &[Step], node: Option<Link>) -> Result<(), &'static str> {
    let (holder, last) = holder(root, steps)?;
    match (&mut *holder.borrow_mut(), last) {
        (Node::Object(members), Step::Key(key)) => match node {
            Some(node) if members.len() < MEMBERS_MAX || members.contains_key(key) => {
                members.insert(Text::copy_from_slice(key), node);
            }
            Some(_) => return Err("it has too many members"),
            None => {
                members.shift_remove(key);
            }
        },
        (Node::Array(items), Step::End) => match node {
            Some(node) if items.len() < MEMBERS_MAX => items.push(node),
            Some(_) => return Err("it has too many items"),
            None => return Err("there is nothing behind the last"),
        },
        (Node::Array(items), Step::At(n)) => {
            let at = position(*n, items.len()).filter(|at| *at < items.len());
            let at = at.ok_or("there is no such index")?;
            match node {
                // the old node may be the last to hold a large tree
                Some(node) => drop::<Rc<_>>(std::mem::replace(&mut items[at], node)),
                None => drop::<Rc<_>>(items.remove(at)),
            }
        }
        _ => return Err("the path leads nowhere"),
    }
    Ok(())
}
