//! Addresses of record: the key of a user.

use sipc_engine::Text;
use sipc_sip::Uri;

use crate::State;
use crate::error::Refusal;

/// The key of the user that a URI names: `user`, or `user@domain` where domains count.
pub fn key(state: &State, uri: &[u8]) -> Result<Text, Refusal> {
    let uri = Uri::parse(uri).map_err(|_| Refusal::NoUser)?;
    let user = sipc_sip::unescape(uri.user().unwrap_or_default());
    let mut domain = uri.host_text();
    if user.is_empty() && !state.locations.parameters.use_domain {
        return Err(Refusal::NoUser);
    }
    if let Some(rest) = domain.strip_prefix(state.realm_prefix.as_bytes()) {
        domain = rest;
    }
    if user.len() > state.max_username || domain.len() > state.max_domain {
        return Err(Refusal::AorTooLong);
    }
    let mut key = user.to_vec();
    if !state.case_sensitive {
        key.make_ascii_lowercase();
    }
    if state.locations.parameters.use_domain {
        if !key.is_empty() {
            key.push(b'@');
        }
        key.extend_from_slice(&domain.to_ascii_lowercase());
    }
    if key.len() > state.max_aor { Err(Refusal::AorTooLong) } else { Ok(key.into()) }
}
