//! The command line.

use std::path::PathBuf;

xflags::xflags! {
    /// Tests, fuzzing, checks, generated files, benches and end-to-end runs of the workspace.
    cmd xtask {
        /// Build the gateway, then run every test, documentation example and fuzz corpus.
        cmd test {}

        /// Format, clippy, tidy, generated files, documentation, dependencies, crates alone.
        cmd lint {
            /// A tool that is not installed is an error instead of a skipped step.
            optional --strict
        }

        /// The rules of this workspace that no other tool knows.
        cmd tidy {}

        /// Write the configuration schema and the crate graph of ARCHITECTURE.md.
        cmd codegen {
            /// Write nothing; fail when a generated file is out of date.
            optional --check
        }

        /// Every check of `fuzz/` over its corpus; with a target, libFuzzer looks for new cases.
        cmd fuzz {
            /// Fuzz this target. Needs cargo-fuzz.
            optional --target name: String
            /// For how long. 60 unless said.
            optional --seconds n: u32
        }

        /// The properties of the translators over many more cases than their tests take.
        cmd props {
            /// Cases of each property. 100,000 unless said.
            optional --cases n: u32
            /// In the build of `cargo xtask test`, which is there already: for few cases.
            optional --dev
            /// Only the properties whose names contain this.
            optional --filter name: String
        }

        /// End-to-end tests against the real binary, then the Python SDKs.
        cmd e2e {
            /// Only the tests whose names contain this.
            optional --filter name: String
            /// Only the Python SDK run.
            optional --sdk-only
            /// Leave the Python SDK run out.
            optional --no-sdk
            /// Only real coding agents, installed under the target directory.
            optional --agents
            /// Only the fault run: many clients while upstreams break in every way there is.
            optional --faults
            /// Only the kill run: kills the gateway this often while it refreshes a token under load.
            optional --kill n: u64
            /// The seed of the fault run or the kill run; another one each time unless said.
            optional --seed n: u64
            /// Only a soak run: streams without a pause while the configuration changes.
            optional --soak
            /// How long the soak run takes. 60 unless said.
            optional --seconds n: u64
        }

        /// Benches: criterion, or `http` for the whole gateway against the floor.
        cmd bench {
            /// Criterion benches whose names contain the filter.
            default cmd criterion {
                optional filter: String
            }

            /// The whole gateway against the floor, in one run.
            cmd http {
                /// Interleaved rounds; the medians are reported. 5 unless said.
                optional --rounds n: usize
                /// Only the workloads whose names contain this.
                optional --filter name: String
                /// Two short rounds: says whether it works, not what it costs.
                optional --quick
                /// Fail when a budget is not met.
                optional --strict
                /// Measure this gateway binary instead of building one.
                optional --proxy-bin path: PathBuf
                /// Measure a second gateway binary in the same rounds and compare.
                optional --against path: PathBuf
            }
        }
    }
}
