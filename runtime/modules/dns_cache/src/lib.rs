//! `dns_cache`: keeps answers of name servers in a cache, such as that of `cachedb_local`. What is kept there is written
//! and read by whoever looks names up ([`NameCache`]); here are the parameters.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::bindings::Binding;
use sipc_engine::name_cache::NameCache;
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "dns_cache", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

fn init(setup: &mut Setup) -> InitResult {
    let url = setup.text("dns_cache", "cachedb_url").filter(|url| !url.is_empty());
    let cache = setup.caches.open(&url.ok_or("cachedb_url must be set, to local:// for instance")?)?;
    let seconds = |name: &str, default: i32| match setup.int("dns_cache", name, default) {
        n if n >= 0 => Ok(n),
        n => Err(format!("{name} must not be below 0, and is {n}")),
    };
    let failed_seconds = seconds("blacklist_timeout", 3600)?;
    let least_seconds = seconds("min_ttl", 0)?;
    setup.share(Arc::new(NameCache::new(cache, failed_seconds, least_seconds)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sipc_engine::setup::{Configuration, Setting};

    fn started(params: &[(&str, Setting)]) -> InitResult {
        let param = |(name, value): &(&str, Setting)| ("dns_cache".into(), (*name).into(), value.clone());
        let modparams = params.iter().map(param).collect();
        init(&mut Setup::new(Configuration { modparams, ..Configuration::default() }, Vec::new()))
    }

    #[test]
    fn a_cache_must_be_there_and_times_not_be_negative() {
        let failure = |params: &[_]| started(params).expect_err("it does not start");
        assert!(failure(&[]).contains("cachedb_url must be set"));
        let url = ("cachedb_url", Setting::Text("local://".into()));
        assert!(failure(&[url]).contains("is its module loaded"));
    }
}
