//! `uuid`: universally unique identifiers (RFC 9562).
#![forbid(unsafe_code)]

use std::sync::Arc;

use ::uuid::Uuid;
use sipc_engine::log::Level;
use sipc_engine::place::{Assign, Place, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Inner, Text, Value, VarRef};

#[cfg(test)]
mod tests;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "uuid", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[("uuid_value", uuid_value, None)];

sipc_engine::bindings! { sipc_interface::modules::uuid::MODULE;
    plain { uuid(&VarRef, Option<i32>, Option<Text>, Option<Text>) }
    waiting {}
}

/// What identifiers of the time have for the address of this machine: random, so that they do not tell it.
struct Node([u8; 6]);

fn init(setup: &mut Setup) -> InitResult {
    let random = Uuid::new_v4().into_bytes();
    // the lowest bit of the first byte says that it is no address
    setup.share(Arc::new(Node([random[0] | 1, random[1], random[2], random[3], random[4], random[5]])));
    Ok(())
}

/// An identifier that needs nothing; `None` for another version.
fn plain(cx: &Context, version: i32) -> Option<Uuid> {
    match version {
        0 | 4 => Some(Uuid::new_v4()),
        1 => cx.shared().state::<Node>().map(|node| Uuid::now_v1(&node.0)),
        7 => Some(Uuid::now_v7()),
        _ => None,
    }
}

fn text(uuid: Uuid) -> Value {
    Value::Text(Text::from(uuid.hyphenated().to_string()))
}

/// `$uuid` and `$uuid(version)`
pub fn uuid_value(cx: &mut Context, at: &Place) -> Value {
    let version = match &at.inner {
        Inner::Name(name) => std::str::from_utf8(name).ok().and_then(|n| n.parse().ok()).unwrap_or(-1),
        _ => 0,
    };
    match plain(cx, version) {
        Some(uuid) => text(uuid),
        None => {
            cx.log(Level::Error, "uuid", format_args!("$uuid makes the versions 0, 1, 4 and 7"));
            Value::Null
        }
    }
}

/// Makes an identifier.
pub fn uuid(
    cx: &mut Context,
    result: &VarRef,
    version: Option<i32>,
    namespace: Option<Text>,
    name: Option<Text>,
) -> i32 {
    let made = match version.unwrap_or(0) {
        2 => {
            cx.log(Level::Warning, "uuid", format_args!("version 2 is not made; a random one instead"));
            plain(cx, 0).ok_or("")
        }
        version @ (3 | 5) => named(version, namespace.as_deref(), name.as_deref()),
        version => plain(cx, version).ok_or("there is no such version"),
    };
    match made {
        Ok(uuid) if result.write(cx, Assign::Set, text(uuid)) => 1,
        Ok(_) => -1,
        Err(why) => {
            cx.log(Level::Error, "uuid", format_args!("{why}"));
            -1
        }
    }
}

fn named(version: i32, namespace: Option<&[u8]>, name: Option<&[u8]>) -> Result<Uuid, &'static str> {
    let namespace = namespace.ok_or("this version needs a namespace")?;
    let name = name.ok_or("this version needs a name")?;
    // only the form with hyphens, not the others that the library reads
    let hyphenated = namespace.len() == ::uuid::fmt::Hyphenated::LENGTH;
    let parsed = hyphenated.then(|| Uuid::try_parse_ascii(namespace).ok()).flatten();
    let namespace = parsed.ok_or("the namespace is no identifier")?;
    Ok(if version == 3 { Uuid::new_v3(&namespace, name) } else { Uuid::new_v5(&namespace, name) })
}
