//! A server as a process, and what talks to it.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// How long anything may take on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Answers every request with what it came over.
pub const ANSWERS: &str = "route { sl_send_reply(200, \"$proto $socket_in(proto)\"); }\n";

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens, in the order asked for.
    pub at: Vec<SocketAddr>,
    script: PathBuf,
}

impl Server {
    /// Starts one that listens on a loopback port for each transport, with the modules that it takes.
    pub fn start(name: &str, transports: &[&str], modules: &[&str], script: &str) -> Server {
        Server::start_on("127.0.0.1", name, transports, modules, script)
    }

    /// The same on another address.
    pub fn start_on(host: &str, name: &str, transports: &[&str], modules: &[&str], script: &str) -> Server {
        let path = std::env::temp_dir().join(format!("sipc-{}-{name}.cfg", std::process::id()));
        let protocols = transports.iter().map(|t| format!("proto_{t}"));
        let all = ["sl", "tm", "rr", "sipmsgops"].iter().chain(modules).map(|m| (*m).to_owned());
        let loads: String = all.chain(protocols).map(|m| format!("loadmodule \"{m}.so\"\n")).collect();
        std::fs::write(&path, loads + script).expect("the temporary directory is writable");
        let at: Vec<SocketAddr> = transports.iter().map(|_| free_address(host)).collect();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sipc"));
        command.args(["run", "-F", "-f"]).arg(&path).stderr(Stdio::piped());
        for (transport, address) in transports.iter().zip(&at) {
            command.args(["-l", &format!("{transport}:{address}")]);
        }
        let mut child = command.spawn().expect("sipc starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let mut said = Vec::new();
        // IPv6 addresses are written in full there
        let (transport, port) = (transports[transports.len() - 1], at[at.len() - 1].port());
        let is_last = |line: &String| {
            line.contains(&format!("listening on {transport}:")) && line.ends_with(&format!(":{port}"))
        };
        let up = lines.by_ref().inspect(|l| said.push(l.clone())).any(|line| is_last(&line));
        assert!(up, "{name}: the server did not start: {said:?}");
        // what it says is shown when the test fails
        std::thread::spawn(move || lines.for_each(|line| eprintln!("{line}")));
        Server { child, at, script: path }
    }

    /// Connects to one of its addresses.
    pub fn connect(&self, which: usize) -> TcpStream {
        TcpStream::connect(self.at[which]).expect("it listens")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.script);
    }
}

/// An address that no other test of this process got: two servers could share one without an error.
pub fn free_address(host: &str) -> SocketAddr {
    static GIVEN: Mutex<Vec<u16>> = Mutex::new(Vec::new());
    let host: std::net::IpAddr = host.parse().expect("an address");
    loop {
        let tcp = TcpListener::bind((host, 0)).and_then(|s| s.local_addr()).expect("a free port");
        let udp = UdpSocket::bind(tcp);
        let mut given = GIVEN.lock().expect("no test panics with it");
        if udp.is_ok() && !given.contains(&tcp.port()) {
            given.push(tcp.port());
            return tcp;
        }
    }
}

/// The answer to a management command over HTTP; its parameters as members of a JSON object.
pub fn command(at: SocketAddr, name: &str, params: &str) -> String {
    let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{name}\",\"params\":{{{params}}}}}");
    let mut http = patient(TcpStream::connect(at).expect("httpd listens"));
    let head = format!(
        "POST /mi HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/json\r\n\r\n",
        body.len()
    );
    http.write_all((head + &body).as_bytes()).expect("it reads");
    let mut text = String::new();
    http.read_to_string(&mut text).expect("an answer");
    text
}

/// Sets what keeps a test from waiting for ever.
pub fn patient(stream: TcpStream) -> TcpStream {
    stream.set_nodelay(true).expect("an option of the system");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// A UDP socket on loopback that waits with a bound.
pub fn udp() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}

/// The next datagram and its sender.
pub fn datagram(socket: &UdpSocket) -> (String, SocketAddr) {
    let mut buffer = [0; 65_536];
    let (n, from) = socket.recv_from(&mut buffer).expect("a datagram in time");
    (String::from_utf8_lossy(&buffer[..n]).into_owned(), from)
}

/// The other side of a connection.
pub struct Peer<S: Read + Write>(pub BufReader<S>);

impl Peer<TcpStream> {
    /// Over TCP.
    pub fn new(stream: TcpStream) -> Peer<TcpStream> {
        Peer(BufReader::new(patient(stream)))
    }

    pub fn here(&self) -> SocketAddr {
        self.0.get_ref().local_addr().expect("connected")
    }
}

impl<S: Read + Write> Peer<S> {
    pub fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).expect("the server reads");
        self.0.get_mut().flush().expect("the server reads");
    }

    /// The next message, which has no body, or the next line end.
    pub fn receive(&mut self) -> String {
        let mut text = String::new();
        while !text.ends_with("\r\n\r\n") && text != "\r\n" {
            let n = self.0.read_line(&mut text).expect("an answer in time");
            assert!(n > 0, "closed after {text:?}");
        }
        text
    }

    /// Waits until the server closes, whatever comes before.
    pub fn is_closed(&mut self) -> bool {
        match self.0.read_to_end(&mut Vec::new()) {
            Ok(_) => true,
            Err(e) => !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }
}

pub fn request(method: &str, transport: &str, id: &str, from: SocketAddr) -> String {
    format!(
        "{method} sip:b@example.com SIP/2.0\nVia: SIP/2.0/{transport} {from};branch=z9hG4bK{id}\n\
         Max-Forwards: 70\nFrom: <sip:a@example.com>;tag=1\nTo: <sip:b@example.com>\nCall-ID: {id}\n\
         CSeq: 1 {method}\nContent-Length: 0\n\n"
    )
    .replace('\n', "\r\n")
}

pub fn options(id: &str, from: SocketAddr) -> String {
    request("OPTIONS", "TCP", id, from)
}

/// The 200 of a request that arrived somewhere.
pub fn answer(received: &str) -> String {
    let copied = |l: &&str| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|n| l.starts_with(n));
    let lines: String = received.lines().filter(copied).map(|l| format!("{l}\r\n")).collect();
    format!("SIP/2.0 200 OK\r\n{lines}Content-Length: 0\r\n\r\n")
}
