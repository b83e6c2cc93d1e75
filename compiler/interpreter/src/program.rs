//! The routes of one script, as the runtime starts them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sipc_compiler::ir;
use sipc_engine::script::{Program, RouteIndex, RouteInfo, Run};
use sipc_engine::{Context, Flow};
use sipc_interface::RouteKind;

use crate::code::RouteCode;
use crate::coverage::Coverage;
use crate::lower::{self, Routes, Unlinked};
use crate::machine::{self, Machine};

/// An executor of one script. Cloning is cheap: the code is shared.
#[derive(Clone)]
pub struct Interpreter {
    routes: Arc<BTreeMap<RouteKind, Routes>>,
    coverage: Option<Arc<Coverage>>,
}

impl Interpreter {
    /// Prepares a checked script.
    ///
    /// # Errors
    /// What the script uses and this build has not linked.
    pub fn new(program: &ir::Program) -> Result<Interpreter, Vec<Unlinked>> {
        Ok(Interpreter { routes: Arc::new(lower::program(program, None)?), coverage: None })
    }

    /// The same, counting the statements that run.
    ///
    /// # Errors
    /// What the script uses and this build has not linked.
    pub fn covering(program: &ir::Program) -> Result<(Interpreter, Arc<Coverage>), Vec<Unlinked>> {
        let mut spans = Vec::new();
        let routes = Arc::new(lower::program(program, Some(&mut spans))?);
        let coverage = Arc::new(Coverage::of(spans));
        Ok((Interpreter { routes, coverage: Some(coverage.clone()) }, coverage))
    }

    pub(crate) fn covered(&self, number: u32) {
        if let Some(coverage) = &self.coverage {
            coverage.hit(number);
        }
    }

    pub(crate) fn code(&self, kind: RouteKind, index: RouteIndex) -> Option<&RouteCode> {
        self.routes.get(&kind)?.codes.get(usize::from(index))
    }
}

impl Program for Interpreter {
    fn routes(&self, kind: RouteKind) -> &[RouteInfo] {
        self.routes.get(&kind).map_or(&[], |routes| &routes.infos)
    }

    fn start<'a>(&'a self, kind: RouteKind, index: RouteIndex, cx: &'a mut Context) -> Run<'a> {
        // The runtime counts the routes that it asked for.
        let Some(route) = self.code(kind, index) else { return Run::Done(Flow::Continue(1)) };
        let mut machine = Machine::new(self, route);
        if route.waits {
            return Run::Waits(Box::pin(machine::run(machine, cx)));
        }
        Run::Done(machine.run_without_waiting(cx))
    }
}
