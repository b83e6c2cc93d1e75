//! Servers that tables of modules name by URIs: their addresses, and blacklists made of these.

use std::net::IpAddr;

use sipc_sip::{Host, Scheme, Uri};

use crate::Text;
use crate::blacklists::Rule;
use crate::network::{SocketId, Transport};
use crate::send;
use crate::setup::{BlacklistSpec, Setup};
use crate::shared::Shared;
use crate::worker::Worker;

/// One address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// The port.
    pub port: u16,
    /// The transport.
    pub transport: Transport,
}

/// The address of a URI that has one instead of a name.
pub fn literal(uri: &Uri<'_>) -> Option<Address> {
    let ip = Host::of(uri.host_text()).ip()?;
    let secure = uri.scheme() == Scheme::Sips;
    let transport = uri.transport().unwrap_or(if secure { Transport::Tls } else { Transport::Udp });
    let port = uri.port().filter(|p| *p != 0).unwrap_or(transport.default_port());
    Some(Address { ip, port, transport })
}

/// The addresses of a URI; `None` when its name is not known.
pub async fn resolve(worker: &Worker, uri: &Text) -> Option<Vec<Address>> {
    let found = send::destinations(worker, uri, false).await.ok()?;
    let address = |ip: std::net::SocketAddr, transport| Address { ip: ip.ip(), port: ip.port(), transport };
    Some(found.into_iter().map(|d| address(d.address, d.transport)).collect())
}

/// Sends the request to a socket of this server's, if one is wanted.
pub fn send_from(cx: &mut crate::Context, socket: Option<SocketId>) {
    if let Some(socket) = socket {
        cx.target.socket = Some(socket);
        cx.target.bond = None;
    }
}

/// Makes a blacklist that a module fills.
pub fn add_blacklist(setup: &mut Setup, name: &str) -> Result<(), String> {
    if setup.configuration.blacklists.iter().any(|b| b.name == name) {
        return Err(format!("the blacklist {name} is defined twice"));
    }
    setup.configuration.blacklists.push(BlacklistSpec { name: name.to_owned(), ..BlacklistSpec::default() });
    Ok(())
}

/// Fills a blacklist with addresses.
pub fn fill_blacklist(shared: &Shared, name: &str, addresses: &[Address]) {
    let rule =
        |a: &Address| Rule::parse(format!("{},{},{}", a.transport.lower_name(), a.ip, a.port).as_bytes());
    if let Some((list, _)) = shared.blacklists.find(name.as_bytes()) {
        list.replace(addresses.iter().filter_map(rule).collect());
    }
}
