//! Items and their members of the printed tree.

use super::expr::mode_role;
use super::{Node, PrintCx};
use crate::ast::{
    Attribute, AttributeDef, ContractMember, Docs, Enum, Event, Field, Function, FunctionBody,
    ItemId, ItemKind, Parameter, Test, TestEntry, TypeMember, Variant,
};

impl PrintCx<'_> {
    pub(super) fn item(&self, id: ItemId) -> Node {
        let item = &self.ast.items[id];
        let node = match &item.kind {
            ItemKind::Error => Node::new("Error"),
            ItemKind::Function(function) => self.function(function),
            ItemKind::Type(def) => Node::new("Type")
                .detail(
                    self.generic(def.name, &def.parameters) + &self.conformances(&def.contracts),
                )
                .children("", def.members.iter().map(|member| self.type_member(member))),
            ItemKind::Alias { name, parameters, ty } => Node::new("Alias").detail(format!(
                "{} = {}",
                self.generic(*name, parameters),
                self.ty(*ty)
            )),
            ItemKind::Enum(def) => self.enumeration(def),
            ItemKind::Contract(def) => {
                Node::new("Contract").detail(self.generic(def.name, &def.parameters)).children(
                    "",
                    def.members.iter().map(|member| match member {
                        ContractMember::Embed(ty) => {
                            Node::new("Embed").detail(self.ty(*ty)).at(self.ast.types[*ty].span)
                        }
                        ContractMember::Method(id) => self.item(*id),
                    }),
                )
            }
            ItemKind::Impl(def) => {
                let parameters = self.type_parameters(&def.parameters);
                let names =
                    if parameters.is_empty() { parameters } else { format!(" with {parameters}") };
                Node::new("Impl")
                    .detail(self.ty(def.target) + &names)
                    .children("", def.methods.iter().map(|&method| self.item(method)))
            }
            ItemKind::Attribute(def) => self.attribute_def(def),
            ItemKind::Const(def) => Node::new("Const")
                .detail(format!("{} {}", self.ty(def.ty), self.name(def.name)))
                .child("", self.expr(def.value)),
            ItemKind::Test(def) => self.test(def),
            ItemKind::Mod(def) => Node::new("Mod")
                .detail(self.path(&def.path))
                .children("", def.items.iter().flatten().map(|&item| self.item(item))),
            ItemKind::Use(def) => {
                let alias = def.alias.map(|name| format!(" as {}", self.name(name)));
                Node::new("Use").detail(self.path(&def.path) + &alias.unwrap_or_default())
            }
        };
        let mut node = node.at(item.span);
        if item.public {
            node.detail = format!("pub {}", node.detail);
        }
        let mut before: Vec<(&'static str, Node)> = Vec::new();
        before.extend(self.docs(&item.docs).map(|docs| ("", docs)));
        before.extend(self.attributes(&item.attributes).map(|attribute| ("", attribute)));
        node.children.splice(0..0, before);
        node
    }

    fn docs<'b>(&'b self, docs: &'b Docs) -> impl Iterator<Item = Node> + 'b {
        docs.lines.iter().map(|&span| {
            Node::new("Doc").detail(format!("{:?}", self.sources.text(span)[3..].trim())).at(span)
        })
    }

    fn attributes<'b>(&'b self, attributes: &'b [Attribute]) -> impl Iterator<Item = Node> + 'b {
        attributes.iter().map(|attribute| {
            Node::new("Attribute").detail(self.path(&attribute.path)).at(attribute.span).children(
                "",
                attribute.arguments.iter().map(|argument| {
                    Node::new("Argument")
                        .detail(self.name(argument.name))
                        .at(argument.name.span)
                        .child("", self.expr(argument.value))
                }),
            )
        })
    }

    fn function(&self, function: &Function) -> Node {
        let node = Node::new("Function")
            .detail(self.generic(function.name, &function.type_parameters))
            .child(
                "result",
                Node::new("Type")
                    .detail(self.ty(function.result))
                    .at(self.ast.types[function.result].span),
            )
            .parameters(function.parameters.iter().map(|parameter| self.parameter(parameter)));
        match &function.body {
            FunctionBody::Block(block) => node.child("body", self.block(block)),
            FunctionBody::Expr(value) => node.child("body", self.expr(*value)),
            FunctionBody::None => node,
        }
    }

    fn parameter(&self, parameter: &Parameter) -> (&'static str, Node) {
        let word = if parameter.mutable { " mut" } else { "" };
        let node = Node::new("Binding")
            .detail(format!("{}{word} {}", self.ty(parameter.ty), self.name(parameter.name)))
            .at(parameter.name.span)
            .children("", self.docs(&parameter.docs))
            .children("", self.attributes(&parameter.attributes));
        (mode_role(parameter.mode, "parameter"), node)
    }

    fn type_member(&self, member: &TypeMember) -> Node {
        match member {
            TypeMember::Field(Field { attributes, docs, ty, name, span }) => Node::new("Field")
                .detail(format!("{} {}", self.ty(*ty), self.name(*name)))
                .at(*span)
                .children("", self.docs(docs))
                .children("", self.attributes(attributes)),
            TypeMember::Event(Event { attributes, docs, capacity, name, parameters, span }) => {
                let capacity = capacity.map(|(number, _)| format!("{{{number}}} "));
                Node::new("Event")
                    .detail(capacity.unwrap_or_default() + self.name(*name))
                    .at(*span)
                    .children("", self.docs(docs))
                    .children("", self.attributes(attributes))
                    .parameters(parameters.iter().map(|parameter| self.parameter(parameter)))
            }
        }
    }

    fn enumeration(&self, def: &Enum) -> Node {
        Node::new("Enum")
            .detail(self.generic(def.name, &def.parameters) + &self.conformances(&def.contracts))
            .children("", def.variants.iter().map(|variant| self.variant(variant)))
    }

    fn variant(&self, variant: &Variant) -> Node {
        Node::new("Variant")
            .detail(self.name(variant.name))
            .at(variant.span)
            .children("", self.docs(&variant.docs))
            .children(
                "",
                variant.fields.iter().map(|field| {
                    let name = field.name.map(|name| format!(" {}", self.name(name)));
                    Node::new("Payload")
                        .detail(self.ty(field.ty) + &name.unwrap_or_default())
                        .at(self.ast.types[field.ty].span)
                }),
            )
    }

    fn attribute_def(&self, def: &AttributeDef) -> Node {
        let targets: Vec<&str> = def.targets.iter().map(|&target| self.name(target)).collect();
        Node::new("AttributeDeclaration")
            .detail(format!("{}({})", self.name(def.name), targets.join(", ")))
            .children(
                "",
                def.parameters.iter().map(|parameter| {
                    Node::new("Parameter")
                        .detail(format!("{}: {}", self.name(parameter.name), self.ty(parameter.ty)))
                        .at(parameter.name.span)
                        .children("default", parameter.default.map(|value| self.expr(value)))
                }),
            )
    }

    fn test(&self, def: &Test) -> Node {
        let entry = |entry: &TestEntry| {
            Node::new("Entry")
                .detail(self.name(entry.key))
                .at(entry.key.span)
                .child("", self.expr(entry.value))
        };
        Node::new("Test")
            .detail(self.name(def.name))
            .children("meta", def.meta.iter().map(entry))
            .children("skip", def.skip.iter().map(entry))
            .child("body", self.block(&def.body))
    }
}
