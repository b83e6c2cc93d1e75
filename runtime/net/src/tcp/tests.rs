//! Connections whose layers have a fault.

use std::time::Instant;

use sipc_engine::streams::{Connections, Output, Protocol};
use sipc_engine::testing::worker;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::LocalSet;

use super::*;

struct Faulty;

impl Protocol for Faulty {
    fn open(&self, _: &Opening) -> Result<Box<dyn Layer>, String> {
        Ok(Box::new(Faulty))
    }
}

impl Layer for Faulty {
    fn receive(&mut self, _: &[u8], _: &mut Output) -> Result<(), String> {
        panic!("on purpose");
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn send(&mut self, _: &[u8], _: &mut Vec<u8>) -> Result<(), String> {
        panic!("on purpose");
    }
}

#[test]
fn a_fault_ends_its_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let worker = worker();
        let driver = Rc::new(Driver::new(Rc::new([]), Instant::now()));
        driver.attach(&worker);
        let ip = IpAddr::from([127, 0, 0, 1]);
        let socket = SocketId(0);
        let local = Local { socket, ip, tos: None, reads_proxy_header: false, sends_proxy_header: false };
        let protocols = Protocols { websocket: Some(Arc::new(Faulty)), ..Protocols::default() };
        let pool = Arc::new(Pool::new(Settings::default(), 1));
        let tcp = Tcp::new(pool.clone(), driver, protocols, vec![local]);
        let other = TcpListener::bind((ip, 0)).await.expect("a free port");
        let to = Destination::new(Transport::Ws, other.local_addr().expect("bound"));
        for faults in 1..=3 {
            assert_eq!(tcp.send(socket, &to, Bytes::from_static(b"x")), Ok(()));
            assert_eq!(pool.list().len(), 1);
            while !pool.list().is_empty() {
                tokio::task::yield_now().await;
            }
            assert_eq!(worker.shared.core_statistics.faults.get(), faults);
        }
    });
}

#[test]
fn a_fault_in_a_proxy_header_ends_its_connection() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let worker = worker();
        let driver = Rc::new(Driver::new(Rc::new([]), Instant::now()));
        driver.attach(&worker);
        let ip = IpAddr::from([127, 0, 0, 1]);
        let socket = SocketId(0);
        let local = Local { socket, ip, tos: None, reads_proxy_header: true, sends_proxy_header: false };
        let pool = Arc::new(Pool::new(Settings { connections_max: 1, ..Settings::default() }, 1));
        let tcp = Tcp::new(pool.clone(), driver, Protocols::default(), vec![local]);
        let listener = TcpListener::bind((ip, 0)).await.expect("a free port");
        let here = listener.local_addr().expect("bound");
        let accepting = tokio::task::spawn_local(tcp.accept(socket, Transport::Tcp, listener));
        for (faults, faulty) in [(1, true), (2, true), (2, false)] {
            proxy_header::FAULTY.set(faulty);
            let mut stream = TcpStream::connect(here).await.expect("it listens");
            stream.write_all(b"PROXY nonsense\r\n").await.expect("it is open");
            // the one connection that there is room for is taken each time, and given back
            let read = stream.read(&mut [0; 16]).await;
            assert!(matches!(read, Ok(0) | Err(_)), "it is closed");
            while !pool.list().is_empty() {
                tokio::task::yield_now().await;
            }
            assert_eq!(worker.shared.core_statistics.faults.get(), faults);
        }
        accepting.abort();
    });
}
