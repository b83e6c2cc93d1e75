//! Pipes and the controller alone.

use sipc_engine::Text;

use super::load::{Controller, waiting_bytes};
use super::pipe::{Algorithm, Held, Pipe, Rules, Signals};
use super::pipes::Pipes;
use super::without_flags;

const RULES: Rules = Rules { interval: 10, limit_factor: 10, window_ms: 1000, slot_ms: 200 };

fn at(now_ms: u64) -> Signals {
    Signals { now_ms, drop_rate: 0 }
}

/// How many of 100 messages pass.
fn passing(pipe: &mut Pipe, limit: i32) -> usize {
    (0..100).filter(|_| pipe.check(limit, &RULES, &at(0))).count()
}

#[test]
fn limits_of_an_interval() {
    let mut pipe = Pipe::new(Algorithm::TailDrop, &RULES);
    assert_eq!(passing(&mut pipe, 3), 30);
    pipe.change(-1, &RULES, 0);
    assert_eq!(pipe.count, 99);
    pipe.tick(&RULES, 0);
    assert_eq!((pipe.count, pipe.last_count), (0, 99));
    pipe.change(-1, &RULES, 0);
    assert_eq!(passing(&mut pipe, 3), 30);
    assert_eq!(passing(&mut pipe, -1), 100);
    let mut pipe = Pipe::new(Algorithm::Red, &RULES);
    assert_eq!(passing(&mut pipe, 2), 100);
    pipe.tick(&RULES, 0);
    assert_eq!(passing(&mut pipe, 2), 20);
    let mut pipe = Pipe::new(Algorithm::Network, &RULES);
    assert_eq!(passing(&mut pipe, 20), 100);
    pipe.tick(&RULES, 21);
    assert_eq!(passing(&mut pipe, 20), 0);
    pipe.tick(&RULES, 20);
    assert_eq!(passing(&mut pipe, 20), 100);
}

#[test]
fn limits_of_a_window() {
    let mut pipe = Pipe::new(Algorithm::Window, &RULES);
    let mut check = |now| pipe.check(3, &RULES, &at(now));
    assert!(check(100) && check(150) && check(400));
    assert!(!check(900), "four within a second");
    assert!(check(1200), "those of the first slot are gone");
    assert!(!check(1250));
    assert!(check(2300), "longer than a window");
    assert_eq!(pipe.counted(&RULES, 2300), 1);
    let held = |pipe: &Pipe, now| pipe.window.as_ref().map(|w| w.held(&RULES, now));
    assert_eq!(held(&pipe, 2300), Some(Held::Slots(vec![0, 1, 2, 3, 4])));
    assert_eq!(held(&pipe, 3500), Some(Held::Slots(vec![3, 4, 0])));
    assert_eq!(held(&pipe, 4300), Some(Held::Expired));
    pipe.change(0, &RULES, 2300);
    assert_eq!((pipe.count, held(&pipe, 2300)), (0, Some(Held::Nothing)));
    pipe.change(-1, &RULES, 2300);
    assert_eq!(pipe.count, 0);
}

#[test]
fn the_load_is_kept_at_the_limit() {
    let mut controller = Controller::default();
    controller.limit = Some(50);
    controller.update(0.2);
    assert_eq!(controller.drop_rate, 0);
    controller.update(0.9);
    assert_eq!(controller.drop_rate, 10);
    controller.update(0.9);
    assert_eq!(controller.drop_rate, 20);
    controller.update(0.1);
    assert_eq!(controller.drop_rate, 10);
    let mut pipe = Pipe::new(Algorithm::Feedback, &RULES);
    let passed = (0..100).filter(|_| pipe.check(50, &RULES, &Signals { now_ms: 0, drop_rate: 10 })).count();
    assert_eq!(passed, 90);
}

#[test]
fn pipes_by_name() {
    let pipes = Pipes::new(4, 5);
    for name in ["b", "a"] {
        let name = Text::from_static(name.as_bytes());
        let checked = pipes.check(&name, 1, Algorithm::TailDrop, &RULES, &at(7000)).expect("room");
        assert!(checked.is_new && checked.passes);
    }
    assert_eq!(pipes.names(), ["a", "b"].map(|n| Text::from_static(n.as_bytes())));
    assert_eq!(pipes.count(b"a", &RULES, 0), Some(1));
    assert!(!pipes.change(b"c", 0, &RULES, 0));
    pipes.tick(&RULES, 0, 12);
    assert_eq!(pipes.names().len(), 2);
    pipes.tick(&RULES, 0, 13);
    assert_eq!(pipes.names().len(), 0);
    let flags = |name: &'static str| without_flags(&Text::from_static(name.as_bytes()));
    assert_eq!(flags("gw /rb"), (Text::from_static(b"gw"), true));
    for plain in ["gw", "gw/", "/r", "br", "", "gw/x", "gw/rx"] {
        assert_eq!(flags(plain), (Text::from_static(plain.as_bytes()), false), "{plain}");
    }
}

#[cfg(target_endian = "little")]
#[test]
fn bytes_that_wait() {
    let table = "sl local rem st tx:rx\n\
                 1: 0100007F:13C4 00000000:0000 07 00000001:00000010 00:0 0 0\n\
                 2: 00000000:13C4 00000000:0000 07 00000000:00000100 00:0 0 0\n\
                 3: 00000000000000000000000001000000:13C4 0:0 07 00000000:00000002 00:0 0 0\n\
                 broken\n";
    let ours = ["127.0.0.1:5060", "[::1]:5060"].map(|a| a.parse().expect("an address"));
    assert_eq!(waiting_bytes(table, &ours), 0x12);
}
