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
