//! `cfgutils`: what scripts need beside messages: shared variables, randomness, sleeping, locks,
//! recurring times.
//!
//! | File | What |
//! |---|---|
//! | `shv` | `$shv(name)`, its parameters and management commands |
//! | `random` | `$RANDOM`, `rand_…` |
//! | `values` | `set_count`, `set_select_weight`, `shuffle_avps` |
//! | `time` | `$ctime`, sleeping, times and their differences, recurring times |
//! | `locks` | static and dynamic locks |
//! | `digest` | the digest of `hash_file` |
//!
//! `abort` is left out: one message must not end the process. So is `strings_share_lock`, which OpenSIPS
//! declares with one of its two parameters, so that it cannot be called.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::log::Level;
use sipc_engine::place::{Place, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Inner, Text, Value, VarRef};

mod digest;
mod locks;
mod random;
mod shv;
#[cfg(test)]
mod tests;
mod time;
mod values;

pub use locks::{
    get_dynamic_lock, get_static_lock, release_dynamic_lock, release_static_lock, strings_share_lock,
};
pub use random::{rand_event, rand_get_prob, rand_reset_prob, rand_set_prob, random};
pub use shv::{set_shv, shv};
pub use time::{check_time_rec, ctime, get_accurate_time, sleep, ts_usec_delta, usleep};
pub use values::{set_count, set_select_weight, shuffle_avps};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "cfgutils", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] =
    &[("shv", shv, Some(set_shv)), ("random", random, None), ("ctime", ctime, None), ("env", env, None)];

sipc_engine::bindings! { sipc_interface::modules::cfgutils::MODULE;
    plain {
        rand_set_prob(i32), rand_reset_prob(), rand_get_prob(), rand_event(Option<i32>),
        pkg_status(), shm_status(),
        set_count(&VarRef, &VarRef), set_select_weight(&VarRef), shuffle_avps(&VarRef),
        get_accurate_time(&VarRef, &VarRef, Option<&VarRef>),
        ts_usec_delta(i32, i32, i32, i32, Option<&VarRef>, Option<&VarRef>),
        check_time_rec(Text, Option<i32>),
        release_static_lock(Text), release_dynamic_lock(Text), strings_share_lock(Text, Text), abort(),
    }
    waiting {
        sleep(i32), usleep(i32), get_static_lock(Text), get_dynamic_lock(Text),
    }
}

fn init(setup: &mut Setup) -> InitResult {
    setup.share(Arc::new(shv::Variables::read(setup)?));
    setup.share(Arc::new(random::Probability::read(setup)?));
    setup.share(Arc::new(locks::Locks::read(setup)?));
    setup.share(Arc::new(digest::Digest::read(setup)?));
    setup.hooks.worker_start.push(shv::start_worker);
    for (name, handler) in shv::COMMANDS.iter().chain(random::COMMANDS).chain(digest::COMMANDS) {
        setup.command(name, *handler);
    }
    Ok(())
}

/// Ends the process at once, as a crash would.
pub fn abort(cx: &mut Context) -> i32 {
    cx.log(Level::Critical, "abort", format_args!("the script aborts the process"));
    std::process::abort()
}

/// Nothing to report: memory belongs to the system.
pub fn pkg_status(_cx: &mut Context) -> i32 {
    1
}

/// Nothing to report: memory belongs to the system.
pub fn shm_status(_cx: &mut Context) -> i32 {
    1
}

/// `$env(NAME)`; NULL when it is not set.
pub fn env(_cx: &mut Context, at: &Place) -> Value {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let Inner::Name(name) = &at.inner else { return Value::Null };
    let value = std::env::var_os(std::ffi::OsStr::from_bytes(name));
    Value::text_or_null(value.map(|v| Text::from(v.into_vec())))
}
