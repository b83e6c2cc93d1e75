//! `sipc` as a process: `run` on real sockets with OpenSIPS' flags, signals, start-up failures, and what
//! garbage on the wire does; the exit statuses of the commands that only read.
//!
//! Ports come from the system; nothing sleeps: each step waits for what it expects, with a bound.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long anything may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn sipc() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sipc"))
}

/// A file of its own for this test, removed at the end.
struct Script(PathBuf);

impl Script {
    fn new(name: &str, text: &str) -> Script {
        let path = std::env::temp_dir().join(format!("sipc-{}-{name}.cfg", std::process::id()));
        std::fs::write(&path, text).expect("the temporary directory is writable");
        Script(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("temporary paths are UTF-8")
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

const BASE: &str = r#"
loadmodule "proto_udp.so"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "sipmsgops.so"
"#;

/// A running server and a socket to talk to it.
struct Server {
    child: Child,
    peer: UdpSocket,
    lines: std::sync::mpsc::Receiver<String>,
    _script: Script,
}

impl Server {
    fn start(name: &str, routes: &str, flags: &[&str]) -> Server {
        let script = Script::new(name, &format!("{BASE}{routes}"));
        let port = free_port();
        let mut child = sipc()
            .args(["run", "-F", "-f", script.path(), "-l", &format!("udp:127.0.0.1:{port}")])
            .args(flags)
            .stderr(Stdio::piped())
            .spawn()
            .expect("sipc starts");
        let lines = read_lines(child.stderr.take().expect("piped"));
        let peer = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        peer.connect(("127.0.0.1", port)).expect("loopback");
        peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let server = Server { child, peer, lines, _script: script };
        server.wait_for_line("listening on");
        server
    }

    fn wait_for_line(&self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if line.contains(text) {
                return line;
            }
        }
        panic!("the server never said {text:?}")
    }

    fn send(&self, text: &str) {
        self.peer.send(text.replace('\n', "\r\n").as_bytes()).expect("loopback takes it");
    }

    fn receive(&self) -> String {
        let mut buffer = [0; 65_536];
        loop {
            match self.peer.recv(&mut buffer) {
                Ok(n) => return String::from_utf8_lossy(&buffer[..n]).into_owned(),
                // a receive with a timeout is not taken up again after a signal
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => panic!("an answer in time: {e}"),
            }
        }
    }

    fn options(&self, branch: &str) -> String {
        self.send(&request("OPTIONS", "sip:service@example.com", branch, &self.here()));
        self.receive()
    }

    fn here(&self) -> String {
        self.peer.local_addr().expect("bound").to_string()
    }

    fn signal(&self, name: &str) {
        // the shell's own `kill`: the program is not on every machine
        let line = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &line]).status();
        assert!(status.expect("a shell").success());
    }

    fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return status;
            }
            std::thread::yield_now();
        }
        panic!("the server did not end")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(pipe: impl std::io::Read + Send + 'static) -> std::sync::mpsc::Receiver<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A port that no other test of this process got: two servers could share one without an error.
fn free_port() -> u16 {
    static GIVEN: Mutex<Vec<u16>> = Mutex::new(Vec::new());
    loop {
        let port = UdpSocket::bind("127.0.0.1:0").and_then(|s| s.local_addr()).expect("a free port").port();
        let mut given = GIVEN.lock().expect("no test panics with it");
        if !given.contains(&port) {
            given.push(port);
            return port;
        }
    }
}

fn request(method: &str, uri: &str, branch: &str, from: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{branch}\nMax-Forwards: 70\n\
         From: <sip:a@example.com>;tag=1\nTo: <sip:b@example.com>\nCall-ID: {branch}\nCSeq: 1 {method}\n\
         Content-Length: 0\n\n"
    )
}

fn run(args: &[&str]) -> Output {
    sipc().args(args).output().expect("sipc runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_answers_survives_sighup_and_ends_on_sigterm_at_once_when_idle() {
    let mut server = Server::start("life", "route { sl_send_reply(200, \"here\"); }", &[]);
    assert!(server.options("one").starts_with("SIP/2.0 200 here"));
    server.signal("HUP");
    assert!(server.options("two").starts_with("SIP/2.0 200 here"));
    let asked = Instant::now();
    server.signal("TERM");
    assert!(server.wait().success());
    assert!(asked.elapsed() < Duration::from_secs(2), "an idle server ends at once");
}

#[test]
fn while_draining_new_requests_get_503_and_the_bound_holds() {
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let callee = silent.local_addr().expect("bound");
    let routes = format!("route {{ $du = \"sip:{callee}\"; t_relay(); }}");
    let mut server = Server::start("drain", &routes, &["--drain", "1"]);
    server.send(&request("INVITE", "sip:b@example.com", "call", &server.here()));
    assert!(server.receive().starts_with("SIP/2.0 100"));
    server.signal("TERM");
    // the signal and a datagram take different ways: only now is it certain that the signal came first
    server.wait_for_line("transactions in flight may take 1000 ms");
    server.send(&request("OPTIONS", "sip:b@example.com", "new", &server.here()));
    let answer = server.receive();
    assert!(answer.starts_with("SIP/2.0 503") && answer.contains("Retry-After:"), "{answer}");
    server.wait_for_line("did not end within 1000 ms");
    assert!(server.wait().success());
}

#[test]
fn who_tells_it_to_end_twice_does_not_want_to_wait() {
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let routes = format!("route {{ $du = \"sip:{}\"; t_relay(); }}", silent.local_addr().expect("bound"));
    let mut server = Server::start("twice", &routes, &["--drain", "600"]);
    server.send(&request("INVITE", "sip:b@example.com", "call", &server.here()));
    assert!(server.receive().starts_with("SIP/2.0 100"));
    server.signal("TERM");
    server.wait_for_line("transactions in flight may take 600000 ms");
    server.signal("INT");
    server.wait_for_line("told to end again");
    assert!(server.wait().success());
}

#[test]
fn messages_that_wait_are_answered_before_the_end() {
    let port = free_port();
    let routes = "loadmodule \"proto_tcp.so\"\nloadmodule \"cfgutils.so\"\n\
                  route { xlog(\"$proto waits\"); usleep(700000); sl_send_reply(200, \"Late\"); }";
    let mut server = Server::start("waits", routes, &["-l", &format!("tcp:127.0.0.1:{port}")]);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let by_stream = request("OPTIONS", "sip:x@example.com", "stream", "127.0.0.1:1").replace('\n', "\r\n");
    server.send(&request("OPTIONS", "sip:x@example.com", "datagram", &server.here()));
    server.wait_for_line("udp waits");
    stream.write_all(by_stream.replace("/UDP", "/TCP").as_bytes()).expect("it reads");
    server.wait_for_line("tcp waits");
    server.signal("TERM");
    server.wait_for_line("messages in flight may take 3000 ms");
    assert!(server.receive().starts_with("SIP/2.0 200 Late"));
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer, and the end");
    assert!(answer.starts_with("SIP/2.0 200 Late"), "{answer:?}");
    assert!(server.wait().success());
}

#[test]
fn a_pinned_worker_stays_on_one_processor() {
    let server = Server::start("pinned", "route { sl_send_reply(200, \"here\"); }", &["--pin", "-n", "1"]);
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.child.id())).expect("threads");
    let status = |t: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(t.ok()?.path().join("status")).ok().filter(|s| s.contains("worker 0"))
    };
    let worker = threads.filter_map(status).next().expect("the worker");
    let list = worker.lines().find_map(|l| l.strip_prefix("Cpus_allowed_list:")).expect("on Linux");
    assert!(list.trim().parse::<usize>().is_ok(), "one processor, not {list}");
    assert!(server.options("z9hG4bKpin").starts_with("SIP/2.0 200"));
}

#[test]
fn garbage_is_dropped_and_harms_nobody() {
    let server = Server::start("garbage", "route { sl_send_reply(200, \"here\"); }", &[]);
    let huge = vec![b'A'; 65_507];
    let garbage: Vec<Vec<u8>> = vec![
        vec![],
        vec![0; 3],
        (0..=255).collect(),
        huge,
        b"INVITE".to_vec(),
        b"INVITE sip:a@b SIP/2.0\r\n\r\n".to_vec(),
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP\r\n\r\n".to_vec(),
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nCSeq: x y z\r\n\r\n".to_vec(),
        b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nContent-Length: -1\r\n\r\n"
            .to_vec(),
        b"SIP/2.0 200 OK\r\n\r\n".to_vec(),
        b"SIP/2.0 999999999999 OK\r\nVia: x\r\n\r\n".to_vec(),
    ];
    for (i, datagram) in garbage.iter().enumerate() {
        server.peer.send(datagram).expect("loopback takes it");
        let answer = server.options(&format!("after{i}"));
        assert!(answer.starts_with("SIP/2.0 200 here"), "after garbage {i}: {answer}");
        assert!(answer.contains(&format!("Call-ID: after{i}")));
    }
}

#[test]
fn time_has_passed_when_a_script_goes_on() {
    let route = r#"loadmodule "cfgutils.so"
loadmodule "cachedb_local.so"
route {
    cache_store("local", "key", "value", 1);
    sleep(2);
    if (cache_fetch("local", "key", $var(v)))
        sl_send_reply(500, "Still there");
    else
        sl_send_reply(200, "Gone");
}
"#;
    let server = Server::start("late", route, &[]);
    assert!(server.options("late").starts_with("SIP/2.0 200 Gone"));
}

#[test]
fn pings_leave_while_nothing_else_happens() {
    let route = r#"loadmodule "signaling.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "nathelper.so"
modparam("usrloc", "working_mode_preset", "single-instance-no-db")
modparam("nathelper", "natping_interval", 1)
route { save("location"); }
"#;
    let server = Server::start("pings", route, &[]);
    let contact = format!("Contact: <sip:b@{}>\nExpires: 600\nContent-Length", server.here());
    let register = request("REGISTER", "sip:example.com", "pinged", &server.here());
    server.send(&register.replace("Content-Length", &contact));
    assert!(server.receive().starts_with("SIP/2.0 200"));
    assert_eq!(server.receive(), "\0\0\0\0");
}

/// Answers and logs 2,000 bytes each time.
const TALKS: &str = "route { $var(x) = \"0123456789\"; $var(i) = 0;
    while ($var(i) < 20) { xlog(\"L_ERR\", \"$var(x)$var(x)$var(x)$var(x)$var(x)$var(x)$var(x)$var(x)$var(x)$var(x)\\n\");
    $var(i) = $var(i) + 1; } sl_send_reply(200, \"OK\"); }\n";

/// Answers OPTIONS however its log fares, and ends when told to.
fn talks_into(name: &str, stderr: Stdio) {
    let script = Script::new(name, &format!("{BASE}{TALKS}"));
    let port = free_port();
    let listen = format!("udp:127.0.0.1:{port}");
    let mut command = sipc();
    command.args(["run", "-F", "-E", "-f", script.path(), "-l", &listen]).stderr(stderr);
    let child = command.spawn().expect("sipc starts");
    let peer = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let (_, lines) = std::sync::mpsc::channel();
    let mut server = Server { child, peer, lines, _script: script };
    server.peer.connect(("127.0.0.1", port)).expect("loopback");
    // it cannot say when it listens: it is asked until it answers
    server.peer.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
    let ask = request("OPTIONS", "sip:service@example.com", "first", &server.here()).replace('\n', "\r\n");
    let end = Instant::now() + PATIENCE;
    while server.peer.send(ask.as_bytes()).and_then(|_| server.peer.recv(&mut [0; 2048])).is_err() {
        assert!(Instant::now() < end, "{name}: it never answered");
    }
    server.peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // more lines than its queue holds
    for number in 0..4_000 {
        let branch = format!("n{number}");
        while !server.options(&branch).contains(&branch) {}
    }
    server.signal("TERM");
    assert!(server.wait().success(), "{name}");
}

#[test]
fn a_full_disk_for_logs_harms_nobody() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("every write to it fails");
    talks_into("disk-full", full.into());
}

#[test]
fn who_does_not_read_the_log_holds_up_nobody() {
    // the pipe is held by the child, and never read
    talks_into("log-unread", Stdio::piped());
}

#[test]
fn a_busy_port_is_one_clear_line_and_a_failure() {
    let taken = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound");
    let script = Script::new("busy", &format!("{BASE}route {{ exit; }}"));
    let output = run(&["run", "-F", "-f", script.path(), "-l", &format!("udp:{address}")]);
    assert!(!output.status.success());
    let text = stderr(&output);
    assert_eq!(text.lines().filter(|l| l.contains("another program uses the port")).count(), 1, "{text}");
}

#[test]
fn a_start_that_fails_leaves_no_file_with_its_number() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("bound").port();
    let text =
        format!("{BASE}loadmodule \"httpd.so\"\nmodparam(\"httpd\", \"port\", {port})\nroute {{ exit; }}");
    let script = Script::new("failing", &text);
    let file = std::env::temp_dir().join(format!("sipc-{}-failing.pid", std::process::id()));
    let listen = format!("udp:127.0.0.1:{}", free_port());
    let path = file.to_str().expect("temporary paths are UTF-8");
    let output = run(&["run", "-F", "-P", path, "-f", script.path(), "-l", &listen]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("httpd"), "{}", stderr(&output));
    assert!(!file.exists());
}

#[test]
fn a_faulty_script_is_refused_with_its_place() {
    let script = Script::new("faulty", "route { no_such_function(); sl_send_reply(200, \"x\"); }");
    for args in [["check", script.path()], ["expand", script.path()], ["run", script.path()]] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}: no half-made output");
        let text = stderr(&output);
        assert!(text.contains("no_such_function") && text.contains(":1:9"), "{args:?}: {text}");
        assert!(text.contains("loadmodule \"sl.so\""), "{args:?}: both faults at once: {text}");
    }
}

#[test]
fn opensips_own_way_of_checking() {
    let good = Script::new("good", &format!("{BASE}socket=udp:127.0.0.1:5060\nroute {{ exit; }}"));
    for flag in ["-C", "-c"] {
        let output = run(&["-f", good.path(), flag]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("config file ok, exiting..."), "{text}");
    }
    let bad = Script::new("bad", "route { exit }");
    let output = run(&["-f", bad.path(), "-C", "--opensips-errors"]);
    assert!(!output.status.success());
    let wanted = format!("CRITICAL:core:yyerror: parse error in {}:1:", bad.path());
    assert!(stderr(&output).contains(&wanted), "{}", stderr(&output));
}

#[test]
fn every_command_has_help() {
    for command in ["check", "expand", "build", "graph", "run", "explain"] {
        let output = run(&[command, "--help"]);
        assert!(output.status.success(), "{command}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("Usage"), "{command}");
    }
}

#[test]
fn the_graph_shows_who_calls_and_arms_what() {
    let text = format!(
        "{BASE}route {{ route(a); t_on_failure(\"f\"); t_relay(); }} route[a] {{ exit; }} failure_route[f] {{ exit; }}"
    );
    let script = Script::new("graph", &text);
    let output = run(&["graph", script.path()]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success());
    assert!(text.contains("flowchart") || text.contains("graph"), "{text}");
}

#[test]
fn one_script_serves_many_hosts() {
    let routes =
        "socket = udp:${ADDRESS}:5060\nroute { sl_send_reply(${CODE}, \"$log_level ${REASON}\"); exit; }";
    // nobody here has the address of the script, so this starts only when the sockets are replaced
    let other = format!("udp:127.0.0.1:{}", free_port());
    let flags =
        ["-D", "ADDRESS=192.0.2.1", "-D", "CODE=299", "--define", "REASON=as set", "--socket", &other];
    let server = Server::start("hosts", routes, &[&flags[..], &["--set", "log_level=3"]].concat());
    assert!(server.options("h1").starts_with("SIP/2.0 299 3 as set\r\n"));
}

#[test]
fn settings_are_checked_before_anything_starts() {
    let script = Script::new("set", &format!("{BASE}socket = udp:127.0.0.1:5060\nroute {{ drop; }}"));
    for (setting, fault) in [
        ("tm.fr_timeout=soon", "error: --set tm.fr_timeout: a number is wanted, not soon\n"),
        (
            "acc.detect_direction=1",
            "error: --set acc.detect_direction: the script does not load the module acc\n",
        ),
    ] {
        let refused = run(&["run", "-F", "-f", script.path(), "--set", setting]);
        assert_eq!(
            (refused.status.code(), String::from_utf8_lossy(&refused.stderr).as_ref()),
            (Some(1), fault)
        );
    }
}

#[test]
fn sockets_that_the_script_names_must_be_there() {
    let listen = format!("udp:127.0.0.1:{}", free_port());
    for (name, text, why) in [
        ("forced", "route { force_send_socket(\"udp:127.0.0.1:1\"); }", "does not listen there"),
        ("bond", "socket=bond:b { \"udp:127.0.0.1:1\" }\nroute { drop; }", "none of its members"),
    ] {
        let script = Script::new(name, &format!("{BASE}{text}"));
        let output = run(&["run", "-F", "-f", script.path(), "-l", &listen]);
        assert!(!output.status.success(), "{name}");
        assert!(stderr(&output).contains(why), "{name}: {}", stderr(&output));
    }
}

#[test]
fn lines_are_json_when_asked_for() {
    let routes = "log_prefix = \"edge\"\nstderror_log_format = \"json\"\nstderror_level_filter = 2\n\
                  route { xlog(\"L_INFO\", \"filtered\"); xlog(\"said \\\"$rm\\\"\"); sl_send_reply(200, \"OK\"); }";
    let server = Server::start("json", routes, &["-d"]);
    assert!(server.options("z9hG4bKjson").starts_with("SIP/2.0 200 "));
    let line = server.wait_for_line("said");
    assert!(
        line.starts_with("{\"time\": \"") && line.contains("\"level\": \"NOTICE\", \"prefix\": \"edge\""),
        "{line}"
    );
    assert!(line.ends_with("\"message\": \"said \\\"OPTIONS\\\"\"}"), "{line}");
}

#[test]
fn queues_outlive_a_restart_in_a_database() {
    let directory = std::env::temp_dir().join(format!("sipc-{}-queues", std::process::id()));
    std::fs::create_dir_all(&directory).expect("the temporary directory is writable");
    std::fs::write(directory.join("kept"), "id(int,auto) key(string) val(string) \n").expect("writable");
    let routes = format!(
        r#"
loadmodule "db_text.so"
loadmodule "mqueue.so"
modparam("mqueue", "db_url", "text://{}")
modparam("mqueue", "mqueue", "name=kept;dbmode=1")
route {{
    if (is_method("MESSAGE")) {{
        mq_add("kept", "$ci", "$rU");
        sl_send_reply(202, "Kept");
    }} else if (mq_fetch("kept")) {{
        sl_send_reply(200, "$mqv(kept)");
    }} else {{
        sl_send_reply(404, "Nothing Left");
    }}
}}
"#,
        directory.display()
    );
    let mut server = Server::start("queues-1", &routes, &[]);
    for user in ["first", "second"] {
        server.send(&request("MESSAGE", &format!("sip:{user}@example.com"), user, &server.here()));
        assert!(server.receive().starts_with("SIP/2.0 202 Kept"));
    }
    server.signal("TERM");
    assert!(server.wait().success());
    let mut server = Server::start("queues-2", &routes, &[]);
    let table = std::fs::read_to_string(directory.join("kept")).expect("the table is still there");
    for expected in ["200 first", "200 second", "404 Nothing Left"] {
        let answer = server.options("fetch");
        assert!(answer.starts_with(&format!("SIP/2.0 {expected}")), "{answer}\n{table}");
    }
    server.signal("TERM");
    assert!(server.wait().success());
    let table = std::fs::read_to_string(directory.join("kept")).expect("the table is still there");
    assert_eq!(table.trim_end(), "id(int,auto) key(string) val(string)", "what was read is removed");
    let _ = std::fs::remove_dir_all(&directory);
}

#[test]
fn the_cache_outlives_a_restart_when_asked_to() {
    let file = std::env::temp_dir().join(format!("sipc-{}-cache", std::process::id()));
    let routes = format!(
        r#"
restart_persistency_cache_file = "{}"
loadmodule "cachedb_local.so"
modparam("cachedb_local", "enable_restart_persistency", 1)
route {{
    cache_add("local", "requests", 1, 0, $var(count));
    sl_send_reply(200, "$var(count)");
}}
"#,
        file.display()
    );
    let mut server = Server::start("cache-1", &routes, &[]);
    for count in 1..3 {
        assert!(server.options("add").starts_with(&format!("SIP/2.0 200 {count}")));
    }
    server.signal("TERM");
    assert!(server.wait().success());
    let server = Server::start("cache-2", &routes, &[]);
    assert!(server.options("add").starts_with("SIP/2.0 200 3"));
    let _ = std::fs::remove_file(&file);
}
