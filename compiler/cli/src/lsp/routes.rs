//! The routes of a script and its includes, with the places where they are defined.

use lsp_types::Location;
use sipc_compiler::source::load_with;
use sipc_compiler::syntax::parse;
use sipc_compiler::syntax::tree::Item;
use sipc_compiler::values::{Values, fill};
use sipc_interface::RouteKind;

use super::documents::{Documents, range, uri};

/// One route.
pub struct Route {
    pub kind: RouteKind,
    /// Empty when it has none.
    pub name: String,
    pub location: Option<Location>,
}

/// All routes of a script, as far as it can be read.
pub fn all(documents: &Documents, script: String, values: &Values) -> Vec<Route> {
    let (source, _) = load_with(documents, &script, values);
    let source = fill(source, values).source;
    let (tree, _) = parse(&source);
    let routes = tree.items.iter().filter_map(|item| match item {
        Item::Route(route) => Some(route),
        _ => None,
    });
    let place = |route: &sipc_compiler::syntax::tree::Route| {
        let (file, bytes) = source.in_file(route.head)?;
        let text = String::from_utf8_lossy(&file.text);
        Some(Location { uri: uri(&file.path).parse().ok()?, range: range(&text, bytes) })
    };
    let name = |route: &sipc_compiler::syntax::tree::Route| match &route.name {
        Some(name) => String::from_utf8_lossy(&name.text).into_owned(),
        None => String::new(),
    };
    routes.map(|route| Route { kind: route.kind, name: name(route), location: place(route) }).collect()
}
