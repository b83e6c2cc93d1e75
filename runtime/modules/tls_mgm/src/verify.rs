//! Whether certificates of others hold: signed by who is trusted, in time, not revoked. Their names are not looked
//! at, as in OpenSIPS: scripts do that with `$tls_peer_…`.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
};

use crate::certificate;

/// What certificates are judged by.
#[derive(Debug)]
pub struct Judge {
    servers: Option<Arc<WebPkiServerVerifier>>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
    trusted: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
    /// Connections whose other side does not hold are refused.
    verify: bool,
    /// Clients must show a certificate.
    require: bool,
}

/// Who is trusted, and what is revoked.
#[derive(Debug, Default)]
pub struct Trust {
    /// Certificates of authorities.
    pub authorities: Vec<CertificateDer<'static>>,
    /// Revocation lists.
    pub revoked: Vec<CertificateRevocationListDer<'static>>,
    /// They are asked about the whole chain.
    pub whole_chain: bool,
}

impl Judge {
    /// A judge; the error says what of the files cannot be used.
    pub fn new(
        provider: &Arc<CryptoProvider>,
        trust: Trust,
        verify: bool,
        require: bool,
    ) -> Result<Judge, String> {
        let mut roots = RootCertStore::empty();
        for authority in &trust.authorities {
            // what is no authority may still be trusted for itself
            let _ = roots.add(authority.clone());
        }
        let (servers, clients) = match roots.is_empty() {
            true => (None, None),
            false => built(provider, &Arc::new(roots), &trust)?,
        };
        let algorithms = provider.signature_verification_algorithms;
        Ok(Judge { servers, clients, trusted: trust.authorities, algorithms, verify, require })
    }

    /// Whether a certificate holds.
    pub fn judge(
        &self,
        of_server: bool,
        end: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let by_chain = if of_server { self.server(end, chain, now) } else { self.client(end, chain, now) };
        match by_chain {
            Ok(()) => Ok(()),
            Err(e) if self.trusted.iter().any(|t| t == end) => {
                certificate::holds_for_itself(end, now).ok_or(e)
            }
            Err(e) => Err(e),
        }
    }

    fn server(
        &self,
        end: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let verifier = self.servers.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        let nobody = ServerName::try_from("invalid").map_err(|e| Error::General(e.to_string()))?;
        match verifier.verify_server_cert(end, chain, &nobody, &[], now) {
            // the name is looked at last: all else is as it should be
            Ok(_)
            | Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(()),
            Err(e) => Err(e),
        }
    }

    fn client(
        &self,
        end: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let verifier = self.clients.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        verifier.verify_client_cert(end, chain, now).map(|_| ())
    }
}

type Built = (Option<Arc<WebPkiServerVerifier>>, Option<Arc<dyn ClientCertVerifier>>);

fn built(provider: &Arc<CryptoProvider>, roots: &Arc<RootCertStore>, trust: &Trust) -> Result<Built, String> {
    let mut servers = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone())
        .with_crls(trust.revoked.iter().cloned())
        .enforce_revocation_expiration();
    let mut clients = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone())
        .with_crls(trust.revoked.iter().cloned())
        .enforce_revocation_expiration();
    if !trust.whole_chain {
        servers = servers.only_check_end_entity_revocation();
        clients = clients.only_check_end_entity_revocation();
    }
    let failed = |e: rustls::client::VerifierBuilderError| e.to_string();
    Ok((Some(servers.build().map_err(failed)?), Some(clients.build().map_err(|e| e.to_string())?)))
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.verify {
            self.judge(true, end, chain, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ClientCertVerifier for Judge {
    fn offer_client_auth(&self) -> bool {
        self.verify
    }

    fn client_auth_mandatory(&self) -> bool {
        self.require
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.clients.as_ref().map_or(&[], |c| c.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        end: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.judge(false, end, chain, now).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
