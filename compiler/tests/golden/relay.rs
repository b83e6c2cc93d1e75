// Made from tests/golden/relay.cfg by sipc. Changes are lost.

use std::net::IpAddr;
use std::sync::LazyLock;
use sipc_engine::Context;
use sipc_engine::Text;
use sipc_engine::Value;
use sipc_engine::address::Network;
use sipc_engine::arguments;
use sipc_engine::core_functions;
use sipc_engine::expr;
use sipc_engine::expr::Compare;
use sipc_engine::entrance::Entrances;
use sipc_engine::expr::Sum;
use sipc_engine::flow;
use sipc_engine::flow::Flow;
use sipc_engine::flow::end_action;
use sipc_engine::format::Formatter;
use sipc_engine::place::Assign;
use sipc_engine::place::Place;
use sipc_engine::script::Program;
use sipc_engine::script::RouteIndex;
use sipc_engine::script::RouteInfo;
use sipc_engine::script::RouteRef;
use sipc_engine::script::Run;
use sipc_engine::setup::Configuration;
use sipc_engine::setup::Linked;
use sipc_engine::setup::Setting;
use sipc_engine::setup::SocketSpec;
use sipc_engine::statements;
use sipc_engine::texts::Piece;
use sipc_engine::variables;
use sipc_engine::xlog;
use sipc_interface::RouteKind;
use sipc_engine::flow::Done;
use sipc_engine::flow::Decide;
use sipc_mod_proto_udp as proto_udp;
use sipc_mod_sl as sl;
use sipc_mod_signaling as signaling;
use sipc_mod_tm as tm;
use sipc_mod_rr as rr;
use sipc_mod_maxfwd as maxfwd;

/// What the script sets outside its routes.
pub fn configuration() -> Configuration {
    Configuration {
        globals: Vec::new(),
        sockets: Vec::from([
            SocketSpec {
                transport: "udp".to_owned(),
                host: "127.0.0.1".to_owned(),
                ports: Vec::from([5060]),
                ..SocketSpec::default()
            },
        ]),
        aliases: Vec::new(),
        blacklists: Vec::new(),
        bonds: Vec::new(),
        modules: ["proto_udp", "sl", "signaling", "tm", "rr", "maxfwd"]
            .map(str::to_owned)
            .into(),
        modparams: Vec::from([
            ("rr".to_owned(), "append_fromtag".to_owned(), Setting::Int(0)),
        ]),
        script_vars: Vec::new(),
        avp_names: Vec::new(),
        message_flags: ["OUTSIDE"].map(str::to_owned).into(),
        branch_flags: Vec::new(),
        dialog_flags: Vec::new(),
        request_routes: ["relay"].map(str::to_owned).into(),
        reply_routes: Vec::new(),
        event_routes: Vec::new(),
        events: Vec::new(),
        send_sockets: Vec::new(),
        told: Vec::new(),
        forwards: false,
        file: "tests/golden/relay.cfg".to_owned(),
    }
}

/// The modules that the script loads, in order.
pub static LINKED: &[Linked] = &[
    proto_udp::LINKED,
    sl::LINKED,
    signaling::LINKED,
    tm::LINKED,
    rr::LINKED,
    maxfwd::LINKED,
];

/// The routes of the script.
#[derive(Debug, Clone, Copy)]
pub struct Script;

impl Program for Script {
    fn routes(&self, kind: RouteKind) -> &[RouteInfo] {
        match kind {
            RouteKind::Request => {
                &[
                    RouteInfo {
                        kind: RouteKind::Request,
                        name: "",
                        interval: 0,
                    },
                    RouteInfo {
                        kind: RouteKind::Request,
                        name: "relay",
                        interval: 0,
                    },
                ]
            }
            RouteKind::Failure => {
                &[
                    RouteInfo {
                        kind: RouteKind::Failure,
                        name: "missed",
                        interval: 0,
                    },
                ]
            }
            RouteKind::Reply => {
                &[
                    RouteInfo {
                        kind: RouteKind::Reply,
                        name: "",
                        interval: 0,
                    },
                ]
            }
            _ => &[],
        }
    }
    fn start<'a>(
        &'a self,
        kind: RouteKind,
        index: RouteIndex,
        cx: &'a mut Context,
    ) -> Run<'a> {
        match (kind, index) {
            (RouteKind::Request, 0) => Run::Waits(Box::pin(main_route(cx))),
            (RouteKind::Request, 1) => Run::Waits(Box::pin(route_relay(cx))),
            (RouteKind::Failure, 0) => Run::Waits(Box::pin(failure_route_missed(cx))),
            (RouteKind::Reply, 0) => Run::Done(onreply_route(cx)),
            _ => Run::Done(Flow::Continue(1)),
        }
    }
    fn entrances(&self) -> Entrances {
        Entrances::new(
            Some(main_route),
            Some(async |cx: &mut Context| onreply_route(cx)),
        )
    }
}

static PLACE: Place = Place::PLAIN;

static NET_10_0_0_0_255_0_0_0: LazyLock<Network> = LazyLock::new(|| Network::new(
    IpAddr::from([10, 0, 0, 0]),
    IpAddr::from([255, 0, 0, 0]),
));

/// `^[0-9]+$`
fn matches_0_9(text: &[u8]) -> bool {
    let mut rest = text.iter();
    match rest.next() {
        Some(b'0'..=b'9') => {}
        _ => return false,
    }
    loop {
        match rest.next() {
            None | Some(0) => return true,
            Some(b'0'..=b'9') => {}
            _ => return false,
        }
    }
}

/// tests/golden/relay.cfg:11  route
pub async fn main_route(cx: &mut Context) -> Flow {
    cx.at(12);
    let condition = flow::not({
        let value = maxfwd::mf_process_maxfwd_header(cx, 10);
        flow::call_condition(cx, value)
    });
    if condition.decide(cx)? {
        cx.rc = {
            cx.at(13);
            signaling::send_reply(cx, 483, Text::from_static(b"Too Many Hops"))
                .done(cx)?;
            cx.at(14);
            let _ = cx.exit();
            end_action(cx, 0)?
        };
    } else {
        cx.rc = condition;
    }
    cx.at(16);
    let flow: Flow = 'if_16_1: {
        let condition = {
            let value = rr::loose_route(cx);
            flow::call_condition(cx, value)
        };
        if condition.decide(cx)? {
            cx.rc = {
                cx.at(17);
                match cx.enter_constant("relay", &[]) {
                    Ok(()) => {
                        let flow = route_relay(cx).await;
                        let value = cx.leave_route(flow);
                        end_action(cx, value)?;
                    }
                    Err(value) => {
                        statements::refused_route(cx, value)?;
                    }
                }
                cx.at(18);
                let _ = cx.exit();
                end_action(cx, 0)?
            };
            break 'if_16_1 Flow::Continue(cx.rc);
        }
        cx.at(19);
        let condition = {
            let left = {
                let result = {
                    let left = &variables::rm(cx, &PLACE);
                    expr::with_text(Compare::Equal, left, b"CANCEL")
                };
                expr::reported(cx, Compare::Equal, result)
            };
            if left == 1 {
                let value = tm::t_check_trans(cx);
                flow::call_condition(cx, value)
            } else {
                left
            }
        };
        if condition.decide(cx)? {
            cx.rc = {
                cx.at(20);
                tm::t_relay(cx, None, None).await.done(cx)?;
                cx.at(21);
                let _ = cx.exit();
                end_action(cx, 0)?
            };
            break 'if_16_1 Flow::Continue(cx.rc);
        }
        cx.at(22);
        let condition = {
            let left = {
                let left = variables::si(cx, &PLACE);
                expr::compare_network(
                    cx,
                    Compare::NotEqual,
                    &left,
                    &NET_10_0_0_0_255_0_0_0,
                )
            };
            if left == 0 {
                expr::text_with_pattern(
                    Compare::Match,
                    variables::ruri_user_piece(cx).map(Piece::text),
                    matches_0_9,
                )
            } else {
                left
            }
        };
        if condition.truth(cx) {
            cx.rc = {
                cx.at(23);
                core_functions::setflag(cx, 0).done(cx)?
            };
            break 'if_16_1 Flow::Continue(cx.rc);
        }
        cx.rc = 1;
        Flow::Continue(1)
    };
    flow?;
    cx.at(25);
    let condition = i32::from(variables::ruri_user_piece(cx).map(Piece::text).is_none());
    if condition.truth(cx) {
        cx.rc = {
            cx.at(26);
            let value = 'call_26_2: {
                let given = {
                    let mut text = Formatter::new(cx);
                    text.literal(b"No user in ");
                    text.piece(variables::ru_piece(cx));
                    text.finish(cx)
                };
                let Some(argument_2) = given else { break 'call_26_2 arguments::FAILED };
                signaling::send_reply(cx, 484, argument_2)
            };
            value.done(cx)?;
            cx.at(27);
            let _ = cx.exit();
            end_action(cx, 0)?
        };
    } else {
        cx.rc = condition;
    }
    cx.at(29);
    rr::record_route(cx, None).done(cx)?;
    cx.at(30);
    let params = [
        statements::passed(Value::from(variables::ru_piece(cx))),
        statements::passed_number(5),
    ];
    match cx.enter_route("relay", params) {
        Ok(()) => {
            let flow = route_relay(cx).await;
            let value = cx.leave_route(flow);
            end_action(cx, value)
        }
        Err(value) => statements::refused_route(cx, value),
    }
}

/// tests/golden/relay.cfg:33  route[relay]
pub async fn route_relay(cx: &mut Context) -> Flow {
    cx.at(34);
    tm::t_on_failure(cx, RouteRef(0)).done(cx)?;
    cx.at(35);
    let condition = flow::not({
        let value = tm::t_relay(cx, None, None).await;
        flow::call_condition(cx, value)
    });
    if condition.decide(cx)? {
        cx.rc = {
            cx.at(36);
            sl::sl_reply_error(cx).done(cx)?
        };
        Flow::Continue(cx.rc)
    } else {
        cx.rc = condition;
        Flow::Continue(1)
    }
}

/// tests/golden/relay.cfg:40  failure_route[missed]
pub async fn failure_route_missed(cx: &mut Context) -> Flow {
    cx.at(41);
    let condition = {
        let value = tm::t_was_cancelled(cx);
        flow::call_condition(cx, value)
    };
    if condition.decide(cx)? {
        cx.rc = {
            cx.at(42);
            let _ = cx.exit();
            end_action(cx, 0)?
        };
    } else {
        cx.rc = condition;
    }
    cx.at(44);
    let value = {
        let mut sum = Sum::of(b"sip:", 46);
        {
            let left = &Value::from(variables::ruri_user_piece(cx));
            sum.value(cx, left)
        };
        sum.literal(b"@voicemail.example.org");
        sum.finish()
    };
    cx.rc = expr::assign(cx, variables::set_ru, &PLACE, Assign::Set, value);
    cx.at(45);
    tm::t_relay(cx, None, None).await.done(cx)
}

/// tests/golden/relay.cfg:48  onreply_route
pub fn onreply_route(cx: &mut Context) -> Flow {
    cx.at(49);
    xlog::xlog(
            cx,
            3,
            |cx, text| {
                {
                    let left = &variables::rs(cx, &PLACE);
                    text.value(left)
                };
                text.literal(b" ");
                {
                    let left = &variables::rr(cx, &PLACE);
                    text.value(left)
                };
                text.literal(b" for ");
                text.piece(variables::ci_piece(cx));
                text.literal(b"\n");
            },
        )
        .done(cx)
}
