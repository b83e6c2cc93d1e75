//! Which domain a connection belongs to.

use std::net::SocketAddr;

use sipc_engine::glob::glob;

use crate::spec::{Address, Domain};

/// The number of no domain: the script asked for one that there is not.
pub const NONE: u16 = u16::MAX;

/// Addresses and patterns of names, as OpenSIPS looks them up.
#[derive(Debug, Default)]
pub struct Matching {
    rules: Vec<Rule>,
    names: Vec<String>,
}

#[derive(Debug)]
struct Rule {
    address: Address,
    /// In lower case.
    pattern: Vec<u8>,
    domain: u16,
}

impl Matching {
    /// Of domains of one kind.
    pub fn new(domains: &[Domain]) -> Matching {
        let mut rules: Vec<Rule> = Vec::new();
        for (number, domain) in domains.iter().enumerate() {
            for address in &domain.addresses {
                // of several that fit equally well, the name written last comes first
                rules.extend(domain.names.iter().rev().map(|name| Rule {
                    address: *address,
                    pattern: name.to_ascii_lowercase().into_bytes(),
                    domain: u16::try_from(number).unwrap_or(NONE),
                }));
            }
        }
        // names before patterns before `*`
        rules.sort_by_key(|r| if r.pattern == b"*" { 2 } else { u8::from(r.pattern.contains(&b'*')) });
        Matching { rules, names: domains.iter().map(|d| d.name.clone()).collect() }
    }

    /// The domain for an address and a name. Domains for the address leave those for any address out.
    pub fn find(&self, address: SocketAddr, name: &[u8]) -> Option<u16> {
        let wanted = Address::One(address);
        let named = self.rules.iter().any(|r| r.address == wanted);
        let wanted = if named { wanted } else { Address::Any };
        let name = name.to_ascii_lowercase();
        let fits = |r: &&Rule| r.address == wanted && glob(&r.pattern, &name);
        self.rules.iter().find(fits).map(|r| r.domain)
    }

    /// The domain of that name.
    pub fn named(&self, name: &[u8]) -> Option<u16> {
        let at = self.names.iter().position(|n| n.as_bytes() == name)?;
        u16::try_from(at).ok()
    }
}
