//! Values of attributes: constants of the types that their parameters have (language.md §14.1).
//!
//! *Invariants.* A value that is kept has the type of its parameter; all others were reported.

use super::TypeckCx;
use super::coerce::Reason;
use super::constant::{self, Place};
use crate::hir::{AppliedAttribute, AttributeDef, AttributeKind, AttributeParameter, Attributes};
use crate::types::Ty;

/// Evaluates the defaults of all parameters, and the arguments of all attributes.
pub(crate) fn evaluate(cx: &mut TypeckCx<'_>) -> Attributes {
    let mut attributes = Attributes::default();
    let items = cx.items;
    for item in items.attributes.iter() {
        let place = Place { file: item.file, module: item.module, span: item.name.span };
        let mut parameters = Vec::with_capacity(item.parameters.len());
        for parameter in &item.parameters {
            let ty_span = cx.asts[item.file].types[parameter.ty_expr].span;
            let reason = Reason::AttributeValue(parameter.name.span, Some(ty_span));
            let default = parameter
                .default
                .and_then(|value| constant::value(cx, place, value, parameter.ty, reason));
            let (name, ty) = (parameter.name.name, parameter.ty);
            parameters.push(AttributeParameter { name, ty, default });
        }
        attributes.defs.push(AttributeDef {
            module: item.module,
            name: item.name.name,
            public: item.public,
            targets: item.targets.clone(),
            parameters,
            span: item.name.span,
        });
    }
    for application in &items.applications {
        let place =
            Place { file: application.file, module: application.module, span: application.span };
        let mut values = Vec::with_capacity(application.arguments.len());
        for given in &application.arguments {
            let (declared, ty) = match application.attribute {
                AttributeKind::Declared(id) => {
                    let parameter = &items.attributes[id].parameters[given.parameter];
                    (Some(parameter.name.span), parameter.ty)
                }
                AttributeKind::Builtin(_) => (None, Ty::STRING),
            };
            let reason = Reason::AttributeValue(given.name, declared);
            let value = constant::value(cx, place, given.value, ty, reason);
            values.extend(value.map(|value| (given.parameter, value)));
        }
        values.sort_by_key(|&(index, _)| index);
        attributes.applied.push(AppliedAttribute {
            on: application.on,
            attribute: application.attribute,
            values,
            span: application.span,
        });
    }
    attributes.applied.sort_by_key(|applied| applied.on);
    attributes
}

#[cfg(test)]
mod tests {
    use crate::hir::{AttributeKind, Constant};
    use crate::source::SourceMap;
    use crate::{Goal, analyze};

    #[test]
    fn values_are_kept_beside_the_program() {
        let text = "const i32 Two = 2;\n\
                    attribute A(FunctionDeclaration) { x: i64, y: f32 = 1.5, z: string = \"z\" }\n\
                    [A(z: \"a\" + \"b\", x: Two + 1)]\n[A(x: 4)]\nunit F() {}\nunit G() {}\n";
        let mut sources = SourceMap::new();
        sources.add("a.bd", text.to_owned()).expect("a small file");
        let analysis = analyze(sources, Goal::Check);
        assert!(analysis.diagnostics.is_empty(), "{:?}", analysis.diagnostics);
        let functions: Vec<_> = analysis.functions.iter().map(|function| function.span).collect();
        let attributes = &analysis.attributes;
        let [first, second] = attributes.of(functions[0]) else { panic!("{attributes:?}") };
        assert_eq!(first.given(0), Some(&Constant::Int(3)));
        assert_eq!(first.given(1), None);
        assert_eq!(first.given(2), Some(&Constant::String("ab".into())));
        assert_eq!(second.given(0), Some(&Constant::Int(4)));
        let AttributeKind::Declared(id) = first.attribute else { panic!("{first:?}") };
        assert_eq!(attributes.defs[id].parameters[1].default, Some(Constant::Float(1.5)));
        assert!(attributes.of(functions[1]).is_empty());
    }
}
