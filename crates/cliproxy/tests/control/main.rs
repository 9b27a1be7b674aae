//! Gateways that are asked from the command line.

#[cfg(test)]
mod machine;

#[cfg(test)]
mod cases;
