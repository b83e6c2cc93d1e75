//! References to script variables: which one, what stands in its parentheses, which index.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::format::Formatter;
use crate::path::{Path, PathRef};
use crate::{Context, Text, Value};

/// Reads a variable. NULL when there is nothing.
pub type Getter = fn(&mut Context, &Place) -> Value;

/// Assigns to a variable; `false` when the assignment fails (the statement's value is then -1).
pub type Setter = fn(&mut Context, &Place, Assign, Value) -> bool;

/// Applies one transformation to a value that is not NULL; NULL when it fails.
pub type Transformer = fn(&mut Context, Value, &[TransformArg]) -> Value;

/// A module's variable for the interpreter: the getter's name in the interface table, getter, setter.
pub type VariableBinding = (&'static str, Getter, Option<Setter>);

/// How a value is assigned; only `$avp` and the like tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assign {
    /// `=` and the compound operators.
    Set,
    /// `:=`: replaces all values.
    Replace,
}

/// What stands in a variable's parentheses, evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Inner {
    /// Nothing.
    #[default]
    None,
    /// A name.
    Name(Text),
    /// A number: a slot, an interned AVP name, a flag's bit, a position.
    Number(i32),
    /// A path within a document.
    Path(Arc<Path>),
}

/// The index in brackets, evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Index {
    /// None written.
    #[default]
    None,
    /// `[*]`.
    All,
    /// A number; negative counts from the end.
    At(i32),
    /// A word (`append`, `insert`, …).
    Word(Text),
}

/// One place a variable stands for, once inner name and index are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// In the parentheses.
    pub inner: Inner,
    /// In the brackets.
    pub index: Index,
}

impl Place {
    /// No parentheses, no brackets.
    pub const PLAIN: Place = Place { inner: Inner::None, index: Index::None };

    /// `$v(name)`.
    pub const fn name(name: &'static [u8]) -> Place {
        Place { inner: Inner::Name(Text::from_static(name)), index: Index::None }
    }

    /// `$v(number)`: a slot, an interned name, a bit or a position.
    pub const fn number(n: i32) -> Place {
        Place { inner: Inner::Number(n), index: Index::None }
    }

    /// With an index.
    pub fn at(mut self, index: Index) -> Place {
        self.index = index;
        self
    }
}

/// An evaluated argument of a transformation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransformArg {
    /// A number.
    Number(i32),
    /// Text.
    Text(Text),
}

/// One transformation with its arguments.
#[derive(Debug, Clone)]
pub struct Transform {
    /// What applies it.
    pub apply: Transformer,
    /// Its arguments, in order; an omitted optional one is left out.
    pub args: Vec<TransformRef>,
}

/// An argument of a transformation as written.
#[derive(Debug, Clone)]
pub enum TransformRef {
    /// A constant.
    Constant(TransformArg),
    /// A variable that must have a number.
    Number(Box<VarRef>),
    /// A variable that must have text.
    Text(Box<VarRef>),
}

/// Which message a variable reads from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// The message being handled.
    #[default]
    Current,
    /// `<request>`: the request of the transaction.
    Request,
    /// `<reply>`: the reply that was picked.
    Reply,
}

/// The parentheses as written.
#[derive(Debug, Clone, Default)]
pub enum InnerRef {
    /// A constant.
    #[default]
    None,
    /// A constant name or number.
    Constant(Inner),
    /// A variable, evaluated on each use. It gives [`Inner::Name`] even when it holds a number: getters
    /// that want a number (`$param`) read it from the text, and `$avp` interns the text.
    Variable(Box<VarRef>),
    /// A path with variables in it, evaluated on each use.
    Path(PathRef),
    /// A text with variables in it, evaluated on each use.
    Format(Vec<TextPart>),
}

/// A part of a text with variables in it.
#[derive(Debug, Clone)]
pub enum TextPart {
    /// As it is.
    Literal(Text),
    /// What it prints.
    Variable(VarRef),
}

/// The brackets as written.
#[derive(Debug, Clone)]
pub enum IndexRef {
    /// A constant, or none.
    Constant(Index),
    /// A variable that must have a number.
    Variable(Box<VarRef>),
}

impl Default for IndexRef {
    fn default() -> IndexRef {
        IndexRef::Constant(Index::None)
    }
}

/// A variable as written in the script: what functions get for a variable parameter, and what the
/// interpreter evaluates.
#[derive(Debug, Clone)]
pub struct VarRef {
    /// Reads it.
    pub get: Getter,
    /// Writes it, when it can be written.
    pub set: Option<Setter>,
    /// In the parentheses.
    pub inner: InnerRef,
    /// In the brackets.
    pub index: IndexRef,
    /// From which message.
    pub source: Source,
    /// Applied left to right after the read.
    pub transforms: Vec<Transform>,
}

impl VarRef {
    /// A plain variable: no parentheses, index or transformation.
    pub const fn plain(get: Getter, set: Option<Setter>) -> VarRef {
        VarRef {
            get,
            set,
            inner: InnerRef::None,
            index: IndexRef::Constant(Index::None),
            source: Source::Current,
            transforms: Vec::new(),
        }
    }

    /// The place it stands for now; `None` when a part cannot be evaluated, and then it reads NULL.
    pub fn place(&self, cx: &mut Context) -> Option<Place> {
        let inner = match &self.inner {
            InnerRef::None => Inner::None,
            InnerRef::Constant(inner) => inner.clone(),
            InnerRef::Variable(v) => Inner::Name(v.read(cx).text()?),
            InnerRef::Path(path) => Inner::Path(path.evaluate(cx)?),
            InnerRef::Format(parts) => Inner::Name(printed(cx, parts)?),
        };
        let index = match &self.index {
            IndexRef::Constant(index) => index.clone(),
            IndexRef::Variable(v) => Index::At(v.read(cx).number()?),
        };
        Some(Place { inner, index })
    }

    /// Its value, after transformations.
    pub fn read(&self, cx: &mut Context) -> Value {
        let Some(place) = self.place(cx) else { return Value::Null };
        let value = read_from(cx, self.source, self.get, &place);
        transformed(cx, value, &self.transforms)
    }

    /// Assigns; `false` when it cannot.
    pub fn write(&self, cx: &mut Context, how: Assign, value: Value) -> bool {
        let (Some(set), Some(place)) = (self.set, self.place(cx)) else { return false };
        write_to(cx, self.source, set, &place, how, value)
    }
}

/// A text with its variables printed; `None` when it is too long.
fn printed(cx: &mut Context, parts: &[TextPart]) -> Option<Text> {
    let mut out = Formatter::new(cx);
    for part in parts {
        match part {
            TextPart::Literal(text) => out.literal(text),
            TextPart::Variable(variable) => out.value(&variable.read(cx)),
        }
    }
    out.finish(cx)
}

/// Assigns to a variable of the message that `source` names; `false` when there is none.
pub fn write_to(
    cx: &mut Context,
    source: Source,
    set: Setter,
    place: &Place,
    how: Assign,
    value: Value,
) -> bool {
    cx.in_message(source, |cx| set(cx, place, how, value)).unwrap_or(false)
}

/// Reads a variable from the message that `source` names.
pub fn read_from(cx: &mut Context, source: Source, get: Getter, place: &Place) -> Value {
    match source {
        Source::Current => get(cx, place),
        other => cx.in_message(other, |cx| get(cx, place)).unwrap_or(Value::Null),
    }
}

/// Applies one transformation with known arguments; NULL stays NULL.
#[inline]
pub fn transform(cx: &mut Context, value: Value, apply: Transformer, args: &[TransformArg]) -> Value {
    if value.is_null() { Value::Null } else { apply(cx, value, args) }
}

/// Applies transformations left to right; NULL stays NULL and its arguments are not evaluated.
pub fn transformed(cx: &mut Context, mut value: Value, transforms: &[Transform]) -> Value {
    for t in transforms {
        if value.is_null() {
            return Value::Null;
        }
        let mut args: SmallVec<[TransformArg; 2]> = SmallVec::new();
        for arg in &t.args {
            let evaluated = match arg {
                TransformRef::Constant(a) => Some(a.clone()),
                TransformRef::Number(v) => v.read(cx).number().map(TransformArg::Number),
                TransformRef::Text(v) => v.read(cx).text().map(TransformArg::Text),
            };
            match evaluated {
                Some(a) => args.push(a),
                None => return Value::Null,
            }
        }
        value = (t.apply)(cx, value, &args);
    }
    value
}
