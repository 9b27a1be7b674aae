//! Weights under a strategy that does not look at them.

use super::Resolver;
use crate::{Section, Strategy, problem::more_of_it, raw::RawEntry, tree::Spot, weight::Weight};

impl Resolver<'_> {
    /// Says once that weights decide nothing. Those of 1 are not spoken of: all are equal without
    /// weights, too.
    pub(super) fn unused_weights(
        &mut self,
        strategy: Strategy,
        sections: &[(Section, Vec<Option<RawEntry>>)],
        root: &Spot<'_>,
    ) {
        if strategy == Strategy::WeightedRoundRobin {
            return;
        }
        let mut spots: Vec<Spot<'_>> = Vec::new();
        for (section, list) in sections {
            let section = root.key(section.as_str());
            for (index, entry) in list.iter().enumerate() {
                let Some(entry) = entry else { continue };
                let spot = section.index(index);
                if counts(entry.weight) {
                    spots.push(spot.key("weight"));
                }
                let keys = spot.key("api-key-entries");
                for (index, key) in entry.api_key_entries.iter().enumerate() {
                    if counts(key.as_ref().and_then(|key| key.weight)) {
                        spots.push(keys.index(index).key("weight"));
                    }
                }
            }
        }
        spots.sort_by_key(|spot| spot.place);
        let Some((first, others)) = spots.split_first() else {
            return;
        };
        let (strategy, more) = (strategy.as_str(), more_of_it(others.len()));
        let message = format!("has no effect with `{strategy}`{more}");
        let remedy = "for shares write `routing.strategy: weighted-round-robin`";
        self.report.warning(first, message, remedy);
    }
}

fn counts(weight: Option<Weight>) -> bool {
    weight.unwrap_or_default() != Weight::default()
}
