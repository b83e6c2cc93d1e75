//! Variables with their transformations, and formats.

use sipc_compiler::ir::{self, InnerName, MessageContext, TransformValue};
use sipc_engine::path::{Path, PathRef, Step, StepRef};
use sipc_engine::place::{IndexRef, InnerRef, Source, TextPart, Transform, TransformArg, TransformRef};
use sipc_engine::{Index, Inner, Value, VarRef};
use sipc_interface::TransformArg as Declared;

use super::{Lower, literal};
use crate::code::{Format, Part};
use crate::modules;

impl Lower {
    pub(super) fn variable(&mut self, v: &ir::VarRef) -> VarRef {
        let bound = modules::variable(v.module, v.variable);
        if bound.is_none() {
            let (name, module) = (v.variable.name, v.module.name);
            self.missing(
                v.span,
                format!("${name} of {module} is declared, but not linked into this program"),
            );
        }
        let (get, set) = bound.unwrap_or((|_, _| Value::Null, None));
        VarRef {
            get,
            set,
            inner: self.inner(&v.inner),
            index: self.index(&v.index),
            source: source(v.context),
            transforms: v.transformations.iter().map(|t| self.transform(t, v.span)).collect(),
        }
    }

    fn inner(&mut self, inner: &InnerName) -> InnerRef {
        InnerRef::Constant(match inner {
            InnerName::None => return InnerRef::None,
            InnerName::Dynamic(v) => return InnerRef::Variable(Box::new(self.variable(v))),
            InnerName::Path(path) => return self.path(path),
            InnerName::Format(format) => {
                let part = |part: &ir::FormatPart| match part {
                    ir::FormatPart::Literal(text) => TextPart::Literal(literal(text)),
                    ir::FormatPart::Variable(v) => TextPart::Variable(self.variable(v)),
                };
                return InnerRef::Format(format.parts.iter().map(part).collect());
            }
            InnerName::Text(text) => Inner::Name(literal(text)),
            InnerName::Slot(n) | InnerName::Bit(n) => Inner::Number(i32::try_from(*n).unwrap_or(i32::MAX)),
            InnerName::Number(n) => Inner::Number(*n),
        })
    }

    fn path(&mut self, path: &ir::Path) -> InnerRef {
        let steps: Vec<StepRef> = path.steps.iter().map(|step| self.path_step(step)).collect();
        let constant = |step: &StepRef| match step {
            StepRef::Constant(step) => Some(step.clone()),
            _ => None,
        };
        let name = literal(&path.name);
        match steps.iter().map(constant).collect() {
            Some(steps) => InnerRef::Constant(Inner::Path(Path { name, steps }.into())),
            None => InnerRef::Path(PathRef { name, steps }),
        }
    }

    fn path_step(&mut self, step: &ir::Step) -> StepRef {
        StepRef::Constant(match step {
            ir::Step::KeyOf(v) => return StepRef::Key(Box::new(self.variable(v))),
            ir::Step::AtOf(v) => return StepRef::At(Box::new(self.variable(v))),
            ir::Step::Key(key) => Step::Key(literal(key)),
            ir::Step::At(n) => Step::At(*n),
            ir::Step::End => Step::End,
            ir::Step::Word(word) => Step::Word(literal(word)),
        })
    }

    fn index(&mut self, index: &ir::Index) -> IndexRef {
        IndexRef::Constant(match index {
            ir::Index::Dynamic(v) => return IndexRef::Variable(Box::new(self.variable(v))),
            ir::Index::None => Index::None,
            ir::Index::All => Index::All,
            ir::Index::At(n) => Index::At(*n),
            ir::Index::Word(word) => Index::Word(literal(word)),
        })
    }

    fn transform(&mut self, t: &ir::Transform, span: ir::Span) -> Transform {
        let apply = modules::transformation(t.transformation.name);
        if apply.is_none() {
            let name = t.transformation.name;
            self.missing(span, format!("{{{name}}} is declared, but not linked into this program"));
        }
        let declared = t.transformation.args.iter();
        Transform {
            apply: apply.unwrap_or(|_, _, _| Value::Null),
            args: declared.zip(&t.args).filter_map(|(d, arg)| self.transform_arg(*d, arg)).collect(),
        }
    }

    fn transform_arg(&mut self, declared: Declared, arg: &TransformValue) -> Option<TransformRef> {
        let number = matches!(declared, Declared::Number | Declared::OptionalNumber | Declared::Prefix);
        Some(match arg {
            TransformValue::Omitted => return None,
            TransformValue::Number(n) => TransformRef::Constant(TransformArg::Number(*n)),
            TransformValue::Text(text) => TransformRef::Constant(TransformArg::Text(literal(text))),
            TransformValue::Dynamic(v) if number => TransformRef::Number(Box::new(self.variable(v))),
            TransformValue::Dynamic(v) => TransformRef::Text(Box::new(self.variable(v))),
        })
    }

    pub(super) fn format(&mut self, format: &ir::Format) -> Format {
        let one = |part: &ir::FormatPart| match part {
            ir::FormatPart::Literal(text) => Part::Literal(literal(text)),
            ir::FormatPart::Variable(v) => Part::Variable(self.variable(v)),
        };
        Format(format.parts.iter().map(one).collect())
    }
}

fn source(context: MessageContext) -> Source {
    match context {
        MessageContext::Current => Source::Current,
        MessageContext::Request => Source::Request,
        MessageContext::Reply => Source::Reply,
    }
}
