//! The aliases of a source, laid over its models.

use super::offered::{Offered, fixed_suffix};
use crate::{Alias, Catalogue, Source, record::Record};
use cliproxy_core::canonical;

/// The models of a source under the names that its aliases give them.
///
/// An alias takes the place of the name, or stands beside it if it is a fork. A model that is called
/// like an alias of another one is out of reach.
pub(super) fn aliased<'a>(
    models: Vec<Offered<'a>>,
    source: &'a Source,
    catalogue: &'static Catalogue,
) -> Vec<Offered<'a>> {
    if source.aliases.is_empty() {
        return models;
    }
    let mut named = Vec::with_capacity(models.len());
    for model in &models {
        let before = named.len();
        let mut fork = false;
        for alias in source.aliases.of(model.id) {
            fork |= alias.fork;
            named.push(renamed(model, alias));
        }
        if named.len() > before && !fork {
            continue;
        }
        match source.aliases.row(model.id) {
            None => named.push(model.clone()),
            // It was, or will be, renamed to this one.
            Some(alias) if models.iter().any(|other| alias.stands_for(other.id)) => {}
            Some(alias) => named.push(redirected(model, alias, source, catalogue)),
        }
    }
    named
}

fn renamed<'a>(model: &Offered<'a>, alias: &'a Alias) -> Offered<'a> {
    Offered {
        id: &alias.alias,
        suffix: fixed_suffix(&alias.name).or(model.suffix),
        display_name: alias.display_name.as_deref().unwrap_or(model.display_name),
        ..model.clone()
    }
}

/// A model whose name is an alias of one that the source is not known to have: an operator may know
/// of a model before the catalogue does.
fn redirected<'a>(
    model: &Offered<'a>,
    alias: &'a Alias,
    source: &Source,
    catalogue: &'static Catalogue,
) -> Offered<'a> {
    let target = canonical(&alias.name);
    Offered {
        id: model.id,
        target: target.into(),
        suffix: fixed_suffix(&alias.name),
        display_name: alias.display_name.as_deref().unwrap_or(model.display_name),
        record: catalogue
            .lookup(source.catalogue, target)
            .map(Record::Catalogue)
            .or_else(|| model.record.clone()),
    }
}
