//! One contact of a user.

use bytes::Bytes;
use sipc_engine::network::SocketId;

/// A registered contact.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Number within the process.
    pub id: u64,
    /// Its URI.
    pub uri: Bytes,
    /// q in thousandths; `None` when unspecified.
    pub q: Option<u16>,
    /// When it expires, Unix seconds.
    pub expires: u64,
    /// Where the request really came from, as a URI.
    pub received: Option<Bytes>,
    /// Path of the registration (RFC 3327), the value for a Route header.
    pub path: Option<Bytes>,
    /// Call-ID of the last REGISTER.
    pub call_id: Bytes,
    /// CSeq of the last REGISTER.
    pub cseq: u32,
    /// Message flags of the last REGISTER.
    pub flags: u32,
    /// Branch flags of the last REGISTER; a lookup puts them back.
    pub branch_flags: u32,
    /// User-Agent of the last REGISTER.
    pub user_agent: Bytes,
    /// The socket the REGISTER came in on.
    pub socket: SocketId,
    /// Methods it takes, as bits of `sipc_sip::Methods`; all bits when it did not say.
    pub methods: u16,
    /// `+sip.instance`.
    pub instance: Option<Bytes>,
    /// Text stored along with it.
    pub attr: Option<Bytes>,
    /// When it was last changed, Unix seconds.
    pub modified: u64,
    /// How long it took to answer the last ping, in microseconds; 0 when that is not known.
    pub latency_us: u64,
}

impl Contact {
    /// Whether it has not expired.
    pub fn is_valid(&self, now: u64) -> bool {
        self.expires > now
    }
}
