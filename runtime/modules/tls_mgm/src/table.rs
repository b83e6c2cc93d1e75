//! Domains that stand in a table of a database.

use std::sync::Arc;

use sipc_engine::database::{Database, DbValue, Select, query_now};
use sipc_engine::setup::Setup;
use sipc_interface::tls;

use crate::spec::{Domain, Domains, Source, complete};

/// The version of the table that is read.
const VERSION: i64 = 3;

/// Its columns: the parameter that renames it, and its name.
const COLUMNS: &[(&str, &str)] = &[
    ("domain_col", "domain"),
    ("", "type"),
    ("match_ip_address_col", "match_ip_address"),
    ("match_sip_domain_col", "match_sip_domain"),
    ("tls_method_col", "method"),
    ("verify_cert_col", "verify_cert"),
    ("require_cert_col", "require_cert"),
    ("certificate_col", "certificate"),
    ("private_key_col", "private_key"),
    ("crl_check_all_col", "crl_check_all"),
    ("crl_dir_col", "crl_dir"),
    ("ca_list_col", "ca_list"),
    ("ca_dir_col", "ca_dir"),
    ("ciphers_list_col", "cipher_list"),
    ("dh_params_col", "dh_params"),
    ("ec_curve_col", "ec_curve"),
];

/// Columns that hold what the parameter of that name has for domains of the script.
const PLAIN: &[(usize, &str)] = &[
    (2, "match_ip_address"),
    (3, "match_sip_domain"),
    (4, "tls_method"),
    (5, "verify_cert"),
    (6, "require_cert"),
    (9, "crl_check_all"),
    (10, "crl_dir"),
    (12, "ca_dir"),
    (13, "ciphers_list"),
    (14, "dh_params"),
    (15, "ec_curve"),
];

/// The table.
pub struct Table {
    database: Arc<dyn Database>,
    name: String,
    columns: Vec<String>,
}

impl Table {
    /// Opens it, if the script has one.
    pub fn open(setup: &Setup) -> Result<Option<Table>, String> {
        let text = |name: &str| setup.text("tls_mgm", name).filter(|t| !t.is_empty());
        let Some(url) = text("db_url") else { return Ok(None) };
        if url.contains("tls_domain=") {
            return Err("db_url: a connection to the database of TLS domains cannot need one".to_owned());
        }
        let name = text("db_table").unwrap_or_else(|| "tls_mgm".to_owned());
        let database = setup.database(&url)?;
        setup.check_table(&*database, &name, VERSION)?;
        let columns =
            COLUMNS.iter().map(|(param, name)| text(param).unwrap_or_else(|| (*name).to_owned())).collect();
        Ok(Some(Table { database, name, columns }))
    }

    /// Adds its domains to those of the script, before which they are asked; gives what is wrong with the rows that
    /// are left out.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    pub fn add_to(&self, domains: &mut Domains) -> Result<Vec<String>, String> {
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let rows = query_now(&*self.database, &Select::of(&self.name, &columns))?;
        let mut faults = Vec::new();
        for row in &rows.rows {
            if let Err(why) = add(domains, row) {
                let name = row.first().map(DbValue::string).unwrap_or_default();
                faults.push(format!("table {}, TLS domain <{name}> is left out: {why}", self.name));
            }
        }
        Ok(faults)
    }
}

fn add(domains: &mut Domains, row: &[DbValue]) -> Result<(), String> {
    let value = |column: usize| row.get(column).filter(|v| !v.is_null());
    let name = value(0).map(DbValue::string).filter(|n| !n.is_empty()).ok_or("it has no name")?;
    let (list, serves) = match value(1).and_then(DbValue::any_int) {
        Some(1) => (&mut domains.clients, false),
        Some(2) => (&mut domains.servers, true),
        _ => return Err("its type is neither 1, for clients, nor 2, for servers".to_owned()),
    };
    if list.iter().any(|d| d.name == name) {
        return Err("it is defined twice".to_owned());
    }
    let mut domain = Domain::new(&name, serves);
    domain.of_table = true;
    for (column, param) in PLAIN {
        let text = value(*column).map(|v| v.any_int().map_or_else(|| v.string(), |n| n.to_string()));
        let Some(text) = text.filter(|t| !t.is_empty()) else { continue };
        if *param == "ciphers_list" && tls::ciphers(&text).suites.is_empty() {
            return Err(format!("no cipher suite of this build fits `{text}`"));
        }
        domain.set(param, &text).map_err(|why| format!("{param}: {why}"))?;
    }
    let source = |column| value(column).and_then(DbValue::some_text).map(Source::Text);
    let [certificate, key, authorities] = [7, 8, 11].map(source);
    domain.certificate = certificate.or(domain.certificate);
    domain.key = key.or(domain.key);
    domain.ca_list = authorities.or(domain.ca_list);
    complete(&mut domain);
    list.insert(0, domain);
    Ok(())
}
