//! libFuzzer's way into the check of the same name.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cliproxy_fuzz::client_key::check(data));
