//! Which domain is found; handshakes between two layers, whatever pieces their bytes come in.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};
use sipc_engine::network::Transport;
use sipc_engine::streams::{Layer, Opening, Output};

use crate::config::{self, Numbers, Ready};
use crate::layer::Tls;
use crate::matching::Matching;
use crate::spec::{Domain, Domains, complete};
use crate::{Connections, certificate};

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn domain(name: &str, serves: bool, settings: &[(&str, &str)]) -> Domain {
    let mut domain = Domain::new(name, serves);
    for (param, value) in settings {
        domain.set(param, value).expect("a value that fits");
    }
    complete(&mut domain);
    domain
}

#[test]
fn names_come_before_patterns_and_addresses_before_any() {
    let all = [
        domain("any", true, &[]),
        domain("sub", true, &[("match_sip_domain", "*.test.org, other.org")]),
        domain("one", true, &[("match_sip_domain", "a.test.org")]),
        domain("none", true, &[("match_sip_domain", "none")]),
        domain("here", true, &[("match_ip_address", "10.0.0.1:5061, [2001:db8::1]:5061")]),
        domain("x", true, &[("match_ip_address", "10.0.0.2:5061"), ("match_sip_domain", "x.org")]),
    ];
    let matching = Matching::new(&all);
    let found = |at: &str, name: &str| {
        matching.find(address(at), name.as_bytes()).map(|n| all[usize::from(n)].name.clone())
    };
    let anywhere = "192.0.2.1:5061";
    for (name, wanted) in [
        ("a.test.org", "one"),
        ("B.TEST.org", "sub"),
        ("other.org", "sub"),
        ("none", "none"),
        ("z.org", "any"),
    ] {
        assert_eq!(found(anywhere, name).as_deref(), Some(wanted), "{name}");
    }
    assert_eq!(found("[2001:db8::1]:5061", "a.test.org").as_deref(), Some("here"));
    assert_eq!(found("10.0.0.1:5062", "a.test.org").as_deref(), Some("one"));
    assert_eq!(found("10.0.0.2:5061", "a.test.org"), None, "no domain for any address steps in");
    assert_eq!(matching.named(b"sub"), Some(1));
}

#[test]
fn what_cannot_be_read_is_refused() {
    for (param, value) in
        [("match_ip_address", "10.0.0.1"), ("match_ip_address", "x:1"), ("tls_method", "TLSv1")]
    {
        assert!(Domain::new("d", true).set(param, value).is_err(), "{param} {value}");
    }
    let missing = domain("d", true, &[("certificate", "/nowhere/c.pem"), ("private_key", "/nowhere/k.pem")]);
    let mut of_table = missing.clone();
    of_table.of_table = true;
    let load = |servers| config::load(Domains { servers, clients: vec![] }, &Numbers::default());
    let why = load(vec![missing]).err().expect("there is no file");
    assert!(why.starts_with("TLS domain d: /nowhere/c.pem: "), "{why}");
    let (ready, faults) = load(vec![of_table]).expect("the others go on");
    assert!(ready.domains.servers.is_empty() && faults.len() == 1, "{faults:?}");
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("sipc-tls-{}-{name}", std::process::id()));
        std::fs::create_dir_all(path.join("crl")).expect("a writable directory");
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a writable directory");
        path.display().to_string()
    }
}

fn authority() -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "ca");
    let pem = params.self_signed(&key).expect("it signs itself").pem();
    (Issuer::new(params, key), pem)
}

/// A certificate and its key in files.
fn signed(
    folder: &Folder,
    ca: &Issuer<'static, KeyPair>,
    name: &str,
    change: fn(&mut CertificateParams),
) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![name.to_owned(), "192.0.2.7".to_owned()]).expect("names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, "Org");
    params.serial_number = Some(SerialNumber::from(7));
    change(&mut params);
    let pem = params.signed_by(&key, ca).expect("it signs").pem();
    (folder.write(&format!("{name}.pem"), &pem), folder.write(&format!("{name}.key"), &key.serialize_pem()))
}

/// A list that revokes the certificate with the number 7, or none.
fn crl(ca: &Issuer<'static, KeyPair>, revokes: bool) -> String {
    let revoked = RevokedCertParams {
        serial_number: SerialNumber::from(7),
        revocation_time: date_time_ymd(2024, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2024, 1, 1),
        next_update: date_time_ymd(2124, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: if revokes { vec![revoked] } else { Vec::new() },
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(ca).expect("it signs").pem().expect("it is PEM")
}

fn layers(ready: &Arc<Ready>, connections: &Arc<Connections>) -> (Tls, Tls) {
    let opening = |accepted| Opening {
        connection: u64::from(accepted),
        transport: Transport::Tls,
        local: address("127.0.0.1:5061"),
        peer: address("127.0.0.1:5062"),
        accepted,
        domain: None,
    };
    let new =
        |accepted| Tls::new(ready.clone(), &opening(accepted), connections.clone()).expect("a domain fits");
    (new(false), new(true))
}

/// Carries bytes in pieces until both have nothing to say; the first error, and what came through to each.
fn talk(client: &mut Tls, server: &mut Tls, piece: usize) -> (Result<(), String>, Vec<u8>, Vec<u8>) {
    let (mut to_server, mut to_client) = (Output::default(), Output::default());
    let (mut got_client, mut got_server) = (Vec::new(), Vec::new());
    let mut result = client.begin(&mut to_server);
    while !(to_server.answers.is_empty() && to_client.answers.is_empty()) {
        for bytes in std::mem::take(&mut to_server.answers).chunks(piece) {
            result = result.and(server.receive(bytes, &mut to_client));
        }
        for bytes in std::mem::take(&mut to_client.answers).chunks(piece) {
            result = result.and(client.receive(bytes, &mut to_server));
        }
        got_client.append(&mut to_server.bytes);
        got_server.append(&mut to_client.bytes);
    }
    (result, got_client, got_server)
}

/// Both sides of a site: what they show and whom they trust.
fn ready(server: &[(&str, &str)], client: &[(&str, &str)]) -> Arc<Ready> {
    let domains =
        Domains { servers: vec![domain("s", true, server)], clients: vec![domain("c", false, client)] };
    Arc::new(config::load(domains, &Numbers::default()).expect("files that fit").0)
}

#[test]
fn bytes_may_come_in_any_pieces() {
    let (folder, (ca, ca_pem)) = (Folder::new("pieces"), authority());
    let trusted = folder.write("ca.pem", &ca_pem);
    let (server, server_key) = signed(&folder, &ca, "s.test", |_| {});
    let (client, client_key) = signed(&folder, &ca, "c.test", |_| {});
    for method in ["TLSv1_2", "TLSv1_3"] {
        let settings = |certificate, key| {
            [
                ("certificate", certificate),
                ("private_key", key),
                ("ca_list", &*trusted),
                ("tls_method", method),
            ]
        };
        let ready = ready(&settings(&*server, &*server_key), &settings(&*client, &*client_key));
        for piece in [1, 13, 100_000] {
            let connections = Arc::new(Connections::default());
            let (mut c, mut s) = layers(&ready, &connections);
            assert_eq!(talk(&mut c, &mut s, piece).0, Ok(()));
            assert!(c.is_ready() && s.is_ready());
            let info = connections.lock().get(&1).cloned().expect("it is up");
            let peer = info.peer.as_ref().expect("it was asked for");
            assert!(info.verdict.is_ok() && info.version == method.replace('_', "."));
            assert_eq!(certificate::serial(peer).as_deref(), Some("7"));
            assert_eq!(certificate::name(peer, false, certificate::Field::Cn).as_deref(), Some("c.test"));
            assert_eq!(
                certificate::name(peer, false, certificate::Field::All).as_deref(),
                Some("/CN=c.test/O=Org")
            );
            assert_eq!(
                certificate::alternative(peer, certificate::Alternative::Ip).as_deref(),
                Some("192.0.2.7")
            );
            let mut wire = Vec::new();
            let long = vec![b'x'; 100_000];
            c.send(&long, &mut wire).expect("it is up");
            let mut out = Output::default();
            wire.chunks(piece).for_each(|bytes| s.receive(bytes, &mut out).expect("it is TLS"));
            assert_eq!(out.bytes, long);
            c.end(&mut wire);
            drop((c, s));
            assert!(connections.lock().is_empty(), "nothing is kept of what has ended");
        }
    }
}

#[test]
fn revoked_and_expired_certificates_do_not_hold() {
    let (folder, (ca, ca_pem)) = (Folder::new("revoked"), authority());
    let trusted = folder.write("ca.pem", &ca_pem);
    let (server, server_key) = signed(&folder, &ca, "s.test", |_| {});
    let lists = folder.0.join("crl").display().to_string();
    let shown = [("certificate", &*server), ("private_key", &*server_key), ("verify_cert", "0")];
    let verdict = |verify: &str| {
        let ready = ready(&shown, &[("ca_list", &trusted), ("crl_dir", &lists), ("verify_cert", verify)]);
        let connections = Arc::new(Connections::default());
        let (mut c, mut s) = layers(&ready, &connections);
        let result = talk(&mut c, &mut s, 1000).0;
        let verdict = connections.lock().get(&0).map(|info| format!("{:?}", info.verdict));
        (result, verdict)
    };
    folder.write("crl/list.pem", &crl(&ca, false));
    assert_eq!(verdict("1"), (Ok(()), Some("Ok(())".to_owned())));
    folder.write("crl/list.pem", &crl(&ca, true));
    assert!(verdict("1").0.is_err_and(|why| why.contains("Revoked")));
    assert_eq!(verdict("0"), (Ok(()), Some("Err(InvalidCertificate(Revoked))".to_owned())));
}

#[test]
fn a_certificate_that_signs_itself_holds_where_it_is_trusted() {
    let folder = Folder::new("itself");
    let key = KeyPair::generate().expect("a key");
    let of = |until: i32| {
        let mut params = CertificateParams::new(vec!["s.test".to_owned()]).expect("a name");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_after = date_time_ymd(until, 1, 1);
        params.self_signed(&key).expect("it signs itself").pem()
    };
    let key_file = folder.write("s.key", &key.serialize_pem());
    let other = folder.write("other.pem", &authority().1);
    let tried = |pem: &str, trusts: Option<&str>| {
        let shown = folder.write("s.pem", pem);
        let trusted = trusts.map_or(other.clone(), |pem| folder.write("t.pem", pem));
        let server = [("certificate", &*shown), ("private_key", &*key_file), ("verify_cert", "0")];
        let (mut c, mut s) = layers(&ready(&server, &[("ca_list", &trusted)]), &Arc::default());
        talk(&mut c, &mut s, 1000).0
    };
    let (good, old) = (of(2124), of(2020));
    assert_eq!(tried(&good, Some(&good)), Ok(()));
    assert!(tried(&good, None).is_err(), "somebody else is trusted");
    assert!(tried(&old, Some(&old)).is_err(), "it has expired");
}

#[test]
fn garbage_is_refused_with_a_reason() {
    let (folder, (ca, _)) = (Folder::new("garbage"), authority());
    let (server, key) = signed(&folder, &ca, "s.test", |_| {});
    let ready = ready(&[("certificate", &server), ("private_key", &key), ("verify_cert", "0")], &[]);
    for garbage in [&b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"[..], &[22, 3, 1, 0xff, 0xff, 1], &[0; 100]] {
        let (_, mut s) = layers(&ready, &Arc::default());
        let mut out = Output::default();
        let fed = (0..100).try_for_each(|_| s.receive(garbage, &mut out));
        assert!(fed.is_err() && !s.is_ready(), "{garbage:?}");
    }
}
