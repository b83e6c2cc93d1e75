//! Sockets that change hands while datagrams come: each is taken once, and those of a flow in their order.

use std::collections::HashMap;
use std::net::UdpSocket;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use tokio::task::LocalSet;

use super::*;
use crate::udp;

const WORKERS: usize = 3;
const FLOWS: usize = 12;

/// What came, from all workers: who took it, from where, and its number.
type Taken = Rc<RefCell<Vec<(usize, SocketAddr, u32)>>>;

struct Note {
    number: usize,
    taken: Taken,
    more: Rc<Notify>,
}

impl Handle for Note {
    fn begin(&self) {}

    fn take(&self, _: SocketId, source: SocketAddr, bytes: Bytes) {
        let number = u32::from_be_bytes(bytes[..].try_into().expect("four bytes"));
        self.taken.borrow_mut().push((self.number, source, number));
    }

    fn end(&self) {
        self.more.notify_one();
    }

    fn has_left(&self) -> bool {
        true
    }

    fn failed(&self, _: SocketId, error: &io::Error) {
        panic!("{error}");
    }
}

/// Workers of a process, on one thread; senders; what they have sent.
struct Site {
    workers: Vec<Rc<Inlets>>,
    taken: Taken,
    more: Rc<Notify>,
    flows: Vec<UdpSocket>,
    sent: u32,
}

impl Site {
    async fn start() -> Site {
        let bound = udp::bind(([127, 0, 0, 1], 0).into(), 1, udp::How::default()).expect("a free port");
        let at = bound[0].local_addr().expect("bound");
        let shared = udp::How { shared: true, ..udp::How::default() };
        let rest = udp::bind(at, WORKERS - 1, shared).expect("it is shared");
        let sockets = bound.into_iter().chain(rest).map(|s| vec![(SocketId(0), Arc::new(s))]).collect();
        let (shares, orders) = Shares::new(sockets);
        let (taken, more) = (Taken::default(), Rc::new(Notify::new()));
        let worker = |number| {
            let note = Note { number, taken: taken.clone(), more: more.clone() };
            Inlets::new(number, shares.clone(), Box::new(note))
        };
        let workers: Vec<Rc<Inlets>> = (0..WORKERS).map(worker).collect();
        workers[WORKERS - 1].begin(true);
        for (worker, orders) in workers.iter().zip(orders) {
            tokio::task::spawn_local(attend(worker.clone(), orders));
        }
        let flow = |_| {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            socket.connect(at).expect("an address");
            socket
        };
        Site { workers, taken, more, flows: (0..FLOWS).map(flow).collect(), sent: 0 }
    }

    /// One datagram of each flow.
    fn send(&mut self) {
        for flow in &self.flows {
            flow.send(&self.sent.to_be_bytes()).expect("sent");
        }
        self.sent += 1;
    }

    /// Waits until all that was sent has been taken.
    async fn settle(&self) {
        while self.taken.borrow().len() < self.sent as usize * FLOWS {
            self.more.notified().await;
        }
    }

    /// Which workers took the last round.
    async fn takers(&mut self) -> Vec<usize> {
        self.settle().await;
        let before = self.taken.borrow().len();
        self.send();
        self.settle().await;
        let mut takers: Vec<usize> =
            self.taken.borrow()[before..].iter().map(|(worker, ..)| *worker).collect();
        takers.sort_unstable();
        takers.dedup();
        takers
    }

    fn check(&self) {
        let mut flows: HashMap<SocketAddr, Vec<u32>> = HashMap::new();
        for (_, source, number) in &*self.taken.borrow() {
            flows.entry(*source).or_default().push(*number);
        }
        assert_eq!(flows.len(), FLOWS);
        let all: Vec<u32> = (0..self.sent).collect();
        flows.iter().for_each(|(source, numbers)| assert_eq!(*numbers, all, "{source}"));
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, test);
}

#[test]
fn shares_go_home_and_come_back() {
    run(async {
        let mut site = Site::start().await;
        let gatherer = site.workers[WORKERS - 1].clone();
        assert_eq!(site.takers().await, [WORKERS - 1]);
        for share in 0..WORKERS - 1 {
            gatherer.release(share).await;
        }
        // a flow whose socket nobody reads yet waits in it
        let takers = site.takers().await;
        assert!(takers.len() > 1, "twelve flows of a process land on one socket of three: {takers:?}");
        for share in 0..WORKERS - 1 {
            gatherer.fetch(share);
        }
        while gatherer.served.borrow().len() < WORKERS {
            tokio::task::yield_now().await;
        }
        assert_eq!(site.takers().await, [WORKERS - 1]);
        site.check();
    });
}

#[test]
fn nothing_is_lost_doubled_or_disordered_while_sockets_change_hands() {
    run(async {
        let mut site = Site::start().await;
        let gatherer = site.workers[WORKERS - 1].clone();
        for round in 0..600 {
            site.send();
            match round % 7 {
                0 => gatherer.release(round % 2).await,
                2 => gatherer.fetch(round % 2),
                // asked for, and no longer wanted before it has come
                4 => {
                    gatherer.release(1).await;
                    gatherer.fetch(1);
                    gatherer.release(1).await;
                }
                _ => tokio::task::yield_now().await,
            }
            if round % 50 == 0 {
                site.settle().await;
            }
        }
        site.settle().await;
        site.check();
    });
}

#[test]
fn half_of_what_a_socket_keeps_is_a_crowd() {
    run(async {
        let site = Site::start().await;
        let gatherer = site.workers[WORKERS - 1].clone();
        let crowd = udp::crowd(&gatherer.shares.sockets(0)[0].1).expect("the system tells");
        // a reader makes room for more and more, until it takes whole batches
        let all = u32::try_from((crowd + 1) * BATCH).expect("a number");
        let flow = &site.flows[0];
        for number in 0..all {
            flow.send(&number.to_be_bytes()).expect("sent");
        }
        gatherer.crowded.notified().await;
    });
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a worker was told and asked.
#[derive(Debug, Default)]
struct Told {
    failures: Cell<usize>,
    taken: Notify,
    /// How often it was asked whether all has left; `full` times it has not.
    asked: Cell<usize>,
    full: usize,
}

impl Handle for Rc<Told> {
    fn begin(&self) {}

    fn take(&self, _: SocketId, _: SocketAddr, _: Bytes) {
        self.taken.notify_one();
    }

    fn end(&self) {}

    fn has_left(&self) -> bool {
        self.asked.replace(self.asked.get() + 1) >= self.full
    }

    fn failed(&self, _: SocketId, _: &io::Error) {
        self.failures.set(self.failures.get() + 1);
    }
}

/// A socket on which receiving fails as long as it lives, though it is readable: it listens for connections.
fn broken() -> (UdpSocket, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("an option of the system");
    let waits = std::net::TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    (UdpSocket::from(std::os::fd::OwnedFd::from(listener)), waits)
}

#[test]
fn an_error_that_lasts_is_told_and_leaves_the_worker_to_others() {
    run(async {
        let (socket, _waits) = broken();
        let (shares, _orders) = Shares::new(vec![vec![(SocketId(0), Arc::new(socket))]]);
        let told = Rc::new(Told::default());
        let inlets = Inlets::new(0, shares.clone(), Box::new(told.clone()));
        let reader = Reader::new(shares.sockets(0)[0].1.clone()).expect("it can be watched");
        reader.readable().await.expect("a connection waits");
        assert!(reader.receive(&inlets.room, |_, _| ()).is_err(), "it is no socket for datagrams");
        let inlet = Rc::new(Inlet { share: 0, id: SocketId(0), reader, whole: Cell::new(0) });
        let mut receiving = pin!(receive(inlets, inlet));
        let wakes = Arc::new(Wakes::default());
        let waker = Waker::from(wakes.clone());
        for _ in 0..1_000 {
            let step = receiving.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(step.is_pending(), "it goes on when the error is over");
            // the others
            tokio::task::yield_now().await;
        }
        let wakes = wakes.0.load(Ordering::Relaxed);
        assert!(wakes < 100, "it wants the worker again and again: {wakes}");
        assert!((1..=1_000 / TOLD_EVERY as usize).contains(&told.failures.get()), "{told:?}");
    });
}

#[test]
fn a_socket_that_is_not_watched_keeps_no_other_waiting() {
    run(async {
        let file = std::fs::File::open("/dev/null").expect("every system has it");
        let unwatched = UdpSocket::from(std::os::fd::OwnedFd::from(file));
        let good = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        good.set_nonblocking(true).expect("an option of the system");
        good.send_to(b"x", good.local_addr().expect("bound")).expect("sent");
        let share = |socket| vec![(SocketId(0), Arc::new(socket))];
        let (shares, _orders) = Shares::new(vec![share(unwatched), share(good)]);
        let told = Rc::new(Told::default());
        Inlets::new(1, shares, Box::new(told.clone())).begin(true);
        told.taken.notified().await;
        assert_eq!(told.failures.get(), 1);
    });
}

#[test]
fn a_share_changes_hands_when_what_was_to_be_sent_has_left() {
    run(async {
        let (shares, mut orders) = Shares::new(vec![Vec::new(), Vec::new()]);
        for (full, asked) in [(3, 4), (usize::MAX, LOOKS_MAX)] {
            let told = Rc::new(Told { full, ..Told::default() });
            let inlets = Inlets::new(1, shares.clone(), Box::new(told.clone()));
            inlets.begin(true);
            inlets.release(0).await;
            assert_eq!(told.asked.get(), asked);
            assert_eq!(orders[0].recv().await, Some(Order::Serve(0)));
        }
    });
}
