//! Addresses and networks (LANGUAGE 1.8).

use super::{Checker, shown};
use crate::diagnostics::codes;
use crate::ir::Network;
use crate::syntax::tree::Name;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl Checker<'_> {
    /// An address or network as written.
    pub(super) fn network(&mut self, name: &Name) -> Option<Network> {
        let text = shown(&name.text);
        let network = parse(&text);
        if network.is_none() {
            let fault =
                self.fault(&codes::BAD_LITERAL, name.span, format!("`{text}` is not an address or network"));
            self.push(fault.label("cannot be read").opensips("unable to parse ip and/or netmask"));
        }
        network
    }
}

/// `address`, `address/length` or `address/mask`.
fn parse(text: &str) -> Option<Network> {
    let Some((address, mask)) = text.split_once('/') else {
        let address: IpAddr = text.parse().ok()?;
        return Some(Network { address, mask: of_length(&address, bits(&address))? });
    };
    let address: IpAddr = address.parse().ok()?;
    let mask = match mask.parse::<u32>() {
        Ok(length) => of_length(&address, length)?,
        Err(_) => mask.parse::<IpAddr>().ok().filter(|m| m.is_ipv4() == address.is_ipv4())?,
    };
    Some(Network { address, mask })
}

fn bits(address: &IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn of_length(address: &IpAddr, length: u32) -> Option<IpAddr> {
    if length > bits(address) {
        return None;
    }
    Some(match address {
        IpAddr::V4(_) => Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - length).unwrap_or(0)).into(),
        IpAddr::V6(_) => Ipv6Addr::from_bits(u128::MAX.checked_shl(128 - length).unwrap_or(0)).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn networks_have_a_length_or_a_mask() {
        let shown = |text: &str| parse(text).map(|n| format!("{} {}", n.address, n.mask));
        assert_eq!(shown("10.0.0.0/8").as_deref(), Some("10.0.0.0 255.0.0.0"));
        assert_eq!(shown("10.0.0.0/255.0.255.0").as_deref(), Some("10.0.0.0 255.0.255.0"));
        assert_eq!(shown("0.0.0.0/0").as_deref(), Some("0.0.0.0 0.0.0.0"));
        assert_eq!(shown("::1").as_deref(), Some("::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
        assert_eq!(shown("10.0.0.0/33"), None);
        assert_eq!(shown("10.0.0.300"), None);
    }
}
