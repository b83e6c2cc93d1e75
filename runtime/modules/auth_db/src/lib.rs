//! `auth_db`: users, passwords and addresses in databases.
//!
//! | File | What |
//! |---|---|
//! | `authorize` | credentials in requests checked against a table of users |
//! | `uris` | who may use which address |
//!
//! Challenges and nonces are those of module auth.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::database::{Condition, Database, DbValue, Select, query_now};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Text, VarRef};

mod authorize;
mod uris;

pub use authorize::{proxy_authorize, www_authorize};
pub use uris::{db_does_uri_exist, db_get_auth_id, db_is_from_authorized, db_is_to_authorized};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "auth_db", init };

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::auth_db::MODULE;
    plain {}
    waiting {
        www_authorize(Text, Text),
        proxy_authorize(Text, Text),
        db_does_uri_exist(Text, Text),
        db_is_to_authorized(Text),
        db_is_from_authorized(Text),
        db_get_auth_id(Text, Text, &VarRef, &VarRef),
    }
}

/// The version of tables of users that is known here.
const USERS: i64 = 8;
/// That of tables of URIs.
const URIS: i64 = 2;

/// A column whose value becomes an AVP.
struct Loaded {
    avp: String,
    column: String,
}

/// The module's parameters.
struct Parameters {
    database: Arc<dyn Database>,
    user: String,
    domain: String,
    /// Columns with what responses are computed from, by the strength of the algorithm.
    keys: [String; 3],
    uri_user: String,
    uri_domain: String,
    uri_uriuser: String,
    calculates: bool,
    use_domain: bool,
    loaded: Vec<Loaded>,
}

fn init(setup: &mut Setup) -> InitResult {
    let text = |name: &str, default: &str| setup.text("auth_db", name).unwrap_or_else(|| default.to_owned());
    let url = setup.database_url("auth_db", "db_url").ok_or("db_url is not set")?;
    let parameters = Parameters {
        database: setup.database(&url)?,
        user: text("user_column", "username"),
        domain: text("domain_column", "domain"),
        keys: [
            text("password_column", "ha1"),
            text("hash_column_sha256", "ha1_sha256"),
            text("hash_column_sha512t256", "ha1_sha512t256"),
        ],
        uri_user: text("uri_user_column", "username"),
        uri_domain: text("uri_domain_column", "domain"),
        uri_uriuser: text("uri_uriuser_column", "uri_user"),
        calculates: setup.int("auth_db", "calculate_ha1", 0) != 0,
        use_domain: setup.int("auth_db", "use_domain", 1) != 0,
        loaded: loaded(&text("load_credentials", ""))?,
    };
    if setup.int("auth_db", "skip_version_check", 0) == 0 {
        check_tables(setup, &parameters)?;
    }
    setup.share(Arc::new(parameters));
    Ok(())
}

/// The tables that calls name as literals must have the versions that are known here. They are asked for nobody, so that
/// mistakes show at the start, and drivers that keep tables have them.
fn check_tables(setup: &Setup, parameters: &Parameters) -> InitResult {
    let of_users = [("www_authorize", 1), ("proxy_authorize", 1), ("db_does_uri_exist", 1)];
    let of_uris = [("db_is_to_authorized", 0), ("db_is_from_authorized", 0), ("db_get_auth_id", 0)];
    let named = |(function, at)| setup.told("auth_db", function, at).flatten();
    let database = &*parameters.database;
    for table in of_users.into_iter().flat_map(named) {
        setup.check_table(database, table, USERS)?;
        ask_for_nobody(database, table, &parameters.user)?;
    }
    for table in of_uris.into_iter().flat_map(named) {
        // OpenSIPS wants the number of the other sort of table here
        if setup.check_table(database, table, USERS).is_err() {
            setup.check_table(database, table, URIS)?;
        }
        ask_for_nobody(database, table, &parameters.uri_user)?;
    }
    Ok(())
}

fn ask_for_nobody(database: &dyn Database, table: &str, column: &str) -> InitResult {
    let conditions = [Condition::equal(column, DbValue::from(""))];
    query_now(database, &Select { conditions: &conditions, ..Select::of(table, &[column]) }).map(|_| ())
}

/// `$avp(a)=column;b`
fn loaded(text: &str) -> Result<Vec<Loaded>, String> {
    let one = |part: &str| {
        let bad = || format!("load_credentials: {part} is no column, and no $avp(name)=column");
        let (avp, column) = match part.split_once('=') {
            Some((avp, column)) => {
                let name = avp.trim().strip_prefix("$avp(").and_then(|a| a.strip_suffix(')'));
                (name.ok_or_else(bad)?.trim(), column.trim())
            }
            None => (part, part),
        };
        if avp.is_empty() || column.is_empty() || column.starts_with('$') {
            return Err(bad());
        }
        Ok(Loaded { avp: avp.to_owned(), column: column.to_owned() })
    };
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::loaded;

    #[test]
    fn columns_have_avps() {
        let read = |text: &str| {
            loaded(text).map(|all| all.into_iter().map(|l| (l.avp, l.column)).collect::<Vec<_>>())
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(read("$avp(13)=rpid; mail ;"), Ok(vec![pair("13", "rpid"), pair("mail", "mail")]));
        assert_eq!(read(""), Ok(Vec::new()));
        for bad in ["$avp(13)", "$var(x)=rpid", "$avp(x)=", "$avp()=x"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
