//! Reading and naming variables, and texts with variables in them.

use super::names::{ident, variables_of};
use super::{Emitter, literals};
use crate::ir::{
    Format, FormatPart, Index, InnerName, MessageContext, Path, Step, Transform, TransformValue, VarRef,
};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use sipc_interface::{Module, TransformArg};

impl Emitter<'_> {
    /// The value of a variable.
    pub(super) fn read(&mut self, variable: &VarRef) -> TokenStream {
        if let Some(value) = self.cut_number(variable) {
            return value;
        }
        if let Some((value, count)) = self.cut(variable) {
            let rest = variable.transformations.get(count..).unwrap_or_default();
            return self.transformed(value, rest);
        }
        let constant = variable.transformations.iter().all(has_constant_args);
        if constant && let Some(value) = self.read_directly(variable) {
            return self.transformed(value, &variable.transformations);
        }
        match self.place_before_transformations(variable).filter(|_| constant) {
            Some(place) => {
                let get = getter(variable);
                self.transformed(quote! { #get(cx, &#place) }, &variable.transformations)
            }
            None => {
                let reference = self.reference(variable);
                quote! { #reference.read(cx) }
            }
        }
    }

    /// What a variable holds, where that takes no call through its getter.
    fn read_directly(&mut self, variable: &VarRef) -> Option<TokenStream> {
        if let Some(header) = self.header_before_transformations(variable) {
            return Some(quote! { direct::header(cx, &#header) });
        }
        if let Some(piece) = self.whole_piece(variable) {
            return Some(quote! { Value::from(#piece) });
        }
        Some(match stored_before_transformations(variable)? {
            (Stored::Var, slot) => quote! { direct::var(cx, #slot, Value::clone) },
            (Stored::Avp, name) => quote! { direct::avp(cx, #name, Value::clone) },
        })
    }

    /// The name of a header, for `$hdr(name)`.
    pub(super) fn header(&mut self, variable: &VarRef) -> Option<TokenStream> {
        self.header_before_transformations(variable).filter(|_| variable.transformations.is_empty())
    }

    pub(super) fn header_before_transformations(&mut self, variable: &VarRef) -> Option<TokenStream> {
        let InnerName::Text(name) = &variable.inner else { return None };
        let plain = is_core(variable, "hdr") && matches!(variable.index, Index::None);
        (plain && variable.context == MessageContext::Current).then(|| self.header_name(name))
    }

    /// A static of the type `HeaderName`.
    pub(super) fn header_name(&mut self, name: &[u8]) -> TokenStream {
        let text = literals::bytes(name);
        let make = quote! { HeaderName::new(#text) };
        let name = self.statics.get("header", name, &quote! { HeaderName }, &make);
        quote! { #name }
    }

    /// A value behind transformations whose arguments are constants.
    fn transformed(&mut self, value: TokenStream, transformations: &[Transform]) -> TokenStream {
        if transformations.is_empty() {
            return value;
        }
        let steps: Vec<TokenStream> = transformations.iter().map(|t| self.step(t)).collect();
        let (last, before) = steps.split_last().expect("not empty");
        quote! { { let value = #value; #(let value = #before;)* #last } }
    }

    fn step(&mut self, transform: &Transform) -> TokenStream {
        let function = transformer(transform);
        if let Some(substitution) = self.substitution(transform) {
            return quote! { transformations::substituted(cx, value, #substitution.as_ref()) };
        }
        let args: Vec<TokenStream> = transform_values(transform).filter_map(constant_arg).collect();
        if args.is_empty() {
            return quote! { place::transform(cx, value, #function, &[]) };
        }
        let count = Literal::usize_unsuffixed(args.len());
        let (kind, make) = (quote! { [TransformArg; #count] }, quote! { [#(#args),*] });
        let args = self.statics.ready("args", make.to_string().as_bytes(), &kind, &make);
        quote! { place::transform(cx, value, #function, &#args) }
    }

    /// A static for the expression of `{re.subst}`, when no variable can stand in it.
    fn substitution(&mut self, transform: &Transform) -> Option<TokenStream> {
        let [TransformValue::Text(text)] = transform.args.as_slice() else { return None };
        let is_one = transform.transformation.name == "re.subst";
        // braces may have backslashes that the engine takes away first
        if !is_one || text.iter().any(|c| b"${}".contains(c)) {
            return None;
        }
        let bytes = literals::bytes(text);
        let make = quote! { Substitution::constant(#bytes) };
        let name = self.statics.get("subst", text, &quote! { Option<Substitution> }, &make);
        Some(quote! { #name })
    }

    /// The place of a variable that needs nothing evaluated; `None` for the others.
    pub(super) fn place(&mut self, variable: &VarRef) -> Option<TokenStream> {
        self.place_before_transformations(variable).filter(|_| variable.transformations.is_empty())
    }

    /// A static; `None` for a variable of which a part must be evaluated.
    fn place_before_transformations(&mut self, variable: &VarRef) -> Option<TokenStream> {
        if variable.context != MessageContext::Current {
            return None;
        }
        let (inner, hint) = match &variable.inner {
            InnerName::None => (quote! { Inner::None }, Vec::new()),
            InnerName::Text(text) => {
                let name = literals::text(text);
                (quote! { Inner::Name(#name) }, text.to_vec())
            }
            InnerName::Slot(n) | InnerName::Bit(n) => numbered(*n as i32),
            InnerName::Number(n) => numbered(*n),
            InnerName::Dynamic(_) | InnerName::Path(_) | InnerName::Format(_) => return None,
        };
        let make = match &variable.index {
            Index::None if matches!(variable.inner, InnerName::None) => quote! { Place::PLAIN },
            Index::Dynamic(_) => return None,
            index => {
                let index = constant_index(index);
                quote! { Place { inner: #inner, index: #index } }
            }
        };
        let name = self.statics.ready("place", &hint, &quote! { Place }, &make);
        Some(quote! { #name })
    }

    /// A variable as itself.
    pub(super) fn reference(&mut self, variable: &VarRef) -> TokenStream {
        let make = var_ref(variable);
        let hint = self.hint(variable);
        let name = self.statics.get("var", hint.as_bytes(), &quote! { VarRef }, &make);
        quote! { #name }
    }

    /// Words for the name of a static.
    fn hint(&self, variable: &VarRef) -> String {
        let mut hint = variable.variable.name.to_owned();
        let slot_name = |names: &[crate::ir::Bytes], n: u32| {
            names
                .get(n as usize)
                .map(|name| format!("_{}", String::from_utf8_lossy(name)))
                .unwrap_or_default()
        };
        match &variable.inner {
            InnerName::Text(text) => hint += &format!("_{}", String::from_utf8_lossy(text)),
            InnerName::Slot(n) if variable.variable.name == "var" => {
                hint += &slot_name(&self.program.script_vars, *n)
            }
            InnerName::Slot(n) => hint += &slot_name(&self.program.avps, *n),
            InnerName::Dynamic(inner) => hint += &format!("_{}", self.hint(inner)),
            InnerName::Path(path) => {
                hint += &format!("_{}", String::from_utf8_lossy(&path.name));
                for step in &path.steps {
                    if let Step::Key(word) | Step::Word(word) = step {
                        hint += &format!("_{}", String::from_utf8_lossy(word));
                    }
                }
            }
            InnerName::None | InnerName::Number(_) | InnerName::Bit(_) | InnerName::Format(_) => {}
        }
        variable.transformations.iter().for_each(|t| hint += &format!("_{}", t.transformation.name));
        hint
    }

    /// Statements that put a format into a variable `text` of the type `Formatter`.
    pub(super) fn write_format(&mut self, format: &Format, into: &TokenStream) -> TokenStream {
        let parts = format.parts.iter().map(|part| match part {
            FormatPart::Literal(literal) => {
                let literal = literals::bytes(literal);
                quote! { #into.literal(#literal); }
            }
            FormatPart::Variable(variable) => {
                let written = self.write_text(variable, into);
                let written = written.unwrap_or_else(|| self.look(variable, &quote! { #into.value(left) }));
                quote! { #written; }
            }
        });
        let parts: Vec<TokenStream> = parts.collect();
        quote! { #(#parts)* }
    }

    /// Puts a variable into a text without a value for it.
    fn write_text(&mut self, variable: &VarRef, into: &TokenStream) -> Option<TokenStream> {
        if let Some(piece) = self.piece(variable) {
            return Some(quote! { #into.piece(#piece) });
        }
        if let Some(piece) = self.escaped_piece(variable) {
            return Some(quote! { #into.escaped(#piece) });
        }
        let ((kind, slot), cut) = super::pieces::stored_cut(variable)?;
        let other = self.reference(variable);
        let look = kind.looker();
        Some(quote! {
            if !direct::#look(cx, #slot, |left| #into.cut(left, |text| #cut)) { #into.value(&#other.read(cx)); }
        })
    }

    /// An `Option<Text>`.
    pub(super) fn format(&mut self, format: &Format) -> TokenStream {
        if let Some(literal) = format.literal() {
            let text = literals::text(literal);
            return quote! { Some(#text) };
        }
        let write = self.write_format(format, &quote! { text });
        quote! { { let mut text = Formatter::new(cx); #write text.finish(cx) } }
    }
}

/// Where a script stores something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// `$var(name)`.
    Var,
    /// The newest `$avp(name)`.
    Avp,
}

impl Stored {
    /// The function that looks at it.
    pub(super) fn looker(self) -> Ident {
        match self {
            Stored::Var => ident("var"),
            Stored::Avp => ident("avp"),
        }
    }

    /// The function that stores a literal.
    pub(super) fn setter_of_text(self) -> Ident {
        match self {
            Stored::Var => ident("set_var_text"),
            Stored::Avp => ident("set_avp_text"),
        }
    }
}

/// The slot or the name of a variable that is where a script stores something, without transformations.
pub(super) fn stored(variable: &VarRef) -> Option<(Stored, TokenStream)> {
    stored_before_transformations(variable).filter(|_| variable.transformations.is_empty())
}

pub(super) fn stored_before_transformations(variable: &VarRef) -> Option<(Stored, TokenStream)> {
    let InnerName::Slot(slot) = variable.inner else { return None };
    let plain = variable.context == MessageContext::Current && matches!(variable.index, Index::None);
    let kind = match variable.variable.name {
        "var" if is_core(variable, "var") => Stored::Var,
        "avp" if is_core(variable, "avp") => Stored::Avp,
        _ => return None,
    };
    let number = literals::number(i32::try_from(slot).ok()?);
    plain.then(|| (kind, quote! { #number }))
}

pub(super) fn is_core(variable: &VarRef, name: &str) -> bool {
    variable.module.is_core() && variable.variable.name == name
}

/// The function that reads a variable.
pub(super) fn getter(variable: &VarRef) -> TokenStream {
    let (module, function) = (variables_of(variable.module), ident(variable.variable.function));
    quote! { #module::#function }
}

/// The function that writes a variable.
pub(super) fn setter(variable: &VarRef) -> TokenStream {
    let module = variables_of(variable.module);
    let function = format_ident!("set_{}", variable.variable.function);
    quote! { #module::#function }
}

fn constant_index(index: &Index) -> TokenStream {
    match index {
        Index::All => quote! { Index::All },
        Index::At(n) => {
            let n = literals::number(*n);
            quote! { Index::At(#n) }
        }
        Index::Word(word) => {
            let word = literals::text(word);
            quote! { Index::Word(#word) }
        }
        Index::None | Index::Dynamic(_) => quote! { Index::None },
    }
}

/// An expression of the type `VarRef`.
fn var_ref(variable: &VarRef) -> TokenStream {
    let get = getter(variable);
    let set = literals::option(variable.variable.writable.then(|| setter(variable)));
    let mut fields = Vec::new();
    match &variable.inner {
        InnerName::None => {}
        InnerName::Text(text) => {
            let text = literals::text(text);
            fields.push(quote! { inner: InnerRef::Constant(Inner::Name(#text)) });
        }
        InnerName::Slot(n) | InnerName::Bit(n) => fields.push(inner_number(*n as i32)),
        InnerName::Number(n) => fields.push(inner_number(*n)),
        InnerName::Dynamic(inner) => {
            let inner = var_ref(inner);
            fields.push(quote! { inner: InnerRef::Variable(Box::new(#inner)) });
        }
        InnerName::Format(format) => {
            let parts = literals::list(format.parts.iter().map(text_part));
            fields.push(quote! { inner: InnerRef::Format(#parts) });
        }
        InnerName::Path(path) => {
            let path = path_ref(path);
            fields.push(quote! { inner: #path });
        }
    }
    match &variable.index {
        Index::None => {}
        Index::Dynamic(index) => {
            let index = var_ref(index);
            fields.push(quote! { index: IndexRef::Variable(Box::new(#index)) });
        }
        constant => {
            let index = constant_index(constant);
            fields.push(quote! { index: IndexRef::Constant(#index) });
        }
    }
    match variable.context {
        MessageContext::Current => {}
        MessageContext::Request => fields.push(quote! { source: Source::Request }),
        MessageContext::Reply => fields.push(quote! { source: Source::Reply }),
    }
    if !variable.transformations.is_empty() {
        let transforms = literals::list(variable.transformations.iter().map(transform));
        fields.push(quote! { transforms: #transforms });
    }
    if fields.is_empty() {
        return quote! { VarRef::plain(#get, #set) };
    }
    quote! { VarRef { #(#fields,)* ..VarRef::plain(#get, #set) } }
}

fn text_part(part: &FormatPart) -> TokenStream {
    match part {
        FormatPart::Literal(text) => {
            let text = literals::text(text);
            quote! { TextPart::Literal(#text) }
        }
        FormatPart::Variable(variable) => {
            let variable = var_ref(variable);
            quote! { TextPart::Variable(#variable) }
        }
    }
}

/// An expression of the type `InnerRef`; a path without variables is made once.
fn path_ref(path: &Path) -> TokenStream {
    let name = literals::text(&path.name);
    let constants: Option<Vec<TokenStream>> = path.steps.iter().map(constant_step).collect();
    if let Some(steps) = constants {
        let steps = literals::list(steps);
        return quote! { InnerRef::Constant(Inner::Path(Path { name: #name, steps: #steps }.into())) };
    }
    let steps = literals::list(path.steps.iter().map(|step| match step {
        Step::KeyOf(variable) => {
            let variable = var_ref(variable);
            quote! { StepRef::Key(Box::new(#variable)) }
        }
        Step::AtOf(variable) => {
            let variable = var_ref(variable);
            quote! { StepRef::At(Box::new(#variable)) }
        }
        other => {
            let step = constant_step(other);
            quote! { StepRef::Constant(#step) }
        }
    }));
    quote! { InnerRef::Path(PathRef { name: #name, steps: #steps }) }
}

fn constant_step(step: &Step) -> Option<TokenStream> {
    Some(match step {
        Step::Key(key) => {
            let key = literals::text(key);
            quote! { Step::Key(#key) }
        }
        Step::Word(word) => {
            let word = literals::text(word);
            quote! { Step::Word(#word) }
        }
        Step::At(n) => {
            let n = literals::number(*n);
            quote! { Step::At(#n) }
        }
        Step::End => quote! { Step::End },
        Step::KeyOf(_) | Step::AtOf(_) => return None,
    })
}

/// A number in parentheses, and words for the name of a static.
fn numbered(n: i32) -> (TokenStream, Vec<u8>) {
    let number = literals::number(n);
    (quote! { Inner::Number(#number) }, n.to_string().into_bytes())
}

fn inner_number(n: i32) -> TokenStream {
    let n = literals::number(n);
    quote! { inner: InnerRef::Constant(Inner::Number(#n)) }
}

fn transform(transform: &Transform) -> TokenStream {
    let function = transformer(transform);
    let args = literals::list(
        transform
            .transformation
            .args
            .iter()
            .zip(&transform.args)
            .filter_map(|(kind, arg)| transform_arg(*kind, arg)),
    );
    quote! { Transform { apply: #function, args: #args } }
}

/// The arguments that are declared.
fn transform_values(transform: &Transform) -> impl Iterator<Item = &TransformValue> {
    transform.args.iter().take(transform.transformation.args.len())
}

pub(super) fn has_constant_args(transform: &Transform) -> bool {
    transform_values(transform).all(|arg| !matches!(arg, TransformValue::Dynamic(_)))
}

/// The function that applies a transformation.
fn transformer(transform: &Transform) -> TokenStream {
    let declared = transform.transformation;
    let function = ident(declared.function);
    let has = |m: &Module| m.transformations.iter().any(|t| t.name == declared.name);
    let owner = sipc_interface::modules::ALL
        .iter()
        .find(|m| !m.is_core() && has(m))
        .filter(|_| !has(sipc_interface::core()))
        .map_or_else(|| ident("transformations"), |m| ident(m.name));
    quote! { #owner::#function }
}

fn transform_arg(kind: TransformArg, arg: &TransformValue) -> Option<TokenStream> {
    let number = matches!(kind, TransformArg::Number | TransformArg::OptionalNumber | TransformArg::Prefix);
    if let TransformValue::Dynamic(variable) = arg {
        let variable = var_ref(variable);
        let sort = if number { ident("Number") } else { ident("Text") };
        return Some(quote! { TransformRef::#sort(Box::new(#variable)) });
    }
    let constant = constant_arg(arg)?;
    Some(quote! { TransformRef::Constant(#constant) })
}

/// An expression of the type `TransformArg`; `None` for one that is left out or evaluated.
fn constant_arg(arg: &TransformValue) -> Option<TokenStream> {
    match arg {
        TransformValue::Omitted | TransformValue::Dynamic(_) => None,
        TransformValue::Number(n) => {
            let n = literals::number(*n);
            Some(quote! { TransformArg::Number(#n) })
        }
        TransformValue::Text(text) => {
            let text = literals::text(text);
            Some(quote! { TransformArg::Text(#text) })
        }
    }
}
