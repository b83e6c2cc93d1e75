//! Credentials in requests, checked against a table of users.

use sipc_engine::database::{Condition, DbValue, Rows, Select};
use sipc_engine::digest::Algorithm;
use sipc_engine::log::Level;
use sipc_engine::{Context, Text, Value};
use sipc_mod_auth::{ERROR, Found, PASSWORD, UNKNOWN, pre_auth, refuse};
use sipc_sip::HeaderKind;

use crate::{Loaded, Parameters};

/// Checks Authorization.
pub async fn www_authorize(cx: &mut Context, realm: Text, table: Text) -> i32 {
    authorize(cx, realm, table, HeaderKind::Authorization).await
}

/// Checks Proxy-Authorization.
pub async fn proxy_authorize(cx: &mut Context, realm: Text, table: Text) -> i32 {
    authorize(cx, realm, table, HeaderKind::ProxyAuthorization).await
}

async fn authorize(cx: &mut Context, realm: Text, table: Text, kind: HeaderKind) -> i32 {
    let found = match pre_auth(cx, realm, kind) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let shared = cx.worker.shared.clone();
    let Some(parameters) = shared.state::<Parameters>() else { return ERROR };
    let rows = match look_up(parameters, &table, &found).await {
        Ok(rows) => rows,
        Err(why) => {
            cx.log(Level::Error, "auth_db:authorize", format_args!("{why}"));
            return refuse(cx, 500, "Server Internal Error");
        }
    };
    let Some(row) = rows.rows.first() else { return UNKNOWN };
    let Some(key) = row.first().and_then(text).filter(|k| !k.is_empty()) else {
        let user = String::from_utf8_lossy(&found.username).into_owned();
        cx.log(Level::Error, "auth_db:authorize", format_args!("{user} has no password for this algorithm"));
        return PASSWORD;
    };
    let ha1 = match parameters.calculates {
        true => found.algorithm.ha1(&found.username, &found.realm, &key).into(),
        false => key,
    };
    let verified = found.verify(cx, &ha1);
    if verified > 0 {
        load(cx, &parameters.loaded, row);
    }
    verified
}

/// The column with what the response is computed from.
fn key_column(parameters: &Parameters, algorithm: Algorithm) -> &str {
    let strength = match algorithm.name() {
        _ if parameters.calculates => 0,
        name if name.starts_with("SHA-256") => 1,
        name if name.starts_with("SHA-512") => 2,
        _ => 0,
    };
    &parameters.keys[strength]
}

/// What the table has of a user: its key, and what becomes AVPs.
async fn look_up(parameters: &Parameters, table: &Text, found: &Found) -> Result<Rows, String> {
    let table = std::str::from_utf8(table).map_err(|_| "the table has no good name".to_owned())?;
    let mut parts = found.username.splitn(2, |c| *c == b'@');
    let mut part = || parts.next().filter(|p| !p.is_empty()).map(Text::copy_from_slice);
    let user = part().unwrap_or_default();
    let domain = part().unwrap_or_else(|| found.realm.clone());
    let mut conditions = vec![Condition::equal(&parameters.user, user.into())];
    if parameters.use_domain {
        conditions.push(Condition::equal(&parameters.domain, domain.into()));
    }
    let mut columns = vec![key_column(parameters, found.algorithm)];
    columns.extend(parameters.loaded.iter().map(|l| l.column.as_str()));
    let select = Select { conditions: &conditions, ..Select::of(table, &columns) };
    parameters.database.query(&select).await.map_err(|e| format!("table {table}: {e}"))
}

/// A text, or the digits of a number.
fn text(value: &DbValue) -> Option<Text> {
    value.text().or_else(|| value.int().map(|n| Text::from(n.to_string())))
}

/// Columns become AVPs.
fn load(cx: &mut Context, loaded: &[Loaded], row: &[DbValue]) {
    for (Loaded { avp, column }, value) in loaded.iter().zip(row.iter().skip(1)) {
        let value = match value {
            DbValue::Null => continue,
            DbValue::Int(n) => Value::Int(i32::try_from(*n).unwrap_or(i32::MAX)),
            other => match other.text() {
                Some(text) if text.is_empty() => continue,
                Some(text) => Value::Text(text),
                None => {
                    let text = format_args!("column {column} has neither texts nor numbers");
                    cx.log(Level::Error, "auth_db:load_credentials", text);
                    continue;
                }
            },
        };
        if let Some(name) = cx.worker.shared.avp_names.intern(avp.as_bytes()) {
            cx.avps(|avps| avps.push(name, value));
        }
    }
}
