//! A set of small integers that finds its next member in a step per level.

const WORD: usize = u64::BITS as usize;

/// 64-ary: bit `i` of one level says whether word `i` of the level below has any bit set.
///
/// Three levels hold 262,144 members, so a sparse set costs no scan.
#[derive(Clone, Debug)]
pub(crate) struct BitSet {
    /// From the members themselves up to a single word; never empty.
    levels: Vec<Box<[u64]>>,
}

impl BitSet {
    /// A set without members that can hold `0..len`.
    pub(crate) fn new(len: usize) -> Self {
        let mut levels = Vec::new();
        let mut bits = len;
        loop {
            let words = bits.div_ceil(WORD).max(1);
            levels.push(vec![0; words].into_boxed_slice());
            if words == 1 {
                return Self { levels };
            }
            bits = words;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.levels[self.levels.len() - 1][0] == 0
    }

    pub(crate) fn contains(&self, member: usize) -> bool {
        self.levels[0][member / WORD] & bit(member) != 0
    }

    pub(crate) fn insert(&mut self, member: usize) {
        let mut at = member;
        for level in &mut self.levels {
            let word = &mut level[at / WORD];
            let was_empty = *word == 0;
            *word |= bit(at);
            if !was_empty {
                return;
            }
            at /= WORD;
        }
    }

    pub(crate) fn remove(&mut self, member: usize) {
        let mut at = member;
        for level in &mut self.levels {
            let word = &mut level[at / WORD];
            *word &= !bit(at);
            if *word != 0 {
                return;
            }
            at /= WORD;
        }
    }

    /// The smallest member that is not below `from`.
    pub(crate) fn next(&self, from: usize) -> Option<usize> {
        let mut at = from;
        for (height, level) in self.levels.iter().enumerate() {
            let rest = level.get(at / WORD)? & (u64::MAX << (at % WORD));
            if rest != 0 {
                let found = at / WORD * WORD + rest.trailing_zeros() as usize;
                return Some(self.descend(height, found));
            }
            at = at / WORD + 1;
        }
        None
    }

    /// The first member below bit `at` of a level.
    fn descend(&self, height: usize, at: usize) -> usize {
        self.levels[..height].iter().rev().fold(at, |at, level| {
            at * WORD + level[at].trailing_zeros() as usize
        })
    }
}

const fn bit(at: usize) -> u64 {
    1 << (at % WORD)
}

#[cfg(test)]
mod tests;
