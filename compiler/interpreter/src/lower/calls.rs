//! Calls of script functions.

use sipc_compiler::ir::{self, Call};
use sipc_engine::bindings;
use sipc_engine::regex::Regex;
use sipc_engine::script::RouteRef;
use sipc_interface::Kind;
use sipc_sip::Methods;

use super::{Lower, index, literal};
use crate::code::{Arg, Ready, Started, call_op};
use crate::modules;

impl Lower {
    pub(super) fn call(&mut self, call: &Call) {
        let (bound, args) = self.bound(call);
        self.ops.push(call_op(bound, args, self.stop));
    }

    pub(super) fn started(&mut self, call: &Call) -> Started {
        let (call, args) = self.bound(call);
        Started { call, args }
    }

    /// The function of a call, and its arguments.
    fn bound(&mut self, call: &Call) -> (bindings::Call, Box<[Arg]>) {
        let params = call.function.params.iter();
        let args = params.zip(&call.args).map(|(param, arg)| self.argument(param.kind, arg)).collect();
        let bound = modules::function(call.module, call.function);
        if bound.is_none() {
            let (name, module) = (call.function.name, call.module.name);
            self.missing(
                call.span,
                format!("{name}() of {module} is declared, but not linked into this program"),
            );
        }
        (bound.unwrap_or(bindings::Call::Plain(|_, _| -1)), args)
    }

    fn argument(&mut self, kind: Kind, arg: &ir::Arg) -> Arg {
        Arg::Ready(match arg {
            ir::Arg::Format(format) => return Arg::Format(self.format(format), kind),
            ir::Arg::Dynamic(v) => return Arg::Dynamic(self.variable(v), kind),
            ir::Arg::Omitted => Ready::Omitted,
            ir::Arg::Int(n) => Ready::Int(*n),
            ir::Arg::Text(text) => Ready::Text(literal(text)),
            ir::Arg::Variable(v) => Ready::Variable(self.variable(v)),
            ir::Arg::Regex(pattern) => Ready::Regex(Regex::parameter(pattern)),
            // The checker has read them before.
            ir::Arg::Methods(list) => Ready::Methods(Methods::parse(list).unwrap_or_default()),
            ir::Arg::Flag(bit) => Ready::Flag(*bit),
            ir::Arg::Route(route) => Ready::Route(RouteRef(index(*route))),
        })
    }
}
