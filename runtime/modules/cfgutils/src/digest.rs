//! The digest of `hash_file`: has the file changed since the start?

use md5::{Digest as _, Md5};
use serde_json::{Value as Json, json};
use sipc_engine::mi::{Handler, MiError, Params};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;

/// The management commands here.
pub(crate) const COMMANDS: &[(&str, Handler)] =
    &[("cfgutils:get_config_hash", get), ("cfgutils:check_config_hash", check)];

/// A file and its digest at the start.
pub(crate) struct Digest(Option<(String, String)>);

impl Digest {
    /// Reads `hash_file`.
    pub(crate) fn read(setup: &Setup) -> Result<Digest, String> {
        let Some(file) = setup.text("cfgutils", "hash_file") else { return Ok(Digest(None)) };
        let digest = of(&file).map_err(|e| format!("hash_file {file}: {e}"))?;
        Ok(Digest(Some((file, digest))))
    }
}

fn of(file: &str) -> std::io::Result<String> {
    let sum = Md5::digest(std::fs::read(file)?);
    Ok(sum.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn known(shared: &Shared) -> Result<&(String, String), MiError> {
    let known = shared.state::<Digest>().and_then(|d| d.0.as_ref());
    known.ok_or_else(|| MiError::new(404, "Functionality disabled"))
}

fn get(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    Ok(json!(known(shared)?.1))
}

fn check(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    let (file, digest) = known(shared)?;
    match of(file) {
        Err(_) => Err(MiError::new(500, "Internal error")),
        Ok(now) if now == *digest => Ok(json!("The actual config file hash is identical to the stored one.")),
        Ok(_) => Err(MiError::new(400, "The actual config file hash is not identical to the stored one.")),
    }
}
