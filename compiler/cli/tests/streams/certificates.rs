//! Certificates and both sides of TLS for tests.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::support::{Peer, patient};

/// A folder of certificates that is gone after the test.
pub struct Folder(pub PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An authority of a test.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// A certificate with its key, as PEM.
#[derive(Clone)]
pub struct Certificate {
    pub pem: String,
    pub key: String,
}

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("sipc-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a writable directory");
        Folder(path)
    }

    /// Writes a file; gives its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a writable directory");
        path.display().to_string()
    }

    /// Parameters of a server domain with a certificate.
    pub fn server_domain(&self, name: &str, certificate: &Certificate) -> String {
        self.domain("server_domain", name, Some(certificate))
    }

    /// Parameters of a client domain, which may have a certificate.
    pub fn client_domain(&self, name: &str, certificate: Option<&Certificate>) -> String {
        self.domain("client_domain", name, certificate)
    }

    fn domain(&self, kind: &str, name: &str, certificate: Option<&Certificate>) -> String {
        let mut text = format!("modparam(\"tls_mgm\", \"{kind}\", \"{name}\")\n");
        if let Some(certificate) = certificate {
            let pem = self.write(&format!("{name}.pem"), &certificate.pem);
            let key = self.write(&format!("{name}.key"), &certificate.key);
            text += &set("certificate", name, &pem);
            text += &set("private_key", name, &key);
        }
        text
    }
}

/// One parameter of a domain.
pub fn set(param: &str, domain: &str, value: &str) -> String {
    format!("modparam(\"tls_mgm\", \"{param}\", \"[{domain}]{value}\")\n")
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).expect("it signs itself").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for a name.
    pub fn sign(&self, name: &str) -> Certificate {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        let signed = params.signed_by(&key, &self.issuer).expect("it signs");
        Certificate { pem: signed.pem(), key: key.serialize_pem() }
    }
}

fn chain(certificate: &Certificate) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let der = CertificateDer::from_pem_slice(certificate.pem.as_bytes()).expect("it is PEM");
    (vec![der], PrivateKeyDer::from_pem_slice(certificate.key.as_bytes()).expect("it is PEM"))
}

fn roots(authority: &Authority) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let der = CertificateDer::from_pem_slice(authority.pem.as_bytes()).expect("it is PEM");
    roots.add(der).expect("an authority");
    Arc::new(roots)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The side that connects.
pub type Client = Peer<StreamOwned<ClientConnection, TcpStream>>;
/// The side that accepts.
pub type Callee = Peer<StreamOwned<ServerConnection, TcpStream>>;

/// Connects and shakes hands; the error is that of the handshake.
pub fn client(
    stream: TcpStream,
    name: &str,
    trusted: &Authority,
    certificate: Option<&Certificate>,
) -> Result<Client, std::io::Error> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("they are")
        .with_root_certificates(roots(trusted));
    let config = match certificate {
        Some(certificate) => {
            let (chain, key) = chain(certificate);
            builder.with_client_auth_cert(chain, key).expect("they match")
        }
        None => builder.with_no_client_auth(),
    };
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a configuration");
    let mut stream = StreamOwned::new(connection, patient(stream));
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(Peer(std::io::BufReader::new(stream)))
}

/// Takes a connection and shakes hands.
pub fn accept(
    listener: &TcpListener,
    certificate: &Certificate,
    clients: Option<&Authority>,
) -> Result<(Callee, SocketAddr), std::io::Error> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("they are");
    let (chain, key) = chain(certificate);
    let builder = match clients {
        Some(authority) => {
            let verifier =
                rustls::server::WebPkiClientVerifier::builder_with_provider(roots(authority), provider());
            builder.with_client_cert_verifier(verifier.build().expect("an authority"))
        }
        None => builder.with_no_client_auth(),
    };
    let config = builder.with_single_cert(chain, key).expect("they match");
    let (stream, from) = listener.accept()?;
    let connection = ServerConnection::new(Arc::new(config)).expect("a configuration");
    let mut stream = StreamOwned::new(connection, patient(stream));
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok((Peer(std::io::BufReader::new(stream)), from))
}
