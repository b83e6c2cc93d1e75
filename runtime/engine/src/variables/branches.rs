//! The branches of a request: `$branch`, `$branch(…)`, `$msg.branch.…`.
//!
//! Index 0 of `$msg.branch.…` is the request URI and the additional branches follow; `$branch(…)` counts
//! the additional ones only.

use crate::context::Target;
use crate::log::Level;
use crate::place::{Assign, Index, Place};
use crate::{Context, Text, Value};

use super::message::{bit, change_flag, flag_list, flags_of, truth};
use super::stored::avp_name;
use super::uri::thousandths;
use super::{joined, name, position};

/// The most additional branches of a request.
const BRANCHES_MAX: usize = 11;

/// Adds a branch; `false` when there are too many or none may be added.
pub(crate) fn append_branch(cx: &mut Context, branch: Target) -> bool {
    if cx.branches_locked {
        return false;
    }
    if cx.branches.len() >= BRANCHES_MAX {
        cx.log(Level::Error, "append_msg_branch", format_args!("max nr of branches exceeded"));
        return false;
    }
    cx.branches.push(branch);
    true
}

/// A q value as in a Contact parameter; empty when unspecified.
pub fn q_text(q: Option<u16>) -> String {
    match q {
        None => String::new(),
        Some(1000..) => "1".to_owned(),
        Some(0) => "0".to_owned(),
        Some(q) => format!("0.{q:03}").trim_end_matches('0').to_owned(),
    }
}

/// `$branch`, `$msg.branch`
pub fn branch(cx: &mut Context, _at: &Place) -> Value {
    cx.branches.first().map(|b| b.uri.to_text()).into()
}

/// `$branch = uri`: appends one.
pub fn set_branch(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    match value.text().filter(|uri| !uri.is_empty()) {
        Some(uri) => append_branch(cx, Target { uri: uri.into(), ..Target::default() }),
        None => false,
    }
}

/// The members of a branch that variables name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Uri,
    NextHop,
    Path,
    Q,
    Flags,
    Socket,
}

impl Field {
    fn named(name: &[u8]) -> Option<Field> {
        Some(match name {
            b"uri" => Field::Uri,
            b"duri" => Field::NextHop,
            b"path" => Field::Path,
            b"q" => Field::Q,
            b"flags" => Field::Flags,
            b"socket" => Field::Socket,
            _ => return None,
        })
    }

    fn read(self, cx: &Context, branch: &Target) -> Option<Text> {
        match self {
            Field::Uri => Some(branch.uri.to_text()),
            Field::NextHop => branch.dst_uri.clone(),
            Field::Path => branch.path.clone(),
            Field::Q => Some(Text::from(q_text(branch.q))),
            Field::Flags => Some(flag_list(&cx.shared().configuration.branch_flags, branch.flags)),
            Field::Socket => branch.socket.map(|id| cx.shared().socket(id).uri.clone()),
        }
    }

    /// Puts a value into a branch; `false` when it is of the wrong type, or NULL for a URI.
    fn write(self, cx: &mut Context, at: usize, value: Value) -> bool {
        let text = value.text();
        let fits = match self {
            Field::Uri => text.as_ref().is_some_and(|t| !t.is_empty()),
            Field::Q => value.is_null() || value.number().is_some(),
            _ => value.is_null() || text.is_some(),
        };
        let socket = text.as_ref().and_then(|t| cx.shared().socket_named(t));
        if !fits || self == Field::Socket && text.is_some() && socket.is_none() {
            return false;
        }
        let names = &cx.worker.shared.clone().configuration.branch_flags;
        let Some(branch) = all_branches_mut(cx, at) else { return false };
        match self {
            Field::Uri => {
                branch.uri = text.unwrap_or_default().into();
                branch.q = if at == 0 { None } else { branch.q };
            }
            Field::NextHop => branch.dst_uri = text.filter(|t| !t.is_empty()),
            Field::Path => branch.path = text.filter(|t| !t.is_empty()),
            Field::Q => branch.q = value.number().and_then(thousandths),
            Field::Flags => branch.flags = text.map_or(0, |t| flags_of(names, &t)),
            Field::Socket => branch.socket = socket,
        }
        true
    }
}

/// Every branch, that of the request URI first.
fn all(cx: &Context) -> impl Iterator<Item = &Target> {
    std::iter::once(&cx.target).chain(&cx.branches)
}

/// One of all branches, to change.
pub(crate) fn all_branches_mut(cx: &mut Context, at: usize) -> Option<&mut Target> {
    match at.checked_sub(1) {
        None => Some(&mut cx.target),
        Some(at) => cx.branches.get_mut(at),
    }
}

/// Where an index points among all branches; without one, at the last.
fn place(cx: &Context, index: &Index) -> Option<usize> {
    let count = cx.branches.len() + 1;
    match index {
        Index::None => Some(count - 1),
        Index::At(n) => position(*n, count),
        Index::All | Index::Word(_) => None,
    }
}

fn get(cx: &Context, index: &Index, field: Field) -> Value {
    if *index == Index::All {
        return joined(all(cx).map(|b| field.read(cx, b).unwrap_or_default()));
    }
    let branch = place(cx, index).and_then(|at| all(cx).nth(at));
    branch.and_then(|b| field.read(cx, b)).into()
}

fn set(cx: &mut Context, index: &Index, field: Field, value: Value) -> bool {
    match place(cx, index).filter(|_| cx.is_request()) {
        Some(at) => field.write(cx, at, value),
        None => false,
    }
}

macro_rules! branch_variables {
    ($($(#[$doc:meta])* $get:ident, $set:ident = $field:ident;)*) => {
        $($(#[$doc])*
        pub fn $get(cx: &mut Context, at: &Place) -> Value {
            get(cx, &at.index, Field::$field)
        }

        /// Assigns to it.
        pub fn $set(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
            set(cx, &at.index, Field::$field, value)
        })*
    };
}

branch_variables! {
    /// `$msg.branch.uri`
    msg_branch_uri, set_msg_branch_uri = Uri;
    /// `$msg.branch.duri`
    msg_branch_duri, set_msg_branch_duri = NextHop;
    /// `$msg.branch.path`
    msg_branch_path, set_msg_branch_path = Path;
    /// `$msg.branch.q`
    msg_branch_q, set_msg_branch_q = Q;
    /// `$msg.branch.flags`
    msg_branch_flags, set_msg_branch_flags = Flags;
    /// `$msg.branch.socket`
    msg_branch_socket, set_msg_branch_socket = Socket;
}

/// `$branch(field)`
pub fn branch_field(cx: &mut Context, at: &Place) -> Value {
    let Some(field) = Field::named(name(at)) else { return Value::Null };
    let values = || cx.branches.iter().map(|b| field.read(cx, b));
    match &at.index {
        Index::All if cx.branches.is_empty() => Value::Null,
        Index::All => joined(values().map(Option::unwrap_or_default)),
        Index::None => values().next().flatten().into(),
        Index::At(n) => position(*n, cx.branches.len()).and_then(|n| values().nth(n)).flatten().into(),
        Index::Word(_) => Value::Null,
    }
}

/// `$branch(field) = value`
pub fn set_branch_field(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    let index = match at.index {
        Index::None => 0,
        Index::At(n) => n,
        Index::All | Index::Word(_) => return false,
    };
    let place = position(index, cx.branches.len()).filter(|_| cx.is_request());
    match (Field::named(name(at)), place) {
        (Some(field), Some(place)) => field.write(cx, place + 1, value),
        _ => false,
    }
}

/// `$msg.branch.flag(name)`: index 0 is the request URI, but only as many branches can be read as were
/// added, so the last one cannot.
pub fn branch_flag(cx: &mut Context, at: &Place) -> Value {
    let index = match at.index {
        Index::None => 0,
        Index::At(n) => n,
        Index::All | Index::Word(_) => return Value::Null,
    };
    let branch = position(index, cx.branches.len()).and_then(|n| all(cx).nth(n));
    branch.map_or(Value::Null, |b| truth(b.flags & bit(at) != 0))
}

/// `$msg.branch.flag(name) = n`: without index, of the last branch.
pub fn set_branch_flag(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    let Some(place) = place(cx, &at.index) else { return false };
    all_branches_mut(cx, place).is_some_and(|b| change_flag(&mut b.flags, at, &value))
}

/// `$msg.branch.attr(name)`
pub fn msg_branch_attr(cx: &mut Context, at: &Place) -> Value {
    let Some(name) = attr_name(cx, at) else { return Value::Null };
    place(cx, &at.index).and_then(|n| all(cx).nth(n)).map_or(Value::Null, |b| b.attr(&name))
}

/// `$msg.branch.attr(name) = value`; NULL removes it.
pub fn set_msg_branch_attr(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    let (Some(name), Some(place)) = (attr_name(cx, at), place(cx, &at.index)) else { return false };
    let is_request = cx.is_request();
    let Some(branch) = all_branches_mut(cx, place).filter(|_| is_request) else { return false };
    branch.set_attr(name, value);
    true
}

/// The name in `attr(…)`.
pub fn attr_name(cx: &Context, at: &Place) -> Option<Text> {
    cx.shared().avp_names.name(avp_name(cx, at)?)
}

/// `$msg.branch.last_idx`
pub fn msg_branch_last_idx(cx: &mut Context, _at: &Place) -> Value {
    super::unsigned(cx.branches.len() as u64)
}

/// `$ds`: the request URI is among them only when it was changed.
pub fn ds(cx: &mut Context, _at: &Place) -> Value {
    let unchanged = super::uri::original(cx).is_none_or(|uri| uri[..] == cx.target.uri[..]);
    let entries = all(cx).skip(usize::from(unchanged)).map(|b| {
        let q = q_text(b.q);
        let q = if q.is_empty() { q } else { format!(";q={q}") };
        [b"<", &b.uri[..], b">", q.as_bytes()].concat()
    });
    let entries = entries.collect::<Vec<_>>();
    if entries.is_empty() {
        return Value::Null;
    }
    Value::Text(Text::from([b"Contact: ", &entries.join(&b", "[..])[..]].concat()))
}
