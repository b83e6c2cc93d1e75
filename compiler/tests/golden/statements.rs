// Made from tests/golden/statements.cfg by sipc. Changes are lost.

use std::sync::LazyLock;
use sipc_engine::Context;
use sipc_engine::Text;
use sipc_engine::Value;
use sipc_engine::arguments;
use sipc_engine::core_functions;
use sipc_engine::direct;
use sipc_engine::expr;
use sipc_engine::expr::Compare;
use sipc_engine::expr::Op;
use sipc_engine::entrance::Entrances;
use sipc_engine::entrance::NO_ROUTE;
use sipc_engine::flow;
use sipc_engine::flow::BREAK_VALUE;
use sipc_engine::flow::Flow;
use sipc_engine::flow::end_action;
use sipc_engine::format::Formatter;
use sipc_engine::place;
use sipc_engine::place::Assign;
use sipc_engine::place::Index;
use sipc_engine::place::IndexRef;
use sipc_engine::place::Inner;
use sipc_engine::place::InnerRef;
use sipc_engine::place::Place;
use sipc_engine::place::VarRef;
use sipc_engine::script::Program;
use sipc_engine::script::RouteIndex;
use sipc_engine::script::RouteInfo;
use sipc_engine::script::Run;
use sipc_engine::setup::Configuration;
use sipc_engine::setup::Linked;
use sipc_engine::setup::Setting;
use sipc_engine::statements;
use sipc_engine::transformations;
use sipc_engine::variables;
use sipc_engine::xlog;
use sipc_interface::RouteKind;
use sipc_engine::flow::Done;
use sipc_engine::flow::Decide;

/// What the script sets outside its routes.
pub fn configuration() -> Configuration {
    Configuration {
        globals: Vec::from([("max_while_loops".to_owned(), Setting::Int(50))]),
        sockets: Vec::new(),
        aliases: Vec::new(),
        blacklists: Vec::new(),
        bonds: Vec::new(),
        modules: Vec::new(),
        modparams: Vec::new(),
        script_vars: ["n", "i", "y", "z", "name"].map(str::to_owned).into(),
        avp_names: ["list"].map(str::to_owned).into(),
        message_flags: ["ONE"].map(str::to_owned).into(),
        branch_flags: Vec::new(),
        dialog_flags: Vec::new(),
        request_routes: ["ra"].map(str::to_owned).into(),
        reply_routes: Vec::new(),
        event_routes: Vec::new(),
        events: Vec::new(),
        send_sockets: Vec::new(),
        told: Vec::new(),
        forwards: false,
        file: "tests/golden/statements.cfg".to_owned(),
    }
}

/// The modules that the script loads, in order.
pub static LINKED: &[Linked] = &[];

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
                        name: "ra",
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
            (RouteKind::Request, 0) => Run::Done(main_route(cx)),
            (RouteKind::Request, 1) => Run::Done(route_ra(cx)),
            _ => Run::Done(Flow::Continue(1)),
        }
    }
    fn entrances(&self) -> Entrances {
        Entrances::new(Some(async |cx: &mut Context| main_route(cx)), NO_ROUTE)
    }
}

static PLACE_0: Place = Place {
    inner: Inner::Number(0),
    index: Index::None,
};

static PLACE_0_2: Place = Place {
    inner: Inner::Number(0),
    index: Index::Word(Text::from_static(b"append")),
};

static VAR_VAR_I: LazyLock<VarRef> = LazyLock::new(|| VarRef {
    inner: InnerRef::Constant(Inner::Number(1)),
    ..VarRef::plain(variables::var, Some(variables::set_var))
});

static VAR_AVP_LIST: LazyLock<VarRef> = LazyLock::new(|| VarRef {
    inner: InnerRef::Constant(Inner::Number(0)),
    index: IndexRef::Constant(Index::All),
    ..VarRef::plain(variables::avp, Some(variables::set_avp))
});

static PLACE: Place = Place::PLAIN;

static PLACE_X: Place = Place {
    inner: Inner::Name(Text::from_static(b"X")),
    index: Index::At(-1),
};

static VAR_HDR_VAR_NAME: LazyLock<VarRef> = LazyLock::new(|| VarRef {
    inner: InnerRef::Variable(
        Box::new(VarRef {
            inner: InnerRef::Constant(Inner::Number(4)),
            ..VarRef::plain(variables::var, Some(variables::set_var))
        }),
    ),
    ..VarRef::plain(variables::hdr, None)
});

/// A `route` by its index.
fn route_by_index(cx: &mut Context, index: RouteIndex) -> Flow {
    match index {
        1 => route_ra(cx),
        _ => statements::unknown_route(cx),
    }
}

/// tests/golden/statements.cfg:3  route
pub fn main_route(cx: &mut Context) -> Flow {
    cx.at(4);
    let value = Value::Int(9);
    cx.rc = direct::set_var(cx, 0, value);
    cx.at(5);
    let value = {
        let value = Value::from(variables::ru_piece(cx));
        place::transform(cx, value, transformations::s_len, &[])
    };
    cx.rc = expr::assign_op(
        cx,
        variables::var,
        variables::set_var,
        &PLACE_0,
        Op::Add,
        value,
    );
    cx.at(6);
    let value = Value::from(variables::ruri_user_piece(cx));
    cx.rc = expr::assign(cx, variables::set_avp, &PLACE_0, Assign::Replace, value);
    cx.at(7);
    let value = Value::literal(b"xy");
    cx.rc = expr::assign(cx, variables::set_avp, &PLACE_0_2, Assign::Set, value);
    cx.at(8);
    cx.rc = direct::clear_avp(cx, 0);
    cx.at(9);
    let mut passes = 0;
    let mut last = BREAK_VALUE;
    let value = 'while_9_1: loop {
        if !statements::begin_pass(cx, &mut passes) {
            break last;
        }
        cx.at(9);
        let condition = {
            let result = direct::var(
                cx,
                0,
                |left| expr::with_number(Compare::Less, left, 10),
            );
            expr::reported(cx, Compare::Less, result)
        };
        if !condition.decide(cx)? {
            break 1;
        }
        last = {
            cx.at(10);
            let value = Value::BareInt(1);
            cx.rc = expr::assign_op(
                cx,
                variables::var,
                variables::set_var,
                &PLACE_0,
                Op::Add,
                value,
            );
            cx.at(11);
            let condition = {
                let result = direct::var(
                    cx,
                    0,
                    |left| expr::with_number(Compare::Equal, left, 7),
                );
                expr::reported(cx, Compare::Equal, result)
            };
            if condition.truth(cx) {
                cx.at(11);
                cx.rc = BREAK_VALUE;
                break 'while_9_1 BREAK_VALUE;
            } else {
                cx.rc = condition;
            }
            cx.at(12);
            let level = xlog::default_level(cx);
            xlog::xlog(
                    cx,
                    level,
                    |cx, text| {
                        text.literal(b"n=");
                        direct::var(cx, 0, |left| text.value(left));
                        text.literal(b"\n");
                    },
                )
                .done(cx)?
        };
    };
    value.done(cx)?;
    cx.at(14);
    let mut last = 1;
    let mut item = 0;
    let value = 'each_14_2: loop {
        match statements::next_item(cx, &VAR_VAR_I, Assign::Set, &VAR_AVP_LIST, item) {
            Ok(()) => item += 1,
            Err(value) => break value.unwrap_or(last),
        }
        last = {
            cx.at(15);
            let condition = {
                let left = direct::var(cx, 0, Value::clone);
                let right = Value::BareInt(4);
                expr::binary_truth(cx, Op::And, &left, &right)
            };
            if condition.truth(cx) {
                cx.rc = {
                    cx.at(15);
                    let name = {
                        let mut text = Formatter::new(cx);
                        text.literal(b"r");
                        direct::var(cx, 1, |left| text.value(left));
                        text.finish(cx)
                    };
                    let index = statements::route_named(cx, name.as_deref());
                    match index {
                        Some(index) => {
                            let params = [];
                            let name = Script
                                .routes(RouteKind::Request)
                                .get(usize::from(index))
                                .map_or("", |r| r.name);
                            match cx.enter_route(name, params) {
                                Ok(()) => {
                                    let flow = route_by_index(cx, index);
                                    let value = cx.leave_route(flow);
                                    end_action(cx, value)?
                                }
                                Err(value) => statements::refused_route(cx, value)?,
                            }
                        }
                        None => statements::unknown_route(cx)?,
                    }
                };
                cx.rc
            } else {
                cx.at(15);
                cx.rc = BREAK_VALUE;
                break 'each_14_2 BREAK_VALUE;
            }
        };
    };
    value.done(cx)?;
    cx.at(17);
    let first = {
        let left = &variables::rm(cx, &PLACE);
        direct::text_of(
            left,
            |text| {
                if expr::label_is(text, b"INVITE") {
                    0
                } else if expr::label_is(text, b"ACK") {
                    1
                } else if expr::label_number(left, 5) {
                    2
                } else {
                    3
                }
            },
        )
    };
    cx.rc = 1;
    let value = 'switch_17_3: {
        if first <= 1 {
            cx.at(20);
            let value = Value::Int(1);
            cx.rc = direct::set_var(cx, 2, value);
            cx.at(21);
            cx.rc = BREAK_VALUE;
            break 'switch_17_3 BREAK_VALUE;
        }
        if first <= 2 {
            cx.at(23);
            let _ = cx.exit();
            end_action(cx, 0)?;
        }
        cx.at(25);
        let value = expr::call_result({
            let value = 'call_25_4: {
                let given = {
                    let mut text = Formatter::new(cx);
                    text.piece(variables::rd_piece(cx));
                    text.finish(cx)
                };
                let Some(argument_1) = given else { break 'call_25_4 arguments::FAILED };
                let given = {
                    let value = variables::rp(cx, &PLACE);
                    arguments::int(cx, 2, &value)
                };
                let Some(argument_2) = given else { break 'call_25_4 arguments::FAILED };
                core_functions::is_myself(cx, argument_1, Some(argument_2))
            };
            let _ = value.done(cx);
            value
        });
        direct::set_var(cx, 2, value).done(cx)?
    };
    value.done(cx)?;
    cx.at(27);
    let first = {
        let left = &variables::rm(cx, &PLACE);
        if expr::label_number(left, 1) { 0 } else { 1 }
    };
    cx.rc = 1;
    let value = {
        let mut value = 1;
        if first <= 0 {
            value = {
                cx.at(29);
                core_functions::setflag(cx, 0).done(cx)?
            };
        }
        value
    };
    value.done(cx)?;
    cx.at(31);
    let condition = {
        let flow: Flow = (|cx: &mut Context| -> Flow {
            cx.at(31);
            let value = Value::Int(5);
            cx.rc = direct::set_var(cx, 3, value);
            cx.at(31);
            core_functions::isflagset(cx, 0).done(cx)
        })(cx);
        match flow {
            Flow::Continue(value) | Flow::Break(value) => flow::condition(value),
        }
    };
    if condition.decide(cx)? {
        cx.rc = {
            cx.at(32);
            let _ = cx.drop_message();
            end_action(cx, BREAK_VALUE)?
        };
    } else {
        cx.rc = condition;
    }
    cx.at(34);
    if statements::asserts(cx) {
        let condition = {
            let result = direct::var(
                cx,
                0,
                |left| expr::with_number(Compare::Greater, left, 1),
            );
            expr::reported(cx, Compare::Greater, result)
        };
        statements::assertion(cx, condition, Some(b"n is too small"))?;
    } else {
        BREAK_VALUE.done(cx)?;
    }
    cx.at(35);
    let value = 'call_35_6: {
        let given = {
            let mut text = Formatter::new(cx);
            text.piece(variables::ru_piece(cx));
            text.literal(b";x=");
            {
                let left = &variables::hdr(cx, &PLACE_X);
                text.value(left)
            };
            text.finish(cx)
        };
        let Some(argument_1) = given else { break 'call_35_6 arguments::FAILED };
        core_functions::seturi(cx, argument_1)
    };
    value.done(cx)?;
    cx.at(36);
    let value = 'call_36_7: {
        let given = {
            let value = direct::var(cx, 0, Value::clone);
            arguments::int(cx, 1, &value)
        };
        let Some(argument_1) = given else { break 'call_36_7 arguments::FAILED };
        core_functions::strip(cx, argument_1)
    };
    value.done(cx)?;
    cx.at(37);
    xlog::xlog(
            cx,
            4,
            |cx, text| {
                {
                    let left = &VAR_HDR_VAR_NAME.read(cx);
                    text.value(left)
                };
                text.literal(b" $");
            },
        )
        .done(cx)?;
    cx.at(38);
    xlog::log(cx, 1, b"plain").done(cx)?;
    cx.at(39);
    let extras = Vec::from([
        statements::passed_text(b"extra"),
        statements::passed(direct::var(cx, 0, Value::clone)),
    ]);
    let _ = cx.return_with(1, extras);
    end_action(cx, 1)
}

/// tests/golden/statements.cfg:41  route[ra]
pub fn route_ra(cx: &mut Context) -> Flow {
    cx.at(42);
    match cx.enter_constant("ra", &[]) {
        Ok(()) => {
            let flow = route_ra(cx);
            let value = cx.leave_route(flow);
            end_action(cx, value)
        }
        Err(value) => statements::refused_route(cx, value),
    }
}
