//! The parameters of `tls_mgm` as domains.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};
use sipc_engine::Text;
use sipc_engine::setup::Setup;
use sipc_interface::tls::{self, Curve, Versions};

/// Where files are looked for that the script does not name.
const FOLDER: &str = "/etc/opensips/tls/";

/// All domains. Of those that fit equally well the one made last is taken, so they stand in that order.
#[derive(Debug, Clone, Default)]
pub struct Domains {
    /// For connections that come in.
    pub servers: Vec<Domain>,
    /// For connections that are opened.
    pub clients: Vec<Domain>,
}

/// Which addresses a domain is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// All that no domain names.
    Any,
    /// This one.
    One(SocketAddr),
}

/// Where certificates or a key come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file in PEM form.
    File(PathBuf),
    /// The PEM text itself, of a table.
    Text(Text),
}

/// One domain as the script or a table has it.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// It stands in a table.
    pub of_table: bool,
    /// It is for connections that come in.
    pub serves: bool,
    /// `match_ip_address`.
    pub addresses: Vec<Address>,
    /// `match_sip_domain`.
    pub names: Vec<String>,
    /// `tls_method`.
    pub versions: Versions,
    method: String,
    /// `verify_cert`.
    pub verify: bool,
    /// `require_cert`.
    pub require: bool,
    /// `certificate`.
    pub certificate: Option<Source>,
    /// `private_key`.
    pub key: Option<Source>,
    /// `crl_check_all`.
    pub crl_check_all: bool,
    /// `crl_dir`.
    pub crl_dir: Option<PathBuf>,
    /// `ca_list`.
    pub ca_list: Option<Source>,
    /// `ca_dir`; `None`: the default, which need not exist.
    pub ca_dir: Option<PathBuf>,
    /// `ciphers_list`.
    pub ciphers: Option<String>,
    dh_params: Option<String>,
    /// `ec_curve`.
    pub curve: Option<Curve>,
    curve_name: Option<String>,
}

impl Domain {
    pub(crate) fn new(name: &str, serves: bool) -> Domain {
        let default = |file: &str| serves.then(|| Source::File(Path::new(FOLDER).join(file)));
        Domain {
            name: name.to_owned(),
            of_table: false,
            serves,
            addresses: Vec::new(),
            names: Vec::new(),
            versions: Versions { v1_2: true, v1_3: true },
            method: "SSLv23".to_owned(),
            verify: true,
            require: serves,
            certificate: default("cert.pem"),
            key: default("ckey.pem"),
            crl_check_all: false,
            crl_dir: None,
            ca_list: None,
            ca_dir: None,
            ciphers: None,
            dh_params: None,
            curve: None,
            curve_name: None,
        }
    }

    pub(crate) fn set(&mut self, param: &str, value: &str) -> Result<(), String> {
        let path = || Some(PathBuf::from(value));
        let file = || path().map(Source::File);
        match param {
            "match_ip_address" => self.addresses.extend(addresses(value)?),
            "match_sip_domain" => self.names.extend(list(value).map(str::to_owned)),
            "tls_method" => (self.versions, self.method) = (tls::versions(value)?, value.to_owned()),
            "verify_cert" => self.verify = flag(value),
            "require_cert" => self.require = flag(value),
            "certificate" => self.certificate = file(),
            "private_key" => self.key = file(),
            "crl_check_all" => self.crl_check_all = flag(value),
            "crl_dir" => self.crl_dir = path(),
            "ca_list" => self.ca_list = file(),
            "ca_dir" => self.ca_dir = path(),
            "ciphers_list" => self.ciphers = Some(value.to_owned()),
            "dh_params" => self.dh_params = Some(value.to_owned()),
            _ => (self.curve, self.curve_name) = (Some(tls::curve(value)?), Some(value.to_owned())),
        }
        Ok(())
    }

    /// As the management interface shows it.
    pub fn to_json(&self) -> Json {
        let folder =
            |path: &Option<PathBuf>| path.as_ref().map_or(String::new(), |p| p.display().to_string());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut shown = Map::new();
        let mut show = |key: &str, value: Json| shown.insert(key.to_owned(), value);
        show("name", json!(self.name));
        show("type", json!(if self.serves { "TLS_DOMAIN_SRV" } else { "TLS_DOMAIN_CLI" }));
        show("IP ADDRESS FILTERS", self.addresses.iter().map(Address::text).collect::<Vec<_>>().into());
        show("SIP DOMAIN FILTERS", json!(self.names));
        show("METHOD", json!(self.method));
        show("VERIFY_CERT", json!(self.verify));
        show("REQ_CLI_CERT", json!(self.require));
        show("CRL_CHECKALL", json!(self.crl_check_all));
        // what a table holds is no file
        let file = |show: &mut dyn FnMut(&str, Json) -> Option<Json>, key: &str, value: String| {
            if !self.of_table {
                show(key, json!(value));
            }
        };
        file(&mut show, "CERT_FILE", Source::shown(self.certificate.as_ref()));
        show("CRL_DIR", json!(folder(&self.crl_dir)));
        file(&mut show, "CA_FILE", Source::shown(self.ca_list.as_ref()));
        show("CA_DIR", json!(self.ca_dir.as_deref().unwrap_or(Path::new(CA_DIR)).display().to_string()));
        file(&mut show, "PKEY_FILE", Source::shown(self.key.as_ref()));
        show("CIPHER_LIST", json!(text(&self.ciphers)));
        file(&mut show, "DH_PARAMS_FILE", text(&self.dh_params));
        show("EC_CURVE", json!(text(&self.curve_name)));
        Json::Object(shown)
    }
}

impl Source {
    /// Where it is found, for people.
    pub fn shown(source: Option<&Source>) -> String {
        match source {
            None => String::new(),
            Some(Source::File(path)) => path.display().to_string(),
            Some(Source::Text(_)) => "what the table holds".to_owned(),
        }
    }
}

impl Address {
    fn text(&self) -> String {
        match self {
            Address::Any => "*".to_owned(),
            Address::One(address) => format!("{}:{}", address.ip(), address.port()),
        }
    }
}

/// The default of `ca_dir`.
pub const CA_DIR: &str = "/etc/pki/CA/";

/// Reads all parameters in the order of the script.
pub fn read(setup: &Setup) -> Result<Domains, String> {
    let mut domains = Domains::default();
    for (module, param, value) in &setup.configuration.modparams {
        let Some(value) = value.text().filter(|_| module == "tls_mgm") else { continue };
        tls::check(param, value).map_err(|why| format!("{param}: {why}"))?;
        match param.as_str() {
            "server_domain" => add(&mut domains.servers, value, true)?,
            "client_domain" => add(&mut domains.clients, value, false)?,
            "tls_library" | "client_tls_domain_avp" | "client_sip_domain_avp" => {}
            name if tls::is_of_table(name) => {}
            _ => {
                let (name, value) = tls::split(value)?;
                let Domains { servers, clients } = &mut domains;
                let domain = servers.iter_mut().chain(clients).find(|d| d.name == name);
                let domain =
                    domain.ok_or_else(|| format!("{param}: there is no TLS domain `{name}` above"))?;
                domain.set(param, value).map_err(|why| format!("{param}: {why}"))?;
            }
        }
    }
    for domain in domains.servers.iter_mut().chain(&mut domains.clients) {
        complete(domain);
    }
    Ok(domains)
}

/// What names no addresses or names is for all.
pub(crate) fn complete(domain: &mut Domain) {
    if domain.addresses.is_empty() {
        domain.addresses.push(Address::Any);
    }
    if domain.names.is_empty() {
        domain.names.push("*".to_owned());
    }
}

fn add(domains: &mut Vec<Domain>, name: &str, serves: bool) -> Result<(), String> {
    if domains.iter().any(|d| d.name == name) {
        return Err(format!("the TLS domain `{name}` is defined twice"));
    }
    domains.insert(0, Domain::new(name, serves));
    Ok(())
}

fn flag(value: &str) -> bool {
    value.parse::<u32>().is_ok_and(|n| n != 0)
}

fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|v| !v.is_empty())
}

fn addresses(value: &str) -> Result<Vec<Address>, String> {
    if value.trim_start().starts_with('*') {
        return Ok(vec![Address::Any]);
    }
    list(value).map(address).collect()
}

/// `ip:port`; an IPv6 address stands in brackets or not.
fn address(text: &str) -> Result<Address, String> {
    let read = || {
        let (ip, port) = text.rsplit_once(':')?;
        let ip = ip.strip_prefix('[').and_then(|i| i.strip_suffix(']')).unwrap_or(ip);
        Some(Address::One(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?)))
    };
    read().ok_or_else(|| format!("`{text}` is not of the form address:port"))
}
