//! What every provider must do, whichever it is: one check, run for each of them.

#[cfg(test)]
mod caller;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod spy;
#[cfg(test)]
mod wire;

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod codings;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod leaks;
#[cfg(test)]
mod providers;
#[cfg(test)]
mod request_headers;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod smuggling;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod transport;
