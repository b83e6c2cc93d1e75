//! Finding servers (RFC 3263) over hickory, which caches with the records' own lifetimes.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::proto::rr::rdata::NAPTR;
use hickory_resolver::proto::rr::{RData, RecordType};
use sipc_engine::network::{Destination, NetError, Target, Transport};

/// One worker's resolver; `None` when the system has no usable configuration.
pub struct Resolver {
    inner: Option<Rc<TokioResolver>>,
    naptr: bool,
}

impl Resolver {
    /// From `/etc/resolv.conf`; whether NAPTR and AAAA records are asked for.
    pub fn from_system(naptr: bool, ipv6: bool) -> Resolver {
        let builder = TokioResolver::builder_tokio().ok().map(|mut builder| {
            let both = LookupIpStrategy::Ipv4thenIpv6;
            builder.options_mut().ip_strategy = if ipv6 { both } else { LookupIpStrategy::Ipv4Only };
            builder
        });
        let inner = builder.and_then(|b| b.build().ok()).map(Rc::new);
        Resolver { inner, naptr }
    }

    /// The servers of a name, best first.
    pub fn resolve(
        &self,
        target: Target,
    ) -> impl Future<Output = Result<Vec<Destination>, NetError>> + 'static {
        let (resolver, naptr) = (self.inner.clone(), self.naptr);
        async move {
            let resolver = resolver.ok_or(NetError::Unresolvable)?;
            let host = String::from_utf8(target.host.to_vec()).map_err(|_| NetError::Unresolvable)?;
            let found = servers(&resolver, &host, &target, naptr).await;
            if found.is_empty() { Err(NetError::Unresolvable) } else { Ok(found) }
        }
    }
}

/// RFC 3263 section 4: an explicit port means A/AAAA only; else NAPTR unless the transport is known, then SRV of
/// the transport, else A/AAAA.
async fn servers(resolver: &TokioResolver, host: &str, target: &Target, naptr: bool) -> Vec<Destination> {
    let transport = target.transport.unwrap_or(if target.secure { Transport::Tls } else { Transport::Udp });
    if target.port.is_none() {
        if naptr && target.transport.is_none() && !target.secure {
            let found = by_naptr(resolver, host).await;
            if !found.is_empty() {
                return found;
            }
        }
        let found = by_srv(resolver, &srv_name(host, transport), transport).await;
        if !found.is_empty() {
            return found;
        }
    }
    let port = target.port.unwrap_or(transport.default_port());
    addresses(resolver, host)
        .await
        .into_iter()
        .map(|ip| Destination::new(transport, SocketAddr::new(ip, port)))
        .collect()
}

/// The servers of the best service that this program speaks (UDP).
async fn by_naptr(resolver: &TokioResolver, host: &str) -> Vec<Destination> {
    let Ok(answer) = resolver.lookup(format!("{host}."), RecordType::NAPTR).await else { return Vec::new() };
    let best = answer
        .answers()
        .iter()
        .filter_map(|r| match &r.data {
            RData::NAPTR(naptr) if is_sip_over_udp(naptr) => Some(naptr),
            _ => None,
        })
        .min_by_key(|naptr| (naptr.order, naptr.preference));
    match best {
        Some(naptr) => by_srv(resolver, &naptr.replacement.to_utf8(), Transport::Udp).await,
        None => Vec::new(),
    }
}

/// A terminal rule that leads to SRV records (RFC 3263 4.1).
fn is_sip_over_udp(naptr: &NAPTR) -> bool {
    naptr.flags.eq_ignore_ascii_case(b"s") && naptr.services.eq_ignore_ascii_case(b"SIP+D2U")
}

fn srv_name(host: &str, transport: Transport) -> String {
    let (scheme, protocol) = match transport {
        Transport::Tls => ("_sips", "_tcp"),
        Transport::Tcp => ("_sip", "_tcp"),
        Transport::Sctp => ("_sip", "_sctp"),
        Transport::Ws => ("_sip", "_ws"),
        Transport::Wss => ("_sips", "_ws"),
        Transport::Udp => ("_sip", "_udp"),
    };
    format!("{scheme}.{protocol}.{host}.")
}

async fn by_srv(resolver: &TokioResolver, name: &str, transport: Transport) -> Vec<Destination> {
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
            found.push(Destination::new(transport, SocketAddr::new(ip, port)));
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
