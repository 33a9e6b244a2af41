//! What `///` lines say, with the ids of what they refer to.

use beskid_analysis::doc::{DirectiveKind, Piece, Prose};
use beskid_analysis::source::Span;

use super::Cx;
use crate::model::{Described, Docs, Link, Linked};

impl Cx<'_> {
    /// The documentation of the name at a place.
    pub(super) fn docs(&self, name: Span) -> Docs {
        let Some(comment) = self.analysis().documentation.of(name) else { return Docs::default() };
        let mut docs = Docs { text: self.prose(&comment.prose), ..Docs::default() };
        for directive in &comment.directives {
            let text = self.prose(&directive.prose);
            let name = directive.name.as_ref().map_or_else(String::new, |(name, _)| name.clone());
            let list = match directive.kind {
                DirectiveKind::Returns => {
                    docs.returns.get_or_insert(text);
                    continue;
                }
                DirectiveKind::Arg => &mut docs.arguments,
                DirectiveKind::Variant => &mut docs.variants,
                DirectiveKind::Par => &mut docs.type_parameters,
            };
            list.push(Described { name, text });
        }
        docs
    }

    fn prose(&self, prose: &Prose) -> Linked {
        let mut out = Linked::default();
        for piece in &prose.pieces {
            match piece {
                Piece::Text(text) => out.text.push_str(text),
                Piece::Reference(reference) => {
                    let start = out.text.len();
                    out.text.push_str(self.text(reference.span));
                    let target = reference.target.and_then(|place| self.ids.of(place));
                    let (end, target) = (out.text.len(), target.map(str::to_owned));
                    out.links.push(Link { start, end, target });
                }
            }
        }
        out
    }
}
