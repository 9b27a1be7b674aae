//! Requests through a whole gateway, in front of an upstream that misbehaves as told.

#[cfg(test)]
mod rig;

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod cooldowns;
#[cfg(test)]
mod counters;
#[cfg(test)]
mod counts;
#[cfg(test)]
mod dialects;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod effort;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod explain_limits;
#[cfg(test)]
mod failback;
#[cfg(test)]
mod failover;
#[cfg(test)]
mod fallbacks;
#[cfg(test)]
mod health;
#[cfg(test)]
mod heard;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod listing;
#[cfg(test)]
mod losses;
#[cfg(test)]
mod model_facts;
#[cfg(test)]
mod own_credential;
#[cfg(test)]
mod pools;
#[cfg(test)]
mod recent;
#[cfg(test)]
mod records;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod stand_ins;
#[cfg(test)]
mod strategies;
#[cfg(test)]
mod streams;
mod suffixes;
#[cfg(test)]
mod translation;
#[cfg(test)]
mod unasked_bodies;
#[cfg(test)]
mod unserved;
#[cfg(test)]
mod unspeakable;
#[cfg(test)]
mod upstreams;
