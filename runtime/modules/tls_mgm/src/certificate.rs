//! What certificates say.

use std::net::IpAddr;

use rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate, X509Name};

/// Which field of a subject or issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// All of them, as `/C=…/CN=…`.
    All,
    /// Common name.
    Cn,
    /// Locality.
    Locality,
    /// Country.
    Country,
    /// State or province.
    State,
    /// Organization.
    Organization,
    /// Organizational unit.
    Unit,
    /// Serial number of the subject.
    Serial,
}

/// Which kind of alternative name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// A mail address.
    Email,
    /// A host name.
    Hostname,
    /// A URI.
    Uri,
    /// An address.
    Ip,
}

fn parse<'a>(der: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
}

/// Whether it is signed by itself.
pub fn is_self_signed(der: &CertificateDer<'_>) -> bool {
    parse(der).is_some_and(|c| c.subject().as_raw() == c.issuer().as_raw())
}

/// A certificate that is trusted itself holds if it is its own issuer and in time.
pub fn holds_for_itself(der: &CertificateDer<'_>, now: UnixTime) -> Option<()> {
    let certificate = parse(der)?;
    let now = ASN1Time::from_timestamp(i64::try_from(now.as_secs()).ok()?).ok()?;
    (is_self_signed(der) && certificate.validity().is_valid_at(now)).then_some(())
}

/// Its version, counted from 0.
pub fn version(der: &CertificateDer<'_>) -> Option<u32> {
    Some(parse(der)?.version().0)
}

/// Its serial number in decimal digits.
pub fn serial(der: &CertificateDer<'_>) -> Option<String> {
    Some(parse(der)?.serial.to_string())
}

/// A field of its subject, or of its issuer.
pub fn name(der: &CertificateDer<'_>, issuer: bool, field: Field) -> Option<String> {
    let certificate = parse(der)?;
    let name = if issuer { certificate.issuer() } else { certificate.subject() };
    let first = |attribute: Option<&x509_parser::x509::AttributeTypeAndValue<'_>>| {
        attribute.and_then(|a| a.as_str().ok()).map(str::to_owned)
    };
    match field {
        Field::All => Some(one_line(name)),
        Field::Cn => first(name.iter_common_name().next()),
        Field::Locality => first(name.iter_locality().next()),
        Field::Country => first(name.iter_country().next()),
        Field::State => first(name.iter_state_or_province().next()),
        Field::Organization => first(name.iter_organization().next()),
        Field::Unit => first(name.iter_organizational_unit().next()),
        Field::Serial => first(name.iter_by_oid(&x509_parser::oid_registry::OID_X509_SERIALNUMBER).next()),
    }
}

/// `/C=…/O=…/CN=…`, in the order of the certificate.
fn one_line(name: &X509Name<'_>) -> String {
    let registry = x509_parser::objects::oid_registry();
    let mut line = String::new();
    for attribute in name.iter_attributes() {
        let oid = attribute.attr_type();
        let short = x509_parser::objects::oid2abbrev(oid, registry)
            .map_or_else(|_| oid.to_id_string(), str::to_owned);
        line.push_str(&format!("/{short}={}", attribute.as_str().unwrap_or_default()));
    }
    line
}

/// The first alternative name of a kind.
pub fn alternative(der: &CertificateDer<'_>, kind: Alternative) -> Option<String> {
    let certificate = parse(der)?;
    let names = certificate.subject_alternative_name().ok()??;
    names.value.general_names.iter().find_map(|name| match (name, kind) {
        (GeneralName::RFC822Name(text), Alternative::Email)
        | (GeneralName::DNSName(text), Alternative::Hostname)
        | (GeneralName::URI(text), Alternative::Uri) => Some((*text).to_owned()),
        (GeneralName::IPAddress(bytes), Alternative::Ip) => address(bytes),
        _ => None,
    })
}

fn address(bytes: &[u8]) -> Option<String> {
    let ip = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
    };
    Some(sipc_engine::address::text(ip))
}

/// When it begins, or ceases, to hold: `Jan  2 03:04:05 2026 GMT`.
pub fn time(der: &CertificateDer<'_>, ends: bool) -> Option<String> {
    let certificate = parse(der)?;
    let validity = certificate.validity();
    let at = if ends { validity.not_after } else { validity.not_before }.to_datetime();
    let month = at.month().to_string();
    let (h, m, s) = at.to_hms();
    Some(format!("{} {:2} {h:02}:{m:02}:{s:02} {} GMT", month.get(..3)?, at.day(), at.year()))
}
