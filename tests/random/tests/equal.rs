//! Each random script, compiled and interpreted: the same replies, log lines and changes.

use std::rc::Rc;

use sipc_compiler::driver::check_file;
use sipc_compiler::source::Memory;
use sipc_interpreter::{Interpreter, configuration, modules};
use sipc_random_scripts::{all, generate};
use sipc_test_support::{Subject, flow, play};

#[test]
fn compiled_and_interpreted_random_scripts_do_the_same() {
    let mut lines = 0;
    for (seed, compiled) in all() {
        let text = generate::script(seed);
        let (one, other) = (transcript(compiled), transcript(interpreted(&text)));
        lines += one.lines().count();
        if one == other {
            continue;
        }
        let at = one.lines().zip(other.lines()).take_while(|(a, b)| a == b).count();
        let tail = |t: &str| t.lines().skip(at.saturating_sub(6)).take(12).collect::<Vec<_>>().join("\n");
        panic!("seed {seed}, line {at}:\ncompiled:\n{}\ninterpreted:\n{}", tail(&one), tail(&other));
    }
    assert!(lines > 1_000, "{lines} lines of transcript only: the scripts do next to nothing");
}

fn interpreted(text: &str) -> Subject {
    let checked = check_file(&Memory::of(generate::FILE, text), generate::FILE);
    let program = Interpreter::new(&checked.program).expect("the script is good");
    Subject {
        configuration: configuration(&checked.program),
        modules: modules::linked(),
        program: Rc::new(program),
    }
}

/// Two requests for every route: the second finds the variables as the first left them.
fn transcript(subject: Subject) -> String {
    let mut text = String::new();
    for round in 0..2 {
        for number in 0..generate::ROUTES {
            let method = ["MESSAGE", "OPTIONS"][round];
            text += &format!(
                "alice > {method} sip:s{number}@%proxy\n  X-A: one\n  +X-A: 2,b\n  X-B: <sip:b@x>;y=1\n"
            );
        }
    }
    let site = play::start(subject, &text).expect("the site starts");
    let proxies = play::proxies(&site);
    let steps = flow::parse(&text, &|line| play::expand(line, &proxies)).expect("the flow is good");
    play::play(site, &steps).expect("the flow can be played")
}
