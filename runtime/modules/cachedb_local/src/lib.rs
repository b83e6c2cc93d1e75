//! `cachedb_local`: a cache in memory, which all workers and the management interface share.
//!
//! Scripts use it through the `cache_…` functions of the core. A [`collection`] is a table of its own; what has
//! expired is gone at once for scripts, and its memory is given back every `cache_clean_period` seconds. They can be [`kept`] over a restart.
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use sipc_engine::cachedb::{Cache, CacheUrl};
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text};

mod collection;
mod kept;
#[cfg(test)]
mod tests;

use collection::Collection;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "cachedb_local", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::cachedb_local::MODULE;
    plain { cache_remove_chunk(Option<Text>, Text) }
    waiting {}
}

/// The module's name in scripts' `cache_…` calls.
const SYSTEM: &str = "local";

/// The collection of who names none.
const DEFAULT: &str = "default";

/// All collections; the first is that of who names none.
struct Collections(Vec<Arc<Collection>>);

impl Collections {
    fn find(&self, name: Option<&[u8]>) -> Option<&Arc<Collection>> {
        match name {
            None => self.0.first(),
            Some(name) => self.0.iter().find(|c| c.name.as_bytes() == name),
        }
    }

    /// The collection that a URL names.
    fn of_url(&self, url: &CacheUrl) -> Result<Arc<dyn Cache>, String> {
        let wanted = (!url.database.is_empty()).then_some(url.database.as_bytes());
        let found = self.find(wanted).cloned();
        found
            .map(|c| c as Arc<dyn Cache>)
            .ok_or_else(|| format!("{SYSTEM}: there is no collection {}", url.database))
    }
}

fn init(setup: &mut Setup) -> InitResult {
    let period = setup.int("cachedb_local", "cache_clean_period", 600);
    let period = u64::try_from(period).ok().filter(|p| *p > 0);
    let period = period.ok_or("cache_clean_period must be above 0")?;
    let collections = Collections(collections(setup)?);
    let collections = Arc::new(collections);
    let known = collections.clone();
    setup.caches.register_driver(SYSTEM, Arc::new(move |url| known.of_url(url)));
    let urls = texts(setup, "cachedb_url");
    let urls = if urls.is_empty() { vec![format!("{SYSTEM}://")] } else { urls };
    for url in urls {
        let parsed = CacheUrl::parse(&url)?;
        setup.caches.register(SYSTEM, &parsed.group, collections.of_url(&parsed)?);
    }
    kept::init(setup, &collections)?;
    setup.share(collections);
    setup.hooks.periodic.push((period.saturating_mul(1000), clean));
    setup.hooks.worker_start.push(start_worker);
    setup.command("cachedb_local:remove_chunk", mi_remove);
    setup.command("cachedb_local:fetch_chunk", mi_fetch);
    Ok(())
}

fn texts(setup: &Setup, name: &str) -> Vec<String> {
    setup.params("cachedb_local", name).filter_map(|s| s.text()).map(str::to_owned).collect()
}

/// `name; name=size; name/r=size`, with the default one.
fn collections(setup: &Setup) -> Result<Vec<Arc<Collection>>, String> {
    let threshold = setup.int("cachedb_local", "exec_threshold", 0);
    let threshold = u32::try_from(threshold).map_err(|_| "exec_threshold must not be below 0")?;
    let mut names: Vec<String> = Vec::new();
    for list in texts(setup, "cache_collections") {
        for one in list.split(';').map(str::trim).filter(|one| !one.is_empty()) {
            let (name, size) = one.split_once('=').unwrap_or((one, "9"));
            if size.trim().parse::<u32>().is_err() {
                return Err(format!("cache_collections: the size of {one} is no number"));
            }
            let name = name.trim();
            let name = name.strip_suffix("/r").unwrap_or(name).to_owned();
            if names.contains(&name) {
                return Err(format!("cache_collections: {name} stands there twice"));
            }
            names.push(name);
        }
    }
    if !names.iter().any(|n| n == DEFAULT) {
        names.insert(0, DEFAULT.to_owned());
    }
    let statistics = &setup.caches.statistics;
    let new = |name: &String| Arc::new(Collection::new(name, statistics.clone(), threshold));
    Ok(names.iter().map(new).collect())
}

fn start_worker(worker: &Worker) {
    let Some(collections) = worker.shared.state::<Collections>() else { return };
    collections.0.iter().for_each(|c| c.log_to(&worker.shared.log));
}

fn clean(worker: &Rc<Worker>) {
    let Some(collections) = worker.shared.state::<Collections>() else { return };
    let now = worker.unix_us() / 1_000_000;
    collections.0.iter().for_each(|c| c.clean(now));
}

fn named<'a>(shared: &'a Shared, name: Option<&[u8]>) -> Option<&'a Arc<Collection>> {
    shared.state::<Collections>()?.find(name)
}

/// Removes the keys that match a shell pattern.
pub fn cache_remove_chunk(cx: &mut Context, collection: Option<Text>, pattern: Text) -> i32 {
    let Some(found) = named(cx.shared(), collection.as_deref()) else {
        cx.log(Level::Error, "cachedb_local", format_args!("there is no such collection"));
        return -1;
    };
    found.remove_matching(&pattern);
    1
}

/// The pattern and the collection of a command.
fn asked<'a>(shared: &'a Shared, params: &Params) -> Option<(&'a Arc<Collection>, String)> {
    let collection = params.text("collection");
    let found = named(shared, collection.as_deref().map(str::as_bytes))?;
    Some((found, params.text("glob")?))
}

fn mi_remove(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (collection, pattern) = asked(shared, params).ok_or(MiError::new(500, "Internal error"))?;
    collection.remove_matching(pattern.as_bytes());
    Ok(json!("OK"))
}

fn mi_fetch(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (collection, pattern) = asked(shared, params).ok_or(MiError::new(-32602, "Invalid params"))?;
    let entries = collection.matching(pattern.as_bytes(), shared.unix_now()).into_iter().map(|(key, value)| {
        json!({ "name": String::from_utf8_lossy(&key), "value": String::from_utf8_lossy(&value) })
    });
    Ok(json!({ "keys": entries.collect::<Vec<_>>() }))
}
