//! Reading a client's request body: what the decoders of the four protocols share.
//!
//! A decoder walks every object once, and takes from it what it knows by name. These rules hold
//! in all of them:
//!
//! - `null` is an absent member. Of two members of one name the first counts.
//! - A member that must be read and has the wrong type is the client's error: the refusal names it.
//!   What is only moved (schemas, arguments, most settings) is not looked into.
//! - A top-level member, or one of an object of settings, that nobody knows is noted by its place. What
//!   nobody knows in messages, parts and tools is left behind: clients send replies back with all that
//!   was in them.
//! - What the target can take is not asked here.
//!
//! | file | what it reads |
//! | --- | --- |
//! | `members` | the members of an object, and which of them are settings |
//! | `expect` | values that must be of a type |
//! | `pieces` | lists, and how many elements they have in all |
//! | `wish` | how much the model is to think: which of body and suffix counts |
//! | `media` | images, recordings, films and documents |
//! | `sealed` | signatures and encrypted reasoning |
//! | `cache` | caching marks |
//! | `hosted` | tools that run at a provider, by their type |
//! | `openai` | what Chat and Responses have in common: tools, the choice among them, the answer's form |

pub(crate) mod cache;
pub(crate) mod expect;
pub(crate) mod hosted;
pub(crate) mod media;
pub(crate) mod members;
pub(crate) mod openai;
pub(crate) mod pieces;
pub(crate) mod sealed;
pub(crate) mod shapes;
pub(crate) mod wish;

#[cfg(test)]
pub(crate) mod tests;
