//! Items and their members.

use beskid_analysis::ast::{
    Attribute, AttributeDef, Const, Contract, ContractMember, Enum, Event, Function, Ident, Impl,
    Item as Node, ItemKind, Parameter as ParameterNode, TypeDef, TypeExprId, TypeMember,
    TypeParameter, Variant,
};
use beskid_analysis::source::{FileId, Span};

use super::signature::{Writer, mode};
use super::{Cx, visibility};
use crate::model::{Implementation, Item, Kind, Linked, Member, Parameter};

impl Cx<'_> {
    /// An item that is shown.
    pub(super) fn item(&self, file: FileId, node: &Node) -> Option<Item> {
        match &node.kind {
            ItemKind::Function(function) => self.function(file, node, function, Kind::Function),
            ItemKind::Type(def) => self.type_def(file, node, def),
            ItemKind::Alias { name, parameters, ty } => {
                self.alias(file, node, *name, parameters, *ty)
            }
            ItemKind::Enum(def) => self.enum_def(file, node, def),
            ItemKind::Contract(def) => self.contract(file, node, def),
            ItemKind::Attribute(def) => self.attribute(file, node, def),
            ItemKind::Const(def) => self.constant(file, node, def),
            ItemKind::Impl(_)
            | ItemKind::Test(_)
            | ItemKind::Mod(_)
            | ItemKind::Use(_)
            | ItemKind::Error => None,
        }
    }

    /// What all items have; nothing if it is not shown.
    fn plain(&self, kind: Kind, node: &Node, name: Ident, public: bool) -> Option<Item> {
        let text = self.name(name.name);
        if !self.is_shown(text, public) {
            return None;
        }
        Some(Item {
            kind,
            name: text.to_owned(),
            id: self.ids.of(name.span)?.to_owned(),
            visibility: visibility(public),
            signature: Linked::default(),
            attributes: self.attributes(&node.attributes),
            documentation: self.docs(name.span),
            source: self.source(node.span),
            type_parameters: Vec::new(),
            parameters: Vec::new(),
            result: None,
            contracts: Vec::new(),
            fields: Vec::new(),
            has_hidden_fields: false,
            events: Vec::new(),
            variants: Vec::new(),
            methods: Vec::new(),
            implementations: Vec::new(),
            implemented_by: Vec::new(),
            ty: None,
            value: None,
            targets: Vec::new(),
        })
    }

    /// A declaration that begins with a word and has a name and type parameters.
    fn declared(
        &self,
        file: FileId,
        node: &Node,
        word: &str,
        (name, parameters): (Ident, &[TypeParameter]),
        rest: impl FnOnce(&mut Writer<'_>),
    ) -> Linked {
        self.written(file, |writer| {
            writer.push(if node.public { "pub " } else { "" }).push(word).push(" ");
            writer.push(self.name(name.name)).generic(parameters);
            rest(writer);
        })
    }

    fn function(&self, file: FileId, node: &Node, function: &Function, kind: Kind) -> Option<Item> {
        let item = self.plain(kind, node, function.name, node.public)?;
        Some(self.with_signature(file, node.public, function, item))
    }

    fn with_signature(&self, file: FileId, public: bool, function: &Function, item: Item) -> Item {
        Item {
            signature: self.written(file, |writer| {
                writer.push(if public { "pub " } else { "" }).ty(function.result).push(" ");
                writer.push(self.name(function.name.name)).generic(&function.type_parameters);
                writer.parameters(&function.parameters);
            }),
            type_parameters: self.type_parameters(file, &function.type_parameters),
            parameters: self.parameters(file, &function.parameters),
            result: Some(self.ty(file, function.result)),
            ..item
        }
    }

    fn type_def(&self, file: FileId, node: &Node, def: &TypeDef) -> Option<Item> {
        let mut item = self.plain(Kind::Type, node, def.name, node.public)?;
        let head = (def.name, &def.parameters[..]);
        item.signature = self.declared(file, node, "type", head, |writer| {
            writer.contracts(&def.contracts);
        });
        item.type_parameters = self.type_parameters(file, &def.parameters);
        item.contracts = self.tys(file, &def.contracts);
        for member in &def.members {
            match member {
                TypeMember::Field(field) => {
                    if !self.is_shown(self.name(field.name.name), true) {
                        item.has_hidden_fields = true;
                        continue;
                    }
                    let signature = self.written(file, |writer| {
                        writer.ty(field.ty).push(" ").push(self.name(field.name.name));
                    });
                    let member = self.member(field.name, field.span, signature);
                    let ty = Some(self.ty(file, field.ty));
                    item.fields.extend(member.map(|member| Member { ty, ..member }));
                }
                TypeMember::Event(event) => item.events.extend(self.event(file, event)),
            }
        }
        Some(item)
    }

    fn event(&self, file: FileId, event: &Event) -> Option<Member> {
        let signature = self.written(file, |writer| {
            writer.push("event");
            if let Some((capacity, _)) = event.capacity {
                writer.push(&format!("{{{capacity}}}"));
            }
            writer.push(" ").push(self.name(event.name.name)).parameters(&event.parameters);
        });
        let parameters = self.parameters(file, &event.parameters);
        let member = self.member(event.name, event.span, signature)?;
        Some(Member { parameters, ..member })
    }

    fn member(&self, name: Ident, span: Span, signature: Linked) -> Option<Member> {
        Some(Member {
            name: self.name(name.name).to_owned(),
            id: self.ids.of(name.span)?.to_owned(),
            signature,
            documentation: self.docs(name.span),
            source: self.source(span),
            parameters: Vec::new(),
            ty: None,
        })
    }

    fn alias(
        &self,
        file: FileId,
        node: &Node,
        name: Ident,
        parameters: &[TypeParameter],
        ty: TypeExprId,
    ) -> Option<Item> {
        let item = self.plain(Kind::Alias, node, name, node.public)?;
        Some(Item {
            signature: self.declared(file, node, "type", (name, parameters), |writer| {
                writer.push(" = ").ty(ty);
            }),
            type_parameters: self.type_parameters(file, parameters),
            ty: Some(self.ty(file, ty)),
            ..item
        })
    }

    fn enum_def(&self, file: FileId, node: &Node, def: &Enum) -> Option<Item> {
        let item = self.plain(Kind::Enum, node, def.name, node.public)?;
        let head = (def.name, &def.parameters[..]);
        Some(Item {
            signature: self.declared(file, node, "enum", head, |writer| {
                writer.contracts(&def.contracts);
            }),
            type_parameters: self.type_parameters(file, &def.parameters),
            contracts: self.tys(file, &def.contracts),
            variants: def.variants.iter().filter_map(|of| self.variant(file, of)).collect(),
            ..item
        })
    }

    fn variant(&self, file: FileId, variant: &Variant) -> Option<Member> {
        let signature = self.written(file, |writer| {
            writer.push(self.name(variant.name.name));
            for (index, field) in variant.fields.iter().enumerate() {
                writer.push(if index == 0 { "(" } else { ", " }).ty(field.ty);
                if let Some(name) = field.name {
                    writer.push(" ").push(self.name(name.name));
                }
            }
            writer.push(if variant.fields.is_empty() { "" } else { ")" });
        });
        let payload = variant.fields.iter().map(|field| Parameter {
            name: field.name.map_or_else(String::new, |name| self.name(name.name).to_owned()),
            ty: self.ty(file, field.ty),
            mode: None,
            default: None,
            documentation: Default::default(),
        });
        let member = self.member(variant.name, variant.span, signature)?;
        Some(Member { parameters: payload.collect(), ..member })
    }

    fn contract(&self, file: FileId, node: &Node, def: &Contract) -> Option<Item> {
        let mut item = self.plain(Kind::Contract, node, def.name, node.public)?;
        item.signature = self.declared(file, node, "contract", (def.name, &def.parameters), |_| {});
        item.type_parameters = self.type_parameters(file, &def.parameters);
        for member in &def.members {
            match *member {
                ContractMember::Embed(ty) => item.contracts.push(self.ty(file, ty)),
                ContractMember::Method(id) => {
                    let method = &self.outline().asts[file].items[id];
                    let ItemKind::Function(function) = &method.kind else { continue };
                    // Who sees a contract sees all of it.
                    let plain = self.plain(Kind::Method, method, function.name, true);
                    let plain = plain.map(|of| Item { visibility: item.visibility, ..of });
                    let found = plain.map(|of| self.with_signature(file, false, function, of));
                    item.methods.extend(found);
                }
            }
        }
        Some(item)
    }

    fn attribute(&self, file: FileId, node: &Node, def: &AttributeDef) -> Option<Item> {
        let item = self.plain(Kind::Attribute, node, def.name, node.public)?;
        let targets: Vec<String> =
            def.targets.iter().map(|target| self.name(target.name).to_owned()).collect();
        let exprs = &self.outline().asts[file].exprs;
        let default = |id| self.one_line(exprs[id].span);
        let parameters = def.parameters.iter().map(|parameter| Parameter {
            name: self.name(parameter.name.name).to_owned(),
            ty: self.ty(file, parameter.ty),
            mode: None,
            default: parameter.default.map(default),
            documentation: Default::default(),
        });
        let signature = self.declared(file, node, "attribute", (def.name, &[]), |writer| {
            writer.push("(").push(&targets.join(", ")).push(")");
            for (index, parameter) in def.parameters.iter().enumerate() {
                writer.push(if index == 0 { " { " } else { ", " });
                writer.push(self.name(parameter.name.name)).push(": ").ty(parameter.ty);
                if let Some(value) = parameter.default {
                    writer.push(" = ").push(&default(value));
                }
            }
            writer.push(if def.parameters.is_empty() { "" } else { " }" });
        });
        Some(Item { signature, parameters: parameters.collect(), targets, ..item })
    }

    fn constant(&self, file: FileId, node: &Node, def: &Const) -> Option<Item> {
        let item = self.plain(Kind::Constant, node, def.name, node.public)?;
        let value = self.one_line(self.outline().asts[file].exprs[def.value].span);
        Some(Item {
            signature: self.written(file, |writer| {
                writer.push(if node.public { "pub const " } else { "const " }).ty(def.ty);
                writer.push(" ").push(self.name(def.name.name)).push(" = ").push(&value);
            }),
            ty: Some(self.ty(file, def.ty)),
            value: Some(value),
            ..item
        })
    }

    fn parameters(&self, file: FileId, parameters: &[ParameterNode]) -> Vec<Parameter> {
        let parameter = |of: &ParameterNode| Parameter {
            name: self.name(of.name.name).to_owned(),
            ty: self.ty(file, of.ty),
            mode: mode(of.mode),
            default: None,
            documentation: self.docs(of.name.span),
        };
        parameters.iter().map(parameter).collect()
    }

    /// An `impl`, if one of its methods is shown.
    pub(super) fn implementation(
        &self,
        file: FileId,
        node: &Node,
        def: &Impl,
    ) -> Option<Implementation> {
        let ast = &self.outline().asts[file];
        let methods: Vec<Item> = def
            .methods
            .iter()
            .filter_map(|&id| {
                let method = &ast.items[id];
                let ItemKind::Function(function) = &method.kind else { return None };
                self.function(file, method, function, Kind::Method)
            })
            .collect();
        if methods.is_empty() {
            return None;
        }
        Some(Implementation {
            target: self.ty(file, def.target),
            type_parameters: self.type_parameters(file, &def.parameters),
            documentation: self.docs(ast.types[def.target].span),
            source: self.source(node.span),
            methods,
        })
    }

    fn attributes(&self, attributes: &[Attribute]) -> Vec<String> {
        attributes.iter().map(|attribute| self.one_line(attribute.span)).collect()
    }

    /// A text without its line ends.
    fn one_line(&self, span: Span) -> String {
        let lines = self.text(span).lines().map(str::trim);
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
