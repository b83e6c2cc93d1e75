//! One connection on the worker that owns it: reads messages and hands them on, writes what waits, ends.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use sipc_engine::network::Received;
use sipc_sip::framing::{Frame, frame};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::pool::Connection;
use super::settings::Settings;
use crate::driver::Driver;

/// The longest message, as in OpenSIPS. What a connection keeps of a half-sent one is bounded by this.
const MESSAGE_MAX: usize = 65_535;
/// Bytes read at once.
const CHUNK: usize = 16_384;
/// How long the other side may take to read one message.
const STALL: Duration = Duration::from_secs(10);

/// Reads and writes until the connection ends.
pub async fn run(driver: &Driver, stream: &TcpStream, connection: &Arc<Connection>, settings: &Settings) {
    let quiet_since = Cell::new(Instant::now());
    let read = tokio::select! {
        () = read(driver, stream, connection, settings, &quiet_since) => true,
        () = write(stream, connection, &quiet_since) => false,
        () = connection.outgoing.ended() => false,
    };
    if read {
        // who sends no more may still read: answers to what was received leave, but no later ones
        connection.outgoing.close();
        // what is left when that takes too long has not been sent, and its owner says so
        let _ = timeout(STALL, write_rest(stream, connection)).await;
    }
}

async fn write_rest(stream: &TcpStream, connection: &Connection) -> io::Result<()> {
    while let Some(message) = connection.outgoing.peek() {
        write_all(stream, &message).await?;
        connection.outgoing.written();
    }
    Ok(())
}

async fn write(stream: &TcpStream, connection: &Connection, quiet_since: &Cell<Instant>) {
    loop {
        let message = connection.outgoing.first().await;
        match timeout(STALL, write_all(stream, &message)).await {
            Ok(Ok(())) => connection.outgoing.written(),
            _ => return,
        }
        quiet_since.set(Instant::now());
    }
}

async fn write_all(stream: &TcpStream, mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        stream.writable().await?;
        match stream.try_write(rest) {
            Ok(n) => rest = rest.get(n..).unwrap_or_default(),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

async fn read(
    driver: &Driver,
    stream: &TcpStream,
    connection: &Arc<Connection>,
    settings: &Settings,
    quiet_since: &Cell<Instant>,
) {
    let mut buffer = BytesMut::new();
    // when the message that is half here began
    let mut began: Option<Instant> = None;
    loop {
        let deadline = began.map_or(quiet_since.get() + settings.idle, |at| at + settings.message);
        match timeout_at(deadline, stream.readable()).await {
            // something was written meanwhile
            Err(_) if began.is_none() && quiet_since.get() + settings.idle > Instant::now() => continue,
            Err(_) | Ok(Err(_)) => return,
            Ok(Ok(())) => {}
        }
        match read_some(stream, &mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        }
        quiet_since.set(Instant::now());
        let Some(taken) = take(driver, connection, settings, &mut buffer) else { return };
        // line ends may be the first half of a ping, which nobody has to finish
        let half = buffer.iter().any(|c| !matches!(c, b'\r' | b'\n'));
        began = half.then(|| began.filter(|_| taken == 0).unwrap_or_else(Instant::now));
        // the others on this worker have their turn
        tokio::task::yield_now().await;
    }
}

/// A connection that is silent keeps no memory for what may come.
fn read_some(stream: &TcpStream, buffer: &mut BytesMut) -> io::Result<usize> {
    if buffer.is_empty() {
        *buffer = BytesMut::new();
    }
    buffer.reserve(CHUNK);
    let read = stream.try_read_buf(buffer);
    if buffer.is_empty() {
        *buffer = BytesMut::new();
    }
    read
}

/// Hands on the messages at the beginning of the buffer; says how many they were. `None`: it cannot be read on.
fn take(
    driver: &Driver,
    connection: &Arc<Connection>,
    settings: &Settings,
    buffer: &mut BytesMut,
) -> Option<usize> {
    let received =
        Received { socket: connection.socket, source: connection.peer, connection: Some(connection.id) };
    let mut taken = 0;
    loop {
        match frame(buffer, MESSAGE_MAX) {
            Frame::More(_) => return Some(taken),
            Frame::Skip(n) => buffer.advance(n),
            Frame::Ping(n) => {
                buffer.advance(n);
                if settings.answers_pings {
                    connection.outgoing.push(Bytes::from_static(b"\r\n"));
                }
            }
            Frame::Whole(n) => {
                let message = Bytes::copy_from_slice(&buffer[..n]);
                buffer.advance(n);
                taken += 1;
                driver.receive(message, received);
            }
            Frame::Broken(why) => {
                let peer = connection.peer;
                driver.warn(format_args!("closing the connection of {peer}: {why:?}"));
                return None;
            }
        }
    }
}
