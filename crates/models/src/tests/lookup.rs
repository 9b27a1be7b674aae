//! What a requested name resolves to: aliases, suffixes, pools, merged sources.

use super::{check, source};

#[test]
fn aliases_keep_the_requested_suffix() {
    check(
        &[source(&[
            "gemini-2.5-pro=gemini-2.5-pro-exp-03-25",
            "Fast=m",
            "x(high=y",
        ])],
        false,
        &[
            ("gemini-2.5-pro(8192)", "0:gemini-2.5-pro-exp-03-25(8192)"),
            ("gemini-2.5-pro", "0:gemini-2.5-pro-exp-03-25"),
            ("fast", "0:m"),
            ("FAST(low)", "0:m(low)"),
            ("Fast()", "0:m"),
            (" Fast (low) ", "0:m(low)"),
            ("x(high", "0:y"),
            ("x(high)", "unknown"),
            ("x", "unknown"),
            ("other", "unknown"),
            ("(high)", "unknown"),
            ("", "unknown"),
        ],
    );
}

#[test]
fn a_configured_suffix_beats_the_requested_one() {
    check(
        &[source(&[
            "cheap=gpt-5.4(low)",
            "o3(high)",
            "(high)",
            "plain=p()",
        ])],
        false,
        &[
            ("cheap", "0:gpt-5.4(low)"),
            ("cheap(high)", "0:gpt-5.4(high)"),
            ("gpt-5.4(high)", "0:gpt-5.4(high)"),
            ("gpt-5.4", "0:gpt-5.4(low)"),
            ("o3(high)", "0:o3(high)"),
            ("o3(low)", "0:o3(low)"),
            ("o3", "0:o3(high)"),
            ("(high)", "0:(high)"),
            ("plain(max)", "0:p(max)"),
        ],
    );
}

#[test]
fn an_alias_may_carry_a_suffix() {
    check(
        &[source(&[
            "deep(high)=a",
            "deep(low)=b",
            "thin(low)=c",
            "thin=d",
        ])],
        false,
        &[
            ("deep(high)", "0:a(high)"),
            ("deep(low)", "0:b(low)"),
            ("deep", "0:a"),
            ("deep(max)", "0:a(max)"),
            ("thin(low)", "0:c(low)"),
            ("thin", "0:d"),
        ],
    );
}

#[test]
fn an_upstream_name_means_itself_unless_somebody_lists_it() {
    check(
        &[source(&["fast=m", "quick=M"]), source(&["slow=m"])],
        false,
        &[("m", "0:m 1:m"), ("M(low)", "0:m(low) 1:m(low)")],
    );
    check(
        &[source(&["fast=m"]), source(&["m"]), source(&["m=n"])],
        false,
        &[("fast", "0:m"), ("m", "1:m 2:n"), ("n", "2:n")],
    );
}

#[test]
fn equal_names_of_several_sources_are_one_route() {
    check(
        &[source(&["m", "n"]), source(&["M"]), source(&["m=up", "n"])],
        false,
        &[
            ("m", "0:m 1:M 2:up"),
            ("M", "0:m 1:M 2:up"),
            ("n", "0:n 2:n"),
        ],
    );
}

#[test]
fn a_repeated_alias_is_a_pool() {
    check(
        &[
            source(&["chat=x", "chat=y", "Chat=z", "chat=x", "solo=w", "solo=w"]),
            source(&["chat=x"]),
        ],
        false,
        &[
            ("chat", "0:x|y|z 1:x"),
            ("chat(low)", "0:x(low)|y(low)|z(low) 1:x(low)"),
            ("y", "0:y"),
            ("solo", "0:w"),
        ],
    );
    check(
        &[source(&["chat=x(low)", "chat=x(high)"])],
        false,
        &[("chat(max)", "0:x(max)"), ("x", "0:x(low)")],
    );
}
