//! Other names for the models of a source.

use crate::names::folded;
use cliproxy_core::{canonical, parse_suffix};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Another name for a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alias {
    /// The name it stands for. A thinking suffix in it is for who asks for none.
    pub name: String,
    /// What clients call it; it may have a thinking suffix of its own.
    pub alias: String,
    /// Whether listings show the name as well.
    pub fork: bool,
    /// What listings show to people; that of the model if `None`.
    pub display_name: Option<String>,
}

/// Other names for the models of one source.
///
/// Unlike the alias of an [`Offer`](crate::Offer) they say nothing about which models there are, so
/// they can be laid over a vendor's catalogue. A name may have several aliases; of equal aliases,
/// compared without ASCII case, the first counts. There are no pools.
///
/// ```
/// use cliproxy_models::{Alias, Aliases};
///
/// let aliases = Aliases::new([Alias {
///     name: "gpt-5.4".to_owned(),
///     alias: "gpt".to_owned(),
///     ..Alias::default()
/// }]);
/// assert_eq!(aliases.resolve("GPT(high)"), "gpt-5.4(high)");
/// assert_eq!(aliases.resolve("o3"), "o3");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    rows: Vec<Alias>,
    /// Positions in `rows`, by folded alias.
    by_alias: FxHashMap<Box<str>, usize>,
}

impl Aliases {
    /// A table of these rows, without those that lack a name, or whose alias is their name.
    pub fn new(rows: impl IntoIterator<Item = Alias>) -> Self {
        let mut table = Self::default();
        for mut row in rows {
            for text in [&mut row.name, &mut row.alias] {
                *text = text.trim().to_owned();
            }
            let missing = row.name.is_empty() || row.alias.is_empty();
            if missing || row.name.eq_ignore_ascii_case(&row.alias) {
                continue;
            }
            let vacant = table.rows.len();
            let at = *table
                .by_alias
                .entry(folded(&row.alias).into())
                .or_insert(vacant);
            if at == vacant {
                table.rows.push(row);
            }
        }
        table
    }

    /// Whether there is no alias at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The name that a requested name stands for, or the requested name itself. Only one step: what
    /// it stands for is not looked up again.
    ///
    /// Tried are the text as it is, then without thinking suffix. The suffix of the request beats that
    /// of the name; an empty one is dropped.
    #[must_use]
    pub fn resolve<'a>(&self, requested: &'a str) -> Cow<'a, str> {
        let text = requested.trim();
        let base = canonical(text);
        let Some(row) = self.row(text).or_else(|| self.row(base)) else {
            return Cow::Borrowed(requested);
        };
        if row.name.eq_ignore_ascii_case(base) {
            return Cow::Borrowed(requested);
        }
        let asked = parse_suffix(text)
            .suffix
            .filter(|suffix| !suffix.is_empty());
        Cow::Owned(match asked {
            Some(suffix) => format!("{}({suffix})", parse_suffix(&row.name).name),
            None => row.name.clone(),
        })
    }

    /// The row with this alias.
    pub(crate) fn row(&self, alias: &str) -> Option<&Alias> {
        self.by_alias.get(&*folded(alias)).map(|&at| &self.rows[at])
    }

    /// The rows that stand for a model, in their order.
    pub(crate) fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Alias> {
        self.rows.iter().filter(move |row| row.stands_for(name))
    }
}

impl Alias {
    /// Whether it is another name for the model with this name, possibly at a fixed effort.
    pub(crate) fn stands_for(&self, name: &str) -> bool {
        [&*self.name, canonical(&self.name)]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    }
}
