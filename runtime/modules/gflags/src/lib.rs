//! `gflags`: 32 flags for the whole server, which scripts and the management interface set and ask for.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value as Json, json};
use sipc_engine::Context;
use sipc_engine::log::Level;
use sipc_engine::mi::{Handler, MiError, Params};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "gflags", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::gflags::MODULE;
    plain { set_gflag(i32), reset_gflag(i32), is_gflag(i32) }
    waiting {}
}

const COMMANDS: &[(&str, Handler)] =
    &[("gflags:set", mi_set), ("gflags:reset", mi_reset), ("gflags:check", mi_check), ("gflags:get", mi_get)];

struct Flags(AtomicU32);

fn init(setup: &mut Setup) -> InitResult {
    // a number below 0 stands for its bits
    setup.share(Arc::new(Flags(AtomicU32::new(setup.int("gflags", "initial", 0) as u32))));
    for (name, handler) in COMMANDS {
        setup.command(name, *handler);
    }
    Ok(())
}

fn with(cx: &Context, flag: i32, f: impl FnOnce(&AtomicU32, u32) -> bool) -> i32 {
    let bit = u32::try_from(flag).ok().and_then(|flag| 1u32.checked_shl(flag));
    match (bit, cx.shared().state::<Flags>()) {
        (Some(bit), Some(flags)) if f(&flags.0, bit) => 1,
        (Some(_), _) => -1,
        (None, _) => {
            cx.log(Level::Error, "gflags", format_args!("flag {flag} is not from 0 to 31"));
            -1
        }
    }
}

/// Sets a flag.
pub fn set_gflag(cx: &mut Context, flag: i32) -> i32 {
    with(cx, flag, |flags, bit| {
        flags.fetch_or(bit, Ordering::Relaxed);
        true
    })
}

/// Clears a flag.
pub fn reset_gflag(cx: &mut Context, flag: i32) -> i32 {
    with(cx, flag, |flags, bit| {
        flags.fetch_and(!bit, Ordering::Relaxed);
        true
    })
}

/// Whether a flag is set.
pub fn is_gflag(cx: &mut Context, flag: i32) -> i32 {
    with(cx, flag, |flags, bit| flags.load(Ordering::Relaxed) & bit != 0)
}

/// The flags and the bits that a command names.
fn asked<'a>(shared: &'a Shared, params: &Params) -> Result<(&'a AtomicU32, u32), MiError> {
    let text = params.text("bitmask").unwrap_or_default();
    let bits = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    let bits = bits.filter(|b| *b != 0).ok_or(MiError::new(400, "Bad parameter value"))?;
    let flags = shared.state::<Flags>().ok_or(MiError::new(500, "Internal error"))?;
    Ok((&flags.0, bits))
}

fn mi_set(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (flags, bits) = asked(shared, params)?;
    flags.fetch_or(bits, Ordering::Relaxed);
    Ok(json!("OK"))
}

fn mi_reset(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (flags, bits) = asked(shared, params)?;
    flags.fetch_and(!bits, Ordering::Relaxed);
    Ok(json!("OK"))
}

fn mi_check(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (flags, bits) = asked(shared, params)?;
    Ok(json!(flags.load(Ordering::Relaxed) & bits == bits))
}

fn mi_get(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    let flags = shared.state::<Flags>().ok_or(MiError::new(500, "Internal error"))?;
    let flags = flags.0.load(Ordering::Relaxed);
    Ok(json!({ "hex": format!("0x{flags:X}"), "dec": flags.to_string() }))
}
