//! TLS over the bytes of one connection.

use std::io::Read;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{AcceptedAlert, Acceptor};
use rustls::{ClientConnection, Connection, Error, ServerConnection};
use sipc_engine::streams::{Layer, Opening, Output};

use crate::Connections;
use crate::config::Ready;
use crate::verify::Judge;

/// A fatal alert: no such name (RFC 6066 3).
const UNRECOGNIZED_NAME: [u8; 7] = [21, 3, 3, 0, 2, 2, 112];

/// What is known of a connection once TLS is up.
pub struct Info {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// Its number in the IANA registry.
    pub suite: u16,
    /// What this side showed.
    pub mine: Option<CertificateDer<'static>>,
    /// What the other side showed.
    pub peer: Option<CertificateDer<'static>>,
    /// Whether the other side's certificate holds.
    pub verdict: Result<(), Error>,
}

/// The layer.
pub struct Tls {
    state: State,
    ready: Arc<Ready>,
    opening: Opening,
    /// The judge and the certificate of the domain, once it is known.
    domain: Option<(Arc<Judge>, Option<CertificateDer<'static>>)>,
    connections: Arc<Connections>,
    is_up: bool,
}

enum State {
    /// The first message of the other side is not whole yet.
    Listening(Box<Acceptor>),
    Talking(Box<Connection>),
    Failed,
}

impl Tls {
    /// TLS for a connection; the error says why there is no domain for it.
    pub fn new(ready: Arc<Ready>, opening: &Opening, connections: Arc<Connections>) -> Result<Tls, String> {
        let mut domain = None;
        let state = if opening.accepted {
            State::Listening(Box::default())
        } else {
            let number = opening.domain.or_else(|| ready.client_for(opening.peer, b"*"));
            let side = number.and_then(|n| ready.client(n));
            let side = side.ok_or("no client domain is for this address")?;
            domain = Some((side.judge.clone(), side.certificate.clone()));
            // an address: no name is asked for, as in OpenSIPS
            let name = ServerName::IpAddress(opening.peer.ip().into());
            let client = ClientConnection::new(side.config.clone(), name).map_err(|e| e.to_string())?;
            State::Talking(Box::new(unbounded(client.into())))
        };
        Ok(Tls { state, ready, opening: *opening, domain, connections, is_up: false })
    }

    /// The other side's first message says which domain it wants.
    fn listen(&mut self, rest: &mut &[u8], out: &mut Output) -> Result<(), String> {
        let State::Listening(acceptor) = &mut self.state else { return Ok(()) };
        acceptor.read_tls(rest).map_err(|e| e.to_string())?;
        let accepted = match acceptor.accept() {
            Ok(Some(accepted)) => accepted,
            Ok(None) => return Ok(()),
            Err((e, alert)) => return Err(self.refuse(&e, alert, out)),
        };
        let name = accepted.client_hello().server_name().unwrap_or("none").to_owned();
        let found = self.ready.servers.find(self.opening.local, name.as_bytes());
        let Some(side) = found.and_then(|n| self.ready.accepting.get(usize::from(n))) else {
            out.answers.extend_from_slice(&UNRECOGNIZED_NAME);
            self.state = State::Failed;
            return Err(format!("no server domain is for {} and the name {name}", self.opening.local));
        };
        self.domain = Some((side.judge.clone(), side.certificate.clone()));
        let connection: ServerConnection = match accepted.into_connection(side.config.clone()) {
            Ok(connection) => connection,
            Err((e, alert)) => return Err(self.refuse(&e, alert, out)),
        };
        self.state = State::Talking(Box::new(unbounded(connection.into())));
        Ok(())
    }

    fn refuse(&mut self, e: &Error, mut alert: AcceptedAlert, out: &mut Output) -> String {
        // writing to memory does not fail
        let _ = alert.write_all(&mut out.answers);
        self.state = State::Failed;
        e.to_string()
    }

    /// Takes what is left of the bytes.
    fn talk(&mut self, mut rest: &[u8], out: &mut Output) -> Result<(), String> {
        let State::Talking(connection) = &mut self.state else { return Ok(()) };
        loop {
            let taken = connection.read_tls(&mut rest).map_err(|e| e.to_string())?;
            let processed = connection.process_new_packets();
            write(connection, &mut out.answers);
            let state = processed.map_err(|e| e.to_string())?;
            let mut plain = vec![0; state.plaintext_bytes_to_read()];
            if !plain.is_empty() {
                connection.reader().read_exact(&mut plain).map_err(|e| e.to_string())?;
                out.bytes.extend_from_slice(&plain);
            }
            out.ended |= state.peer_has_closed();
            if rest.is_empty() || taken == 0 {
                return Ok(());
            }
        }
    }

    /// Notes what is known when the handshake is over.
    fn note(&mut self) {
        let State::Talking(connection) = &self.state else { return };
        if self.is_up || connection.is_handshaking() {
            return;
        }
        self.is_up = true;
        let Some((judge, mine)) = &self.domain else { return };
        let shown = connection.peer_certificates().unwrap_or_default();
        let verdict = match shown.split_first() {
            Some((end, chain)) => judge.judge(!self.opening.accepted, end, chain, UnixTime::now()),
            None => Ok(()),
        };
        let is_1_3 = connection.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
        let info = Info {
            version: if is_1_3 { "TLSv1.3" } else { "TLSv1.2" },
            suite: connection.negotiated_cipher_suite().map_or(0, |s| u16::from(s.suite())),
            mine: mine.clone(),
            peer: shown.first().map(|c| c.clone().into_owned()),
            verdict,
        };
        self.connections.lock().insert(self.opening.connection, Arc::new(info));
    }
}

/// The queue of the connection is bounded, so what is written here needs no bound of its own.
fn unbounded(mut connection: Connection) -> Connection {
    connection.set_buffer_limit(None);
    connection
}

fn write(connection: &mut Connection, wire: &mut Vec<u8>) {
    // writing to memory does not fail
    while connection.wants_write() && connection.write_tls(wire).is_ok_and(|n| n > 0) {}
}

impl Layer for Tls {
    fn begin(&mut self, out: &mut Output) -> Result<(), String> {
        if let State::Talking(connection) = &mut self.state {
            write(connection, &mut out.answers);
        }
        Ok(())
    }

    fn receive(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), String> {
        let mut rest = bytes;
        while matches!(self.state, State::Listening(_)) && !rest.is_empty() {
            self.listen(&mut rest, out)?;
        }
        let talked = self.talk(rest, out);
        self.note();
        talked
    }

    fn is_ready(&self) -> bool {
        self.is_up
    }

    fn send(&mut self, message: &[u8], wire: &mut Vec<u8>) -> Result<(), String> {
        let State::Talking(connection) = &mut self.state else { return Err("TLS is not up".into()) };
        std::io::Write::write_all(&mut connection.writer(), message).map_err(|e| e.to_string())?;
        write(connection, wire);
        Ok(())
    }

    fn end(&mut self, wire: &mut Vec<u8>) {
        if let State::Talking(connection) = &mut self.state {
            connection.send_close_notify();
            write(connection, wire);
        }
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        if self.is_up {
            self.connections.lock().remove(&self.opening.connection);
        }
    }
}
