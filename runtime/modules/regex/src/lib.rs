//! `regex`: Perl-compatible regular expressions, and groups of them from a file.
//!
//! | File | What |
//! |---|---|
//! | `pattern` | one expression: compiling, matching bytes |
//! | `translate` | from PCRE's syntax to that of the library |
//! | `groups` | the file |
//!
//! Backtracking has a bound: an expression that reaches it does not match.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use parking_lot::RwLock;
use serde_json::{Value as Json, json};
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text};

mod groups;
mod pattern;
#[cfg(test)]
mod tests;
mod translate;

use groups::Source;
pub use pattern::{Options, Pattern};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "regex", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::regex::MODULE;
    plain { pcre_match(Text, Text), pcre_match_group(Text, Option<i32>) }
    waiting {}
}

/// More expressions than this are forgotten all at once: their text can come from messages.
const COMPILED_MAX: usize = 256;

/// The value for an expression that cannot be read, and for a group that is not there.
const BAD: i32 = -4;
/// The value of `pcre_match_group` without a file.
const NO_FILE: i32 = -2;

/// The module's state.
struct State {
    options: Options,
    /// Where the groups come from.
    source: Option<Source>,
    groups: RwLock<Arc<Vec<Pattern>>>,
}

/// Expressions that a worker has compiled; `None` for broken ones.
#[derive(Default)]
struct Compiled(RefCell<HashMap<Text, Option<Rc<Pattern>>>>);

fn init(setup: &mut Setup) -> InitResult {
    let source = Source::read(setup)?;
    let flag = |name| source.is_some() && setup.int("regex", name, 0) != 0;
    // as in OpenSIPS, they have no effect without a file
    let options = Options {
        caseless: flag("pcre_caseless"),
        multiline: flag("pcre_multiline"),
        dotall: flag("pcre_dotall"),
        extended: flag("pcre_extended"),
    };
    let groups = match &source {
        Some(source) => source.load(options)?,
        None => Vec::new(),
    };
    setup.share(Arc::new(State { options, source, groups: RwLock::new(Arc::new(groups)) }));
    setup.command("regex:reload", mi_reload);
    setup.command("regex:match", mi_match);
    setup.command("regex:match_group", mi_match_group);
    Ok(())
}

/// Whether a text matches an expression.
pub fn pcre_match(cx: &mut Context, text: Text, expression: Text) -> i32 {
    let Some(state) = cx.shared().state::<State>() else { return -1 };
    let compiled = cx.worker.kept::<Compiled>();
    let known = compiled.0.borrow().get(&expression).cloned();
    let pattern = known.unwrap_or_else(|| {
        let made = Pattern::new(&expression, state.options);
        if let Err(why) = &made {
            let shown = String::from_utf8_lossy(&expression);
            cx.log(Level::Error, "pcre_match", format_args!("the expression {shown} cannot be read: {why}"));
        }
        let made = made.ok().map(Rc::new);
        let mut all = compiled.0.borrow_mut();
        if all.len() >= COMPILED_MAX {
            all.clear();
        }
        all.insert(Text::copy_from_slice(&expression), made.clone());
        made
    });
    pattern.map_or(BAD, |p| value(p.is_match(&text)))
}

/// Whether a text matches an expression of a group.
pub fn pcre_match_group(cx: &mut Context, text: Text, group: Option<i32>) -> i32 {
    let result = cx.shared().state::<State>().map_or(-1, |s| s.match_group(&text, group.unwrap_or(0)));
    match result {
        NO_FILE => cx.log(Level::Error, "pcre_match_group", format_args!("the parameter file is not set")),
        BAD => cx.log(Level::Error, "pcre_match_group", format_args!("there is no such group")),
        _ => {}
    }
    result
}

fn value(matches: bool) -> i32 {
    if matches { 1 } else { -1 }
}

impl State {
    fn match_group(&self, text: &[u8], group: i32) -> i32 {
        if self.source.is_none() {
            return NO_FILE;
        }
        let groups = self.groups.read().clone();
        let group = usize::try_from(group).ok().and_then(|group| groups.get(group));
        group.map_or(BAD, |pattern| value(pattern.is_match(text)))
    }
}

fn state(shared: &Shared) -> Result<&State, MiError> {
    shared.state::<State>().ok_or(MiError::new(500, "Error"))
}

fn answer(matches: bool) -> Json {
    json!(if matches { "Match" } else { "Not Match" })
}

fn mi_reload(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    let state = state(shared)?;
    let source = state.source.as_ref().ok_or(MiError::new(403, "Group matching not enabled"))?;
    match source.load(state.options) {
        Ok(groups) => {
            *state.groups.write() = Arc::new(groups);
            Ok(json!("OK"))
        }
        Err(why) => Err(MiError { data: Some(why), ..MiError::new(500, "Internal error") }),
    }
}

fn mi_match(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (text, expression) = (params.text("string"), params.text("pcre_regex"));
    let (Some(text), Some(expression)) = (text, expression) else {
        return Err(MiError::new(-32602, "Invalid params"));
    };
    let pattern = Pattern::new(expression.as_bytes(), state(shared)?.options);
    let pattern = pattern
        .map_err(|why| MiError { data: Some(why), ..MiError::new(500, "Error pcre_re compilation") })?;
    Ok(answer(pattern.is_match(text.as_bytes())))
}

fn mi_match_group(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let text = params.text("string").ok_or(MiError::new(-32602, "Invalid params"))?;
    // as atoi(3): what is no number is 0
    let group = params.int("group").and_then(|n| i32::try_from(n).ok()).unwrap_or(0);
    match state(shared)?.match_group(text.as_bytes(), group) {
        BAD => Err(MiError::new(500, "Error invalid pcre index")),
        NO_FILE => Err(MiError::new(500, "Error group matching is disabled")),
        result => Ok(answer(result > 0)),
    }
}
