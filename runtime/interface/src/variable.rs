//! Script variables and transformations.

/// One variable, as `$name` or `$name(inner)`.
///
/// A name with and a name without `(inner)` are separate entries, as in OpenSIPS.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Name after the dollar sign; exact match.
    pub name: &'static str,
    /// The Rust getter's name; the setter is `set_` plus that name.
    pub function: &'static str,
    /// What stands in the parentheses.
    pub inner: Inner,
    /// Whether a script may assign to it.
    pub writable: bool,
    /// Whether `[index]` means something.
    pub indexed: bool,
    /// What a read yields when there is a value.
    pub value: ValueType,
    /// One line: what it is, when it is NULL, what assigning does.
    pub summary: &'static str,
}

impl Variable {
    /// A variable without parentheses that can only be read.
    pub const fn read_only(
        name: &'static str,
        function: &'static str,
        value: ValueType,
        summary: &'static str,
    ) -> Variable {
        Variable { name, function, inner: Inner::None, writable: false, indexed: false, value, summary }
    }

    /// With something in its parentheses.
    pub const fn with(mut self, inner: Inner) -> Variable {
        self.inner = inner;
        self
    }

    /// A script may assign to it.
    pub const fn writable(mut self) -> Variable {
        self.writable = true;
        self
    }

    /// It takes an index.
    pub const fn indexed(mut self) -> Variable {
        self.indexed = true;
        self
    }
}

/// The length of the variable that begins a text, with its parentheses; `None` when it does not begin with one of the core.
pub fn extent(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('$')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let named = match rest.strip_prefix('(') {
        Some(inner) => {
            let inner = inner.trim_start();
            let inner = inner.strip_prefix('<').map_or(Some(inner), |i| Some(i.split_once('>')?.1))?;
            inner.strip_prefix('$').unwrap_or(inner)
        }
        None => rest,
    };
    let name = named.get(..named.find(|c| !is_name(c)).unwrap_or(named.len()))?;
    if !crate::core().variables.iter().any(|v| v.name == name) {
        return None;
    }
    let bare = if rest.starts_with('(') { 1 } else { 1 + name.len() };
    match text.get(bare..)?.starts_with('(') {
        true => closing(text.get(bare..)?).map(|length| bare + length),
        false => Some(bare),
    }
}

/// The length of what begins with `(` and ends with its partner.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(at + 1),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// What may stand between the parentheses of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inner {
    /// Nothing: `$ru`.
    None,
    /// A literal only: `$time(fmt)`.
    Literal,
    /// One of these words, ignoring case: `$socket_in(ip)`.
    OneOf(&'static [&'static str]),
    /// The name of a message flag.
    MessageFlag,
    /// The name of a branch flag.
    BranchFlag,
    /// A literal or a variable: `$hdr(X)`, `$hdr($var(name))`.
    Name,
    /// Nothing, or a literal or a variable.
    Optional,
    /// `$var(name)`: a slot of the worker.
    ScriptVar,
    /// `$avp(name)`: an interned name, literal or variable.
    Avp,
    /// `$param(1)`, `$return(0)`: a number, a name, or a variable.
    Position,
    /// A text that may have variables in it.
    Format,
    /// `$json(name/key[0])`: a document's name and a path in it.
    Json,
    /// `$xml(name/element[0].attr/id)`: a document's name and a path in it.
    Xml,
}

/// The shape of a variable's value (LANGUAGE 5.1), for type checks and warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text.
    Text,
    /// A number that also has text.
    Int,
    /// Text with a number beside it, stored as text.
    TextInt,
    /// Whatever was stored.
    Any,
}

/// One transformation, `{class.name,args}`.
#[derive(Debug, Clone, Copy)]
pub struct Transformation {
    /// `class.function` in lower case.
    pub name: &'static str,
    /// The Rust function's name.
    pub function: &'static str,
    /// Its arguments.
    pub args: &'static [TransformArg],
    /// One line.
    pub summary: &'static str,
}

/// One argument of a transformation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransformArg {
    /// A signed number or a variable with a number.
    Number,
    /// As `Number`, but may be left out.
    OptionalNumber,
    /// Text up to `,`, `}` or a blank, or a variable with text.
    Text,
    /// Text that keeps blanks (`fill.*`), literal only. Passed as written; the function removes the
    /// quotes and the blanks around it.
    Padding,
    /// Exactly the one character after the comma (`s.select`).
    Character,
    /// A substitution expression (`re.subst`), literal or variable.
    Substitution,
    /// A name or a variable, taken whole up to `}`.
    Rest,
    /// A number or variable written before the function's name: `{nameaddr.1.uri}`. May be left out;
    /// always the last argument of the declaration.
    Prefix,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_end_where_their_parentheses_do() {
        let length = |text: &str| extent(text).map(|n| text[..n].to_owned());
        assert_eq!(length("$ua;x").as_deref(), Some("$ua"));
        assert_eq!(length("$avp(email) ; x").as_deref(), Some("$avp(email)"));
        assert_eq!(length("$(hdr($var(x))[1]{s.len});$rb").as_deref(), Some("$(hdr($var(x))[1]{s.len})"));
        assert_eq!(length("$(<request>ru);").as_deref(), Some("$(<request>ru)"));
        for broken in ["", "ua", "$", "$nosuch", "$avp(", "$(ru", "$()"] {
            assert_eq!(length(broken), None, "{broken}");
        }
    }
}
