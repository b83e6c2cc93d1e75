//! What scripts say about TLS (module `tls_mgm`), and what of it this build can do: TLS 1.2 and 1.3 with forward
//! secrecy and authenticated encryption.

/// A cipher suite of TLS 1.2 that there is, with the words by which OpenSSL's cipher lists find it.
#[derive(Debug)]
pub struct Suite {
    /// OpenSSL's name.
    pub name: &'static str,
    /// Its number in the IANA registry.
    pub number: u16,
    words: &'static [&'static str],
}

const fn suite(name: &'static str, number: u16, words: &'static [&'static str]) -> Suite {
    Suite { name, number, words }
}

/// The suites of TLS 1.2, the preferred ones first. Those of TLS 1.3 are not chosen by cipher lists.
pub const SUITES: &[Suite] = &[
    suite("ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c, &["aECDSA", "ECDSA", "AES256", "AESGCM", "AES", "SHA384"]),
    suite("ECDHE-RSA-AES256-GCM-SHA384", 0xc030, &["aRSA", "AES256", "AESGCM", "AES", "SHA384"]),
    suite("ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9, &["aECDSA", "ECDSA", "CHACHA20"]),
    suite("ECDHE-RSA-CHACHA20-POLY1305", 0xcca8, &["aRSA", "CHACHA20"]),
    suite("ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b, &["aECDSA", "ECDSA", "AES128", "AESGCM", "AES", "SHA256"]),
    suite("ECDHE-RSA-AES128-GCM-SHA256", 0xc02f, &["aRSA", "AES128", "AESGCM", "AES", "SHA256"]),
];

/// Words that all suites have.
const COMMON: &[&str] = &["ALL", "DEFAULT", "HIGH", "ECDHE", "EECDH", "kECDHE", "kEECDH", "TLSv1.2", "FIPS"];

impl Suite {
    fn is(&self, word: &str) -> bool {
        self.name == word || COMMON.contains(&word) || self.words.contains(&word)
    }

    /// Whether it has all words of one item, which are joined by `+`.
    fn fits(&self, item: &str) -> bool {
        item.split('+').all(|word| self.is(word))
    }
}

/// What a cipher list comes to.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The suites, the preferred ones first.
    pub suites: Vec<&'static Suite>,
    /// Items that none of them fits.
    pub unknown: Vec<String>,
}

/// Reads a cipher list in OpenSSL's form.
pub fn ciphers(list: &str) -> Chosen {
    let mut chosen = Chosen::default();
    let mut killed: Vec<&str> = Vec::new();
    let is_separator = |c: char| matches!(c, ':' | ',' | ' ' | ';');
    for item in list.split(is_separator).filter(|i| !i.is_empty() && !i.starts_with('@')) {
        if let Some(never) = item.strip_prefix('!') {
            killed.push(never);
            chosen.suites.retain(|s| !s.fits(never));
        } else if let Some(without) = item.strip_prefix('-') {
            chosen.suites.retain(|s| !s.fits(without));
        } else if let Some(last) = item.strip_prefix('+') {
            chosen.suites.sort_by_key(|s| s.fits(last));
        } else {
            add(&mut chosen, item, &killed);
        }
    }
    chosen
}

fn add(chosen: &mut Chosen, item: &str, killed: &[&str]) {
    let fitting = || SUITES.iter().filter(|s| s.fits(item));
    if fitting().next().is_none() {
        chosen.unknown.push(item.to_owned());
    }
    for suite in fitting().filter(|s| !killed.iter().any(|k| s.fits(k))) {
        if !chosen.suites.iter().any(|s| s.number == suite.number) {
            chosen.suites.push(suite);
        }
    }
}

/// Which versions a domain speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// TLS 1.2.
    pub v1_2: bool,
    /// TLS 1.3.
    pub v1_3: bool,
}

/// The methods in their order, ignoring case.
const METHODS: &[&str] = &["SSLv23", "TLSv1", "TLSv1_2", "TLSv1_3"];

/// Reads `tls_method`: a name, or a range of two that may lack either end.
///
/// # Errors
/// A name that is none, or versions that this build has not.
pub fn versions(method: &str) -> Result<Versions, String> {
    let (low, high) = match method.split_once('-') {
        Some((low, high)) => (number(low, 1)?, number(high, METHODS.len() - 1)?),
        None => (number(method, 1)?, number(method, 1)?),
    };
    let found = match (low, high) {
        (0, _) => Versions { v1_2: true, v1_3: true },
        (low, high) => {
            Versions { v1_2: low <= 2 && (high == 0 || high >= 2), v1_3: low <= 3 && matches!(high, 0 | 3) }
        }
    };
    match found.v1_2 || found.v1_3 {
        true => Ok(found),
        false => Err(format!("`{method}` means TLS older than 1.2, which is broken and not built")),
    }
}

fn number(name: &str, default: usize) -> Result<usize, String> {
    match name.trim() {
        "" => Ok(default),
        any if any.eq_ignore_ascii_case("TLSany") => Ok(0),
        name => METHODS
            .iter()
            .position(|m| m.eq_ignore_ascii_case(name))
            .ok_or_else(|| format!("there is no TLS method `{name}`: {} are known", METHODS.join(", "))),
    }
}

/// Curves by OpenSSL's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// X25519.
    X25519,
}

/// Reads `ec_curve`.
///
/// # Errors
/// A curve that this build has not.
pub fn curve(name: &str) -> Result<Curve, String> {
    match name.trim() {
        "prime256v1" | "secp256r1" | "P-256" => Ok(Curve::P256),
        "secp384r1" | "P-384" => Ok(Curve::P384),
        "X25519" | "x25519" => Ok(Curve::X25519),
        other => Err(format!("there is no curve `{other}` here: prime256v1, secp384r1 and X25519 are known")),
    }
}

/// Splits `[domain]value`.
///
/// # Errors
/// It has another form.
pub fn split(text: &str) -> Result<(&str, &str), String> {
    let wanted = || format!("`{text}` is not of the form [domain]value");
    let inside = text.trim_start().strip_prefix('[').ok_or_else(wanted)?;
    let (name, value) = inside.split_once(']').ok_or_else(wanted)?;
    if name.is_empty() || value.is_empty() { Err(wanted()) } else { Ok((name, value)) }
}

/// Whether a parameter of `tls_mgm` has a value that this build can act on; what of it has no effect.
///
/// # Errors
/// Says why not.
pub fn check(name: &str, value: &str) -> Result<Option<String>, String> {
    match name {
        "tls_library" => match value {
            "auto" | "none" | "openssl" | "wolfssl" => Ok(None),
            _ => Err("tls_library is auto, none, openssl or wolfssl".to_owned()),
        },
        "server_domain" | "client_domain" => plain_name(value),
        "tls_method" => versions(split(value)?.1).map(|_| None),
        "ec_curve" => curve(split(value)?.1).map(|_| None),
        "ciphers_list" => check_ciphers(split(value)?.1),
        "verify_cert" | "require_cert" | "crl_check_all" => {
            let number = split(value)?.1;
            number.parse::<u32>().map(|_| None).map_err(|_| format!("`{number}` is not a number"))
        }
        _ if PER_DOMAIN.contains(&name) => split(value).map(|_| None),
        _ => Ok(None),
    }
}

/// Whether a parameter tells of the table of domains, not of a domain.
pub fn is_of_table(name: &str) -> bool {
    name == "db_url" || name == "db_table" || name.ends_with("_col")
}

/// Other parameters of the form `[domain]value`.
const PER_DOMAIN: &[&str] = &[
    "match_ip_address",
    "match_sip_domain",
    "certificate",
    "private_key",
    "crl_dir",
    "ca_list",
    "ca_dir",
    "dh_params",
];

fn plain_name(value: &str) -> Result<Option<String>, String> {
    match value.is_empty() || value.contains(['[', ']', '=']) {
        true => {
            Err("the name of a TLS domain stands alone; its addresses belong to match_ip_address".to_owned())
        }
        false => Ok(None),
    }
}

fn check_ciphers(list: &str) -> Result<Option<String>, String> {
    let chosen = ciphers(list);
    let known = || SUITES.iter().map(|s| s.name).collect::<Vec<_>>().join(", ");
    match (chosen.suites.is_empty(), chosen.unknown.is_empty()) {
        (true, _) => Err(format!("no cipher suite of this build fits; there are {}", known())),
        (false, true) => Ok(None),
        (false, false) => Ok(Some(format!("not in this build: {}", chosen.unknown.join(", ")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str) -> Vec<&'static str> {
        ciphers(list).suites.iter().map(|s| s.name).collect()
    }

    #[test]
    fn cipher_lists_are_read_as_openssl_reads_them() {
        assert_eq!(names("DEFAULT").len(), 6);
        assert_eq!(
            names("HIGH:!aRSA:!CHACHA20"),
            ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"]
        );
        assert_eq!(names("ECDHE+AESGCM:-AES256").len(), 2);
        assert_eq!(names("ECDHE-RSA-AES128-GCM-SHA256:ALL")[0], "ECDHE-RSA-AES128-GCM-SHA256");
        assert_eq!(names("ALL:+aECDSA")[5], "ECDHE-ECDSA-AES128-GCM-SHA256");
        assert_eq!(names("!CHACHA20:ALL").len(), 4);
        let chosen = ciphers("AES128-SHA:RC4:ECDHE-RSA-AES128-GCM-SHA256:@STRENGTH:!NULL");
        assert_eq!((chosen.suites.len(), chosen.unknown), (1, vec!["AES128-SHA".to_owned(), "RC4".into()]));
        assert!(check("ciphers_list", "[d]NULL").is_err());
        assert_eq!(check("ciphers_list", "[d]HIGH:!RC4"), Ok(None));
        assert_eq!(check("ciphers_list", "[d]HIGH:RC4"), Ok(Some("not in this build: RC4".to_owned())));
    }

    #[test]
    fn methods_are_names_and_ranges() {
        let of = |m: &str| versions(m).map(|v| (v.v1_2, v.v1_3)).ok();
        for both in ["SSLv23", "TLSany", "-", "TLSv1-TLSv1_3", "tlsv1_2-", "TLSv1-"] {
            assert_eq!(of(both), Some((true, true)), "{both}");
        }
        assert_eq!((of("TLSv1_2"), of("-TLSv1_2")), (Some((true, false)), Some((true, false))));
        assert_eq!((of("TLSv1_3"), of("TLSv1_3-")), (Some((false, true)), Some((false, true))));
        assert_eq!((of("TLSv1"), of("-TLSv1"), of("SSLv3")), (None, None, None));
    }

    #[test]
    fn values_belong_to_a_domain() {
        assert_eq!(split(" [d]/a/b"), Ok(("d", "/a/b")));
        for bad in ["d", "[d", "[]x", "[d]"] {
            assert!(split(bad).is_err(), "{bad}");
        }
        assert!(check("verify_cert", "[d]x").is_err() && check("server_domain", "d=1.2.3.4:5061").is_err());
    }
}
