//! Merging one document into another (RFC 7386), with numbers as cJSON writes them.

use indexmap::IndexMap;
use sipc_engine::Text;

use crate::node::{Link, Node};

/// What becomes of a document under a patch. Keys are the same when they differ in case only, and a member
/// that is replaced moves behind the others.
pub(crate) fn merge(target: Link, patch: &Link) -> Link {
    let Node::Object(changes) = &*patch.borrow() else { return copied(patch) };
    let mut members = match &mut *target.borrow_mut() {
        Node::Object(members) => {
            std::mem::take(members).into_iter().map(|(key, link)| (key, copied(&link))).collect()
        }
        _ => IndexMap::new(),
    };
    for (key, change) in changes {
        let old = take(&mut members, key);
        if !matches!(*change.borrow(), Node::Null) {
            let old = old.unwrap_or_else(|| Node::Null.link());
            members.insert(key.clone(), merge(old, change));
        }
    }
    Node::Object(members).link()
}

fn take(members: &mut IndexMap<Text, Link>, key: &Text) -> Option<Link> {
    let at = members.keys().position(|k| k.eq_ignore_ascii_case(key))?;
    members.shift_remove_index(at).map(|(_, link)| link)
}

/// A copy with numbers as cJSON writes them. Documents come from the parser, so their depth has a bound.
fn copied(link: &Link) -> Link {
    let copy = match &*link.borrow() {
        Node::Null => Node::Null,
        Node::Bool(b) => Node::Bool(*b),
        Node::Int(n) => Node::Double(number(*n as f64)),
        Node::Unsigned(n) => Node::Double(number(*n as f64)),
        Node::Double(text) => {
            let parsed = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok());
            Node::Double(parsed.map_or_else(|| text.clone(), number))
        }
        Node::Text(text) => Node::Text(text.clone()),
        Node::Array(items) => Node::Array(items.iter().map(copied).collect()),
        Node::Object(members) => {
            Node::Object(members.iter().map(|(key, link)| (key.clone(), copied(link))).collect())
        }
    };
    copy.link()
}

fn number(n: f64) -> Text {
    let whole = (n.floor() - n).abs() <= f64::EPSILON && n.abs() < 1.0e60;
    Text::from(if n == 0.0 {
        "0".to_owned()
    } else if !n.is_finite() {
        "null".to_owned()
    } else if whole {
        format!("{n:.0}")
    } else if n.abs() < 1.0e-6 || n.abs() > 1.0e9 {
        scientific(n)
    } else {
        format!("{n:.6}")
    })
}

/// `1.500000e-07`
fn scientific(n: f64) -> String {
    let text = format!("{n:.6e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |e| ('-', e));
    format!("{digits}e{sign}{exponent:0>2}")
}
