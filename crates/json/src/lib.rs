//! An immutable JSON body that is peeked without allocation, tokenised without a tree, and edited by span.
