//! `$tls_…`: what is known of the TLS connection that a message came over. NULL for other messages.

use rustls::{CertificateError, Error};
use sipc_engine::place::{Place, VariableBinding};
use sipc_engine::value::decimal;
use sipc_engine::{Context, Text, Value};

use crate::certificate::{self, Alternative, Field};
use crate::layer::Info;

/// The variables of this module.
pub static VARIABLES: &[VariableBinding] = &[
    ("tls_cipher_bits", tls_cipher_bits, None),
    ("tls_cipher_info", tls_cipher_info, None),
    ("tls_description", tls_description, None),
    ("tls_my_issuer", tls_my_issuer, None),
    ("tls_my_issuer_cn", tls_my_issuer_cn, None),
    ("tls_my_issuer_country", tls_my_issuer_country, None),
    ("tls_my_issuer_locality", tls_my_issuer_locality, None),
    ("tls_my_issuer_organization", tls_my_issuer_organization, None),
    ("tls_my_issuer_state", tls_my_issuer_state, None),
    ("tls_my_issuer_unit", tls_my_issuer_unit, None),
    ("tls_my_san_email", tls_my_san_email, None),
    ("tls_my_san_hostname", tls_my_san_hostname, None),
    ("tls_my_san_ip", tls_my_san_ip, None),
    ("tls_my_san_uri", tls_my_san_uri, None),
    ("tls_my_serial", tls_my_serial, None),
    ("tls_my_subject", tls_my_subject, None),
    ("tls_my_subject_cn", tls_my_subject_cn, None),
    ("tls_my_subject_country", tls_my_subject_country, None),
    ("tls_my_subject_locality", tls_my_subject_locality, None),
    ("tls_my_subject_organization", tls_my_subject_organization, None),
    ("tls_my_subject_serial", tls_my_subject_serial, None),
    ("tls_my_subject_state", tls_my_subject_state, None),
    ("tls_my_subject_unit", tls_my_subject_unit, None),
    ("tls_my_version", tls_my_version, None),
    ("tls_peer_expired", tls_peer_expired, None),
    ("tls_peer_issuer", tls_peer_issuer, None),
    ("tls_peer_issuer_cn", tls_peer_issuer_cn, None),
    ("tls_peer_issuer_country", tls_peer_issuer_country, None),
    ("tls_peer_issuer_locality", tls_peer_issuer_locality, None),
    ("tls_peer_issuer_organization", tls_peer_issuer_organization, None),
    ("tls_peer_issuer_state", tls_peer_issuer_state, None),
    ("tls_peer_issuer_unit", tls_peer_issuer_unit, None),
    ("tls_peer_not_after", tls_peer_not_after, None),
    ("tls_peer_not_before", tls_peer_not_before, None),
    ("tls_peer_revoked", tls_peer_revoked, None),
    ("tls_peer_san_email", tls_peer_san_email, None),
    ("tls_peer_san_hostname", tls_peer_san_hostname, None),
    ("tls_peer_san_ip", tls_peer_san_ip, None),
    ("tls_peer_san_uri", tls_peer_san_uri, None),
    ("tls_peer_selfsigned", tls_peer_selfsigned, None),
    ("tls_peer_serial", tls_peer_serial, None),
    ("tls_peer_subject", tls_peer_subject, None),
    ("tls_peer_subject_cn", tls_peer_subject_cn, None),
    ("tls_peer_subject_country", tls_peer_subject_country, None),
    ("tls_peer_subject_locality", tls_peer_subject_locality, None),
    ("tls_peer_subject_organization", tls_peer_subject_organization, None),
    ("tls_peer_subject_serial", tls_peer_subject_serial, None),
    ("tls_peer_subject_state", tls_peer_subject_state, None),
    ("tls_peer_subject_unit", tls_peer_subject_unit, None),
    ("tls_peer_verified", tls_peer_verified, None),
    ("tls_peer_version", tls_peer_version, None),
    ("tls_version", tls_version, None),
];

/// One of the cipher suites that there are, in OpenSSL's words.
struct Suite {
    number: u16,
    name: &'static str,
    bits: i32,
    authentication: &'static str,
    encryption: &'static str,
}

const fn suite(
    number: u16,
    name: &'static str,
    bits: i32,
    authentication: &'static str,
    encryption: &'static str,
) -> Suite {
    Suite { number, name, bits, authentication, encryption }
}

const SUITES: &[Suite] = &[
    suite(0x1301, "TLS_AES_128_GCM_SHA256", 128, "any", "AESGCM(128)"),
    suite(0x1302, "TLS_AES_256_GCM_SHA384", 256, "any", "AESGCM(256)"),
    suite(0x1303, "TLS_CHACHA20_POLY1305_SHA256", 256, "any", "CHACHA20/POLY1305(256)"),
    suite(0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256", 128, "ECDSA", "AESGCM(128)"),
    suite(0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384", 256, "ECDSA", "AESGCM(256)"),
    suite(0xc02f, "ECDHE-RSA-AES128-GCM-SHA256", 128, "RSA", "AESGCM(128)"),
    suite(0xc030, "ECDHE-RSA-AES256-GCM-SHA384", 256, "RSA", "AESGCM(256)"),
    suite(0xcca8, "ECDHE-RSA-CHACHA20-POLY1305", 256, "RSA", "CHACHA20/POLY1305(256)"),
    suite(0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305", 256, "ECDSA", "CHACHA20/POLY1305(256)"),
];

impl Suite {
    /// As `SSL_CIPHER_description` puts it, line end included.
    fn description(&self) -> String {
        let is_1_3 = self.number < 0x1400;
        let (version, exchange) = if is_1_3 { ("TLSv1.3", "any") } else { ("TLSv1.2", "ECDH") };
        let Suite { name, authentication, encryption, .. } = self;
        format!(
            "{name:<30} {version:<7} Kx={exchange:<8} Au={authentication:<5} Enc={encryption:<22} Mac=AEAD\n"
        )
    }
}

fn of_suite(cx: &Context, f: impl FnOnce(&Suite) -> Value) -> Value {
    let Some(info) = crate::info(cx) else { return Value::Null };
    SUITES.iter().find(|s| s.number == info.suite).map_or(Value::Null, f)
}

fn text(text: Option<String>) -> Value {
    Value::text_or_null(text.map(Text::from))
}

fn word(text: &'static str) -> Value {
    Value::literal(text.as_bytes())
}

/// Text with a number beside it.
fn number(n: i32) -> Value {
    Value::TextInt(decimal(n), n)
}

/// Whose certificate.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    My,
    Peer,
}

fn of<T>(
    cx: &Context,
    side: Side,
    f: impl FnOnce(&rustls::pki_types::CertificateDer<'static>) -> Option<T>,
) -> Option<T> {
    let info = crate::info(cx)?;
    let certificate = if side == Side::My { info.mine.as_ref() } else { info.peer.as_ref() };
    f(certificate?)
}

/// 1 or 0; a side that showed none is 0.
fn peer_is(cx: &Context, f: impl FnOnce(&Info) -> bool) -> Value {
    crate::info(cx).map_or(Value::Null, |info| number(i32::from(info.peer.is_some() && f(&info))))
}

fn fault(info: &Info) -> Option<&CertificateError> {
    match &info.verdict {
        Err(Error::InvalidCertificate(e)) => Some(e),
        _ => None,
    }
}

/// A number of any size: what does not fit is text only.
fn serial(cx: &Context, side: Side) -> Value {
    let Some(digits) = of(cx, side, certificate::serial) else { return Value::Null };
    match digits.parse::<i32>() {
        Ok(n) => number(n),
        Err(_) => text(Some(digits)),
    }
}

/// `$tls_cipher_bits`
pub fn tls_cipher_bits(cx: &mut Context, _at: &Place) -> Value {
    of_suite(cx, |s| number(s.bits))
}

/// `$tls_cipher_info`
pub fn tls_cipher_info(cx: &mut Context, _at: &Place) -> Value {
    of_suite(cx, |s| word(s.name))
}

/// `$tls_description`
pub fn tls_description(cx: &mut Context, _at: &Place) -> Value {
    of_suite(cx, |s| text(Some(s.description())))
}

/// `$tls_my_issuer`
pub fn tls_my_issuer(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, true, Field::All)))
}

/// `$tls_my_issuer_cn`
pub fn tls_my_issuer_cn(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, true, Field::Cn)))
}

/// `$tls_my_issuer_country`
pub fn tls_my_issuer_country(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, true, Field::Country)))
}

/// `$tls_my_issuer_locality`
pub fn tls_my_issuer_locality(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, true, Field::Locality)))
}

/// `$tls_my_issuer_organization`
pub fn tls_my_issuer_organization(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, true, Field::Organization)))
}

/// `$tls_my_issuer_state`
pub fn tls_my_issuer_state(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, true, Field::State)))
}

/// `$tls_my_issuer_unit`
pub fn tls_my_issuer_unit(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, true, Field::Unit)))
}

/// `$tls_my_san_email`
pub fn tls_my_san_email(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::alternative(c, Alternative::Email)))
}

/// `$tls_my_san_hostname`
pub fn tls_my_san_hostname(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::alternative(c, Alternative::Hostname)))
}

/// `$tls_my_san_ip`
pub fn tls_my_san_ip(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::alternative(c, Alternative::Ip)))
}

/// `$tls_my_san_uri`
pub fn tls_my_san_uri(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::alternative(c, Alternative::Uri)))
}

/// `$tls_my_serial`
pub fn tls_my_serial(cx: &mut Context, _at: &Place) -> Value {
    serial(cx, Side::My)
}

/// `$tls_my_subject`
pub fn tls_my_subject(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, false, Field::All)))
}

/// `$tls_my_subject_cn`
pub fn tls_my_subject_cn(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, false, Field::Cn)))
}

/// `$tls_my_subject_country`
pub fn tls_my_subject_country(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, false, Field::Country)))
}

/// `$tls_my_subject_locality`
pub fn tls_my_subject_locality(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, false, Field::Locality)))
}

/// `$tls_my_subject_organization`
pub fn tls_my_subject_organization(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, false, Field::Organization)))
}

/// `$tls_my_subject_serial`
pub fn tls_my_subject_serial(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, false, Field::Serial)))
}

/// `$tls_my_subject_state`
pub fn tls_my_subject_state(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, false, Field::State)))
}

/// `$tls_my_subject_unit`
pub fn tls_my_subject_unit(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, |c| certificate::name(c, false, Field::Unit)))
}

/// `$tls_my_version`
pub fn tls_my_version(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::My, certificate::version).map(|n| n.to_string()))
}

/// `$tls_peer_expired`
pub fn tls_peer_expired(cx: &mut Context, _at: &Place) -> Value {
    peer_is(cx, |info| {
        matches!(fault(info), Some(CertificateError::Expired | CertificateError::ExpiredContext { .. }))
    })
}

/// `$tls_peer_issuer`
pub fn tls_peer_issuer(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, true, Field::All)))
}

/// `$tls_peer_issuer_cn`
pub fn tls_peer_issuer_cn(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, true, Field::Cn)))
}

/// `$tls_peer_issuer_country`
pub fn tls_peer_issuer_country(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, true, Field::Country)))
}

/// `$tls_peer_issuer_locality`
pub fn tls_peer_issuer_locality(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, true, Field::Locality)))
}

/// `$tls_peer_issuer_organization`
pub fn tls_peer_issuer_organization(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, true, Field::Organization)))
}

/// `$tls_peer_issuer_state`
pub fn tls_peer_issuer_state(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, true, Field::State)))
}

/// `$tls_peer_issuer_unit`
pub fn tls_peer_issuer_unit(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, true, Field::Unit)))
}

/// `$(tls_peer_notAfter)`
pub fn tls_peer_not_after(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::time(c, true)))
}

/// `$(tls_peer_notBefore)`
pub fn tls_peer_not_before(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::time(c, false)))
}

/// `$tls_peer_revoked`
pub fn tls_peer_revoked(cx: &mut Context, _at: &Place) -> Value {
    peer_is(cx, |info| matches!(fault(info), Some(CertificateError::Revoked)))
}

/// `$tls_peer_san_email`
pub fn tls_peer_san_email(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::alternative(c, Alternative::Email)))
}

/// `$tls_peer_san_hostname`
pub fn tls_peer_san_hostname(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::alternative(c, Alternative::Hostname)))
}

/// `$tls_peer_san_ip`
pub fn tls_peer_san_ip(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::alternative(c, Alternative::Ip)))
}

/// `$tls_peer_san_uri`
pub fn tls_peer_san_uri(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::alternative(c, Alternative::Uri)))
}

/// `$tls_peer_selfsigned`
pub fn tls_peer_selfsigned(cx: &mut Context, _at: &Place) -> Value {
    peer_is(cx, |info| {
        let own = info.peer.as_ref().is_some_and(certificate::is_self_signed);
        own && matches!(fault(info), Some(CertificateError::UnknownIssuer))
    })
}

/// `$tls_peer_serial`
pub fn tls_peer_serial(cx: &mut Context, _at: &Place) -> Value {
    serial(cx, Side::Peer)
}

/// `$tls_peer_subject`
pub fn tls_peer_subject(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, false, Field::All)))
}

/// `$tls_peer_subject_cn`
pub fn tls_peer_subject_cn(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, false, Field::Cn)))
}

/// `$tls_peer_subject_country`
pub fn tls_peer_subject_country(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, false, Field::Country)))
}

/// `$tls_peer_subject_locality`
pub fn tls_peer_subject_locality(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, false, Field::Locality)))
}

/// `$tls_peer_subject_organization`
pub fn tls_peer_subject_organization(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, false, Field::Organization)))
}

/// `$tls_peer_subject_serial`
pub fn tls_peer_subject_serial(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, false, Field::Serial)))
}

/// `$tls_peer_subject_state`
pub fn tls_peer_subject_state(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, false, Field::State)))
}

/// `$tls_peer_subject_unit`
pub fn tls_peer_subject_unit(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, |c| certificate::name(c, false, Field::Unit)))
}

/// `$tls_peer_verified`
pub fn tls_peer_verified(cx: &mut Context, _at: &Place) -> Value {
    peer_is(cx, |info| info.verdict.is_ok())
}

/// `$tls_peer_version`
pub fn tls_peer_version(cx: &mut Context, _at: &Place) -> Value {
    text(of(cx, Side::Peer, certificate::version).map(|n| n.to_string()))
}

/// `$tls_version`
pub fn tls_version(cx: &mut Context, _at: &Place) -> Value {
    crate::info(cx).map_or(Value::Null, |info| word(info.version))
}
