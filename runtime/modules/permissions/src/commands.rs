//! Management commands.

use serde_json::{Value as Json, json};
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;

use crate::State;
use crate::addresses::Address;
use crate::partitions::Partition;

/// Registers the commands.
pub fn register(setup: &mut Setup) {
    setup.command("permissions:address_reload", reload);
    setup.command("permissions:address_dump", |shared, params| dump(shared, params, false));
    setup.command("permissions:subnet_dump", |shared, params| dump(shared, params, true));
    setup.command("permissions:allow_uri", allow_uri);
}

fn state(shared: &Shared) -> Result<&State, MiError> {
    shared.state::<State>().ok_or_else(|| MiError::new(500, "permissions is not running"))
}

/// Loads a partition, and says what was wrong with it in the log.
pub fn load(shared: &Shared, partition: &Partition) -> bool {
    let say = |text: &str| shared.log.message(Level::Error, "permissions", format_args!("{text}"));
    match partition.load() {
        Ok(left_out) => {
            left_out.iter().for_each(|line| say(line));
            true
        }
        Err(why) => {
            say(&why);
            false
        }
    }
}

fn reload(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let state = state(shared)?;
    if let Some(name) = params.text("partition") {
        let partition = state.partitions.named(&name);
        let partition = partition.ok_or_else(|| MiError::new(400, "Trusted table reload failed"))?;
        return match load(shared, partition) {
            true => Ok(json!("OK")),
            false => Err(MiError::new(500, "Failed to reload")),
        };
    }
    for partition in &state.partitions.0 {
        if !load(shared, partition) {
            return Err(MiError::new(400, format!("failed to reload partition {}!", partition.name)));
        }
    }
    Ok(json!("OK"))
}

fn dump(shared: &Shared, params: &Params, networks: bool) -> Result<Json, MiError> {
    let partitions = &state(shared)?.partitions;
    if let Some(name) = params.text("partition") {
        let found = partitions.named(&name).ok_or_else(|| MiError::new(404, "No such partition"))?;
        return Ok(json!({ "part": name, "Destinations": destinations(found, networks) }));
    }
    let one = |p: &Partition| json!({ "name": p.name, "Destinations": destinations(p, networks) });
    Ok(json!({ "Partitions": partitions.0.iter().map(one).collect::<Vec<_>>() }))
}

fn destinations(partition: &Partition, networks: bool) -> Vec<Json> {
    let addresses = partition.addresses.get();
    addresses.each(networks).map(|(group, address)| describe(group, address)).collect()
}

fn describe(group: u32, a: &Address) -> Json {
    let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let mask = match a.length {
        32 if a.network.address().is_ipv4() => "32".to_owned(),
        128 => "128".to_owned(),
        _ => a.network.mask().to_string(),
    };
    json!({
        "grp": group,
        "ip": a.network.address().to_string(),
        "mask": mask,
        "port": a.port,
        "proto": a.protocol.unwrap_or("any"),
        "pattern": a.pattern.as_deref().map(lossy).unwrap_or_default(),
        "context_info": lossy(&a.info),
    })
}

fn allow_uri(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let text = |name| params.text(name).filter(|t| !t.is_empty());
    let (Some(basename), Some(uri), Some(contact)) = (text("basename"), text("uri"), text("contact")) else {
        return Err(MiError::new(404, "Basename is empty"));
    };
    let rules = state(shared)?.files.of_file(&basename);
    let allowed = rules.is_some_and(|rules| {
        let (uri, contact) = (uri.as_bytes(), contact.as_bytes());
        rules.is_empty() || rules.allow.has(uri, contact) || !rules.deny.has(uri, contact)
    });
    if allowed { Ok(json!("OK")) } else { Err(MiError::new(403, "Forbidden")) }
}
