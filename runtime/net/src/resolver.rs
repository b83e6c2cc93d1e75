//! Finding servers (RFC 3263) over hickory, which caches with the records' own lifetimes.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{RData, RecordType};
use sipc_engine::network::{Destination, NetError, Target, Transport};

/// One worker's resolver; `None` when the system has no usable configuration.
pub struct Resolver {
    inner: Option<Rc<TokioResolver>>,
}

impl Resolver {
    /// From `/etc/resolv.conf`.
    pub fn from_system() -> Resolver {
        let inner = TokioResolver::builder_tokio().ok().and_then(|b| b.build().ok()).map(Rc::new);
        Resolver { inner }
    }

    /// The servers of a name, best first.
    pub fn resolve(&self, target: Target) -> impl Future<Output = Result<Vec<Destination>, NetError>> + 'static {
        let resolver = self.inner.clone();
        async move {
            let resolver = resolver.ok_or(NetError::Unresolvable)?;
            let host = String::from_utf8(target.host.to_vec()).map_err(|_| NetError::Unresolvable)?;
            let found = servers(&resolver, &host, &target).await;
            if found.is_empty() { Err(NetError::Unresolvable) } else { Ok(found) }
        }
    }
}

/// RFC 3263 section 4: an explicit port means A/AAAA only; else SRV of the transport, else A/AAAA.
async fn servers(resolver: &TokioResolver, host: &str, target: &Target) -> Vec<Destination> {
    let transport = target.transport.unwrap_or(if target.secure { Transport::Tls } else { Transport::Udp });
    if target.port.is_none() {
        let found = by_srv(resolver, host, transport).await;
        if !found.is_empty() {
            return found;
        }
    }
    let port = target.port.unwrap_or(transport.default_port());
    addresses(resolver, host)
        .await
        .into_iter()
        .map(|ip| Destination { transport, address: SocketAddr::new(ip, port), connection: None })
        .collect()
}

async fn by_srv(resolver: &TokioResolver, host: &str, transport: Transport) -> Vec<Destination> {
    let (scheme, protocol) = match transport {
        Transport::Tls => ("_sips", "_tcp"),
        Transport::Tcp => ("_sip", "_tcp"),
        Transport::Sctp => ("_sip", "_sctp"),
        Transport::Ws => ("_sip", "_ws"),
        Transport::Wss => ("_sips", "_ws"),
        Transport::Udp => ("_sip", "_udp"),
    };
    let name = format!("{scheme}.{protocol}.{host}.");
    let Ok(answer) = resolver.lookup(name, RecordType::SRV).await else { return Vec::new() };
    let mut records: Vec<(u16, u16, String, u16)> = answer
        .answers()
        .iter()
        .filter_map(|r| match &r.data {
            RData::SRV(srv) => Some((srv.priority, srv.weight, srv.target.to_utf8(), srv.port)),
            _ => None,
        })
        .collect();
    records.sort_by_key(|(priority, weight, ..)| (*priority, u16::MAX - *weight));
    let mut found = Vec::new();
    for (_, _, name, port) in records {
        for ip in addresses(resolver, &name).await {
            found.push(Destination { transport, address: SocketAddr::new(ip, port), connection: None });
        }
    }
    found
}

async fn addresses(resolver: &TokioResolver, host: &str) -> Vec<IpAddr> {
    // a name with a dot is taken as complete: search lists surprise in SIP
    let host = if host.contains('.') && !host.ends_with('.') { format!("{host}.") } else { host.to_owned() };
    match resolver.lookup_ip(host).await {
        Ok(found) => found.iter().collect(),
        Err(_) => Vec::new(),
    }
}
