//! `socket=` clauses to addresses to bind, and the table of sockets that scripts see.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use sipc_engine::network::{Socket, SocketId, Transport};
use sipc_engine::setup::SocketSpec;

/// Expands clauses (`*`, interface names, port lists) to sockets. Duplicates are dropped.
///
/// Names are resolved by the system's static hosts or as addresses only: a listening address that
/// needs DNS is refused with a reason.
pub fn expand(specs: &[SocketSpec], port_of: impl Fn(Transport) -> u16) -> Result<Vec<Socket>, String> {
    let mut sockets: Vec<Socket> = Vec::new();
    for spec in specs {
        let transport = Transport::of(spec.transport.as_bytes())
            .ok_or_else(|| format!("socket {}:{}: no such transport", spec.transport, spec.host))?;
        let addresses = addresses(&spec.host)?;
        let ports = if spec.ports.is_empty() { vec![port_of(transport)] } else { spec.ports.clone() };
        for ip in addresses {
            for (i, port) in ports.iter().enumerate() {
                let address = SocketAddr::new(ip, *port);
                if sockets.iter().any(|s| s.transport == transport && s.address == address) {
                    continue;
                }
                let id = u16::try_from(sockets.len()).map_err(|_| "too many sockets".to_owned())?;
                sockets.push(socket(SocketId(id), transport, address, spec, i));
            }
        }
    }
    Ok(sockets)
}

fn socket(id: SocketId, transport: Transport, address: SocketAddr, spec: &SocketSpec, port: usize) -> Socket {
    let host = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        ip @ IpAddr::V6(_) => format!("[{}]", sipc_engine::address::text(ip)),
    };
    Socket {
        id,
        transport,
        address,
        name: spec.host.clone(),
        uri: Bytes::from(format!("{}:{host}:{}", transport.lower_name(), address.port())),
        host: Bytes::from(host),
        advertised_host: spec.advertised_host.clone().map(Bytes::from),
        advertised_port: spec.advertised_ports.get(port).copied(),
        tag: spec.tag.clone(),
        anycast: spec.anycast,
        reads_proxy_header: spec.reads_proxy_header,
        sends_proxy_header: spec.sends_proxy_header,
        accept_subdomain: spec.accept_subdomain,
        reuse_port: spec.reuse_port,
        tos: spec.tos,
    }
}

fn addresses(host: &str) -> Result<Vec<IpAddr>, String> {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse() {
        return Ok(vec![ip]);
    }
    let found = interfaces(|name| host == "*" || name == host)?;
    if !found.is_empty() {
        return Ok(found);
    }
    hosts_file(host).ok_or_else(|| {
        format!(
            "cannot listen on {host}: not an address, not an interface, not in /etc/hosts; give an address"
        )
    })
}

fn interfaces(wanted: impl Fn(&str) -> bool) -> Result<Vec<IpAddr>, String> {
    let all = nix::ifaddrs::getifaddrs().map_err(|e| format!("cannot list network interfaces: {e}"))?;
    let mut found: Vec<IpAddr> = Vec::new();
    for interface in all.filter(|i| wanted(&i.interface_name)) {
        let Some(address) = interface.address else { continue };
        let ip = if let Some(v4) = address.as_sockaddr_in() {
            IpAddr::V4(v4.ip())
        } else if let Some(v6) = address.as_sockaddr_in6() {
            IpAddr::V6(v6.ip())
        } else {
            continue;
        };
        // link-local addresses need a scope that no URI can carry
        let link_local = matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
        if !link_local && !found.contains(&ip) {
            found.push(ip);
        }
    }
    Ok(found)
}

fn hosts_file(host: &str) -> Option<Vec<IpAddr>> {
    let text = std::fs::read_to_string("/etc/hosts").ok()?;
    let found: Vec<IpAddr> = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .filter(|line| line.split_whitespace().skip(1).any(|name| name.eq_ignore_ascii_case(host)))
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .collect();
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(host: &str, ports: &[u16]) -> SocketSpec {
        SocketSpec {
            transport: "udp".into(),
            host: host.into(),
            ports: ports.into(),
            ..SocketSpec::default()
        }
    }

    #[test]
    fn port_lists_make_one_socket_each_and_duplicates_none() {
        let s =
            expand(&[spec("127.0.0.1", &[5060, 5070]), spec("127.0.0.1", &[5070])], Transport::default_port)
                .expect("valid");
        assert_eq!(
            s.iter().map(|s| s.uri.clone()).collect::<Vec<_>>(),
            ["udp:127.0.0.1:5060", "udp:127.0.0.1:5070"]
        );
    }

    #[test]
    fn an_interface_stands_for_its_addresses() {
        let s = expand(&[spec("lo", &[])], Transport::default_port).expect("lo exists");
        assert!(s.iter().any(|s| s.address.ip().is_loopback()));
    }

    #[test]
    fn an_unknown_host_is_refused_with_the_way_out() {
        let e = expand(&[spec("no.such.host.invalid", &[])], Transport::default_port).expect_err("unknown");
        assert!(e.contains("give an address"));
    }
}
