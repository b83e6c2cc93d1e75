//! A domain's files as what TLS needs. Read when the server starts and when it is told to reload.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, ClientConfig, ServerConfig, SupportedProtocolVersion};
use sipc_interface::tls::{Curve, ciphers};

use crate::matching::{Matching, NONE};
use crate::spec::{CA_DIR, Domain, Domains, Source};
use crate::verify::{Judge, Trust};

/// All domains, ready for connections.
pub struct Ready {
    /// As they were defined.
    pub domains: Domains,
    /// Finds domains for connections that come in.
    pub servers: Matching,
    /// Finds domains for connections that are opened.
    pub clients: Matching,
    /// Of `servers`.
    pub accepting: Vec<Side<ServerConfig>>,
    /// Of `clients`.
    pub opening: Vec<Side<ClientConfig>>,
    /// The numbers of `clients`, which they keep whatever is loaded later.
    numbers: Vec<u16>,
}

/// Names of domains for connections that are opened, each with a number for the life of the process: connections
/// remember theirs.
#[derive(Default)]
pub struct Numbers(Mutex<Vec<String>>);

impl Numbers {
    fn of(&self, name: &str) -> u16 {
        let mut names = self.0.lock();
        let at = names.iter().position(|n| n == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        u16::try_from(at).unwrap_or(NONE)
    }
}

impl Ready {
    /// The number of the domain for connections to an address, for a SIP domain.
    pub fn client_for(&self, address: SocketAddr, sip_domain: &[u8]) -> Option<u16> {
        self.number(self.clients.find(address, sip_domain)?)
    }

    /// The number of the domain with a name.
    pub fn client_named(&self, name: &[u8]) -> Option<u16> {
        self.number(self.clients.named(name)?)
    }

    /// The domain with a number.
    pub fn client(&self, number: u16) -> Option<&Side<ClientConfig>> {
        let at = self.numbers.iter().position(|n| *n == number && number != NONE)?;
        self.opening.get(at)
    }

    fn number(&self, at: u16) -> Option<u16> {
        self.numbers.get(usize::from(at)).copied()
    }
}

/// One domain.
pub struct Side<C> {
    /// For TLS.
    pub config: Arc<C>,
    /// For the other side's certificate.
    pub judge: Arc<Judge>,
    /// The certificate that is shown.
    pub certificate: Option<CertificateDer<'static>>,
}

/// Reads all files. Domains of a table that cannot be used are left out, with a line that says why.
///
/// # Errors
///
/// A domain of the script cannot be used.
pub fn load(domains: Domains, numbers: &Numbers) -> Result<(Ready, Vec<String>), String> {
    let mut faults = Vec::new();
    let (servers, accepting) = sides(domains.servers, server, &mut faults)?;
    let (clients, opening) = sides(domains.clients, client, &mut faults)?;
    let ready = Ready {
        servers: Matching::new(&servers),
        clients: Matching::new(&clients),
        numbers: clients.iter().map(|d| numbers.of(&d.name)).collect(),
        domains: Domains { servers, clients },
        accepting,
        opening,
    };
    Ok((ready, faults))
}

type Sides<C> = (Vec<Domain>, Vec<Side<C>>);

fn sides<C>(
    domains: Vec<Domain>,
    make: fn(&Domain) -> Result<Side<C>, String>,
    faults: &mut Vec<String>,
) -> Result<Sides<C>, String> {
    let mut all = (Vec::new(), Vec::new());
    for domain in domains {
        match make(&domain) {
            Ok(side) => {
                all.0.push(domain);
                all.1.push(side);
            }
            Err(why) if domain.of_table => {
                faults.push(format!("TLS domain {} is left out: {why}", domain.name));
            }
            Err(why) => return Err(format!("TLS domain {}: {why}", domain.name)),
        }
    }
    Ok(all)
}

type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn server(domain: &Domain) -> Result<Side<ServerConfig>, String> {
    let provider = Arc::new(provider(domain));
    let judge = Arc::new(judge(domain, &provider)?);
    let (chain, key) = chain(domain)?.ok_or("it has no certificate")?;
    let certificate = chain.first().cloned();
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(domain))
        .map_err(|e| e.to_string())?;
    let builder = match domain.verify {
        true => builder.with_client_cert_verifier(judge.clone()),
        false => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|e| mismatch(domain, &e))?;
    config.ignore_client_order = true;
    // as in OpenSIPS: every connection proves itself anew
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Side { config: Arc::new(config), judge, certificate })
}

fn client(domain: &Domain) -> Result<Side<ClientConfig>, String> {
    let provider = Arc::new(provider(domain));
    let judge = Arc::new(judge(domain, &provider)?);
    let chain = chain(domain)?;
    let certificate = chain.as_ref().and_then(|(chain, _)| chain.first().cloned());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(domain))
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(judge.clone());
    let mut config = match chain {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|e| mismatch(domain, &e))?,
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::disabled();
    Ok(Side { config: Arc::new(config), judge, certificate })
}

fn mismatch(domain: &Domain, e: &rustls::Error) -> String {
    let certificate = Source::shown(domain.certificate.as_ref());
    format!("{certificate} and its private key cannot be used: {e}")
}

fn versions(domain: &Domain) -> Vec<&'static SupportedProtocolVersion> {
    let v = domain.versions;
    [(&TLS13, v.v1_3), (&TLS12, v.v1_2)]
        .into_iter()
        .filter(|(_, on)| *on)
        .map(|(version, _)| version)
        .collect()
}

/// The suites and curves that the domain allows.
fn provider(domain: &Domain) -> CryptoProvider {
    let mut provider = ring::default_provider();
    if let Some(list) = &domain.ciphers {
        let wanted = ciphers(list).suites;
        let place = |suite: CipherSuite| wanted.iter().position(|s| s.number == u16::from(suite));
        let is_1_3 = |suite: &rustls::SupportedCipherSuite| suite.tls13().is_some();
        provider.cipher_suites.retain(|s| is_1_3(s) || place(s.suite()).is_some());
        provider.cipher_suites.sort_by_key(|s| (!is_1_3(s), place(s.suite())));
    }
    if let Some(curve) = domain.curve {
        let name = match curve {
            Curve::P256 => rustls::NamedGroup::secp256r1,
            Curve::P384 => rustls::NamedGroup::secp384r1,
            Curve::X25519 => rustls::NamedGroup::X25519,
        };
        provider.kx_groups.retain(|group| group.name() == name);
    }
    provider
}

fn judge(domain: &Domain, provider: &Arc<CryptoProvider>) -> Result<Judge, String> {
    let mut trust = Trust { whole_chain: domain.crl_check_all, ..Trust::default() };
    if let Some(source) = &domain.ca_list {
        trust.authorities = certificates(source)?;
    }
    match &domain.ca_dir {
        Some(folder) => trust.authorities.extend(hashed(folder)?),
        None if Path::new(CA_DIR).is_dir() => trust.authorities.extend(hashed(Path::new(CA_DIR))?),
        None => {}
    }
    if let Some(folder) = &domain.crl_dir {
        trust.revoked = revoked(folder)?;
    }
    Judge::new(provider, trust, domain.verify, domain.require)
}

/// The certificate that is shown, with its chain and key.
fn chain(domain: &Domain) -> Result<Option<Chain>, String> {
    let Some(source) = &domain.certificate else { return Ok(None) };
    let chain = certificates(source)?;
    let source = domain.key.as_ref().ok_or("it has a certificate and no private key")?;
    let key = match source {
        Source::File(file) => PrivateKeyDer::from_pem_file(file),
        Source::Text(text) => PrivateKeyDer::from_pem_slice(text),
    };
    let key = key.map_err(|e| {
        let shown = Source::shown(Some(source));
        format!("{shown}: {e}; a private key in PEM form without passphrase is wanted")
    })?;
    Ok(Some((chain, key)))
}

fn certificates(source: &Source) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", Source::shown(Some(source)));
    let found: Result<Vec<_>, _> = match source {
        Source::File(file) => CertificateDer::pem_file_iter(file).map_err(|e| failed(&e))?.collect(),
        Source::Text(text) => CertificateDer::pem_slice_iter(text).collect(),
    };
    let found = found.map_err(|e| failed(&e))?;
    if found.is_empty() { Err(failed(&"no certificate in it")) } else { Ok(found) }
}

/// Files of a folder.
fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).collect();
    files.sort();
    Ok(files)
}

/// The certificates of a folder that `openssl rehash` has gone over: what has no such name is not trusted.
fn hashed(folder: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = Vec::new();
    for file in files(folder)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let is_hashed = name.split_once('.').is_some_and(|(hash, number)| {
            hash.len() == 8
                && hash.bytes().all(|c| c.is_ascii_hexdigit())
                && !number.is_empty()
                && number.bytes().all(|c| c.is_ascii_digit())
        });
        if is_hashed {
            found.extend(certificates(&Source::File(file))?);
        }
    }
    Ok(found)
}

/// All revocation lists of a folder.
fn revoked(folder: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    let mut found = Vec::new();
    for file in files(folder)? {
        // other files may lie there
        let lists = CertificateRevocationListDer::pem_file_iter(&file);
        found.extend(lists.into_iter().flatten().flatten());
    }
    if found.is_empty() { Err(format!("{}: no revocation list in it", folder.display())) } else { Ok(found) }
}
