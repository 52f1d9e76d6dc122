# The project's commands. `just` lists them; each is one line that runs without just too.

_list:
    @just --list --unsorted

# Format, lints of all packages and features, and the documentation.
check:
    cargo fmt --all --check
    cargo fmt --check --manifest-path fuzz/Cargo.toml
    cargo fmt --check --manifest-path peers/Cargo.toml
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
    cargo clippy --workspace --test cluster --all-features --locked -- -D warnings
    cargo clippy --manifest-path fuzz/Cargo.toml --all-targets --locked -- -D warnings
    cargo clippy --manifest-path peers/Cargo.toml --all-targets --locked -- -D warnings

# All suites, as the README says.
test *filter:
    cargo test --locked {{filter}}

# Everything that has to hold before a change lands; what continuous integration runs.
ci:
    .ci/run

# Build the page into server/page/dist, and test it in a browser; needs node and Chromium.
page:
    cargo build --release --locked -p inboxdb-cli
    cd server/page && npm ci --ignore-scripts && npm run check && npm run build && npm test

# Random traces against the naive model, for longer.
traces seeds="500":
    INBOXDB_SEEDS={{seeds}} cargo test --release --test suite model

# Whole engines on a simulated disk that fails.
simulate runs="100000":
    INBOXDB_RUNS={{runs}} cargo test --release --lib simulation

# Kill the real binary; `just kills 200 power` cuts the power too and needs root.
kills rounds="200" which="":
    INBOXDB_KILLS={{rounds}} cargo test --release -p inboxdb-cli --test cli kills::{{which}} -- --nocapture

# A small file system that is really full; needs root.
full-disk rounds="200":
    INBOXDB_ROUNDS={{rounds}} cargo test --release --test suite full_disk -- --nocapture

# Each fuzz target for a while, on the stable toolchain; the planted fault of the canary must be found.
fuzz-smoke seconds="20":
    fuzz/smoke {{seconds}}

# Threads under ThreadSanitizer; needs a nightly toolchain with rust-src.
tsan:
    TSAN_OPTIONS="suppressions=$PWD/tests/tsan.suppressions" RUSTFLAGS=-Zsanitizer=thread INBOXDB_ROUNDS=1000 \
        cargo +nightly test -Zbuild-std --target x86_64-unknown-linux-gnu --test suite -- concurrency many_threads

# Stored forms, sets and the journal's frames under Miri; needs a nightly toolchain with miri.
miri:
    MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test --lib -- record:: index::t journal::frame \
        journal::segment sets::chat_set store::parts store::row view::tests::depth view::tests::errors

# Criterion benchmarks of single operations; `just bench 1000000` for more chats.
bench chats="100000":
    INBOXDB_BENCH_CHATS={{chats}} cargo bench -p inboxdb-benches

# PostgreSQL, SQLite, Redis, sled and redb beside the engine; `just peers --chats 1000000` for more chats.
peers *arguments:
    cargo run --release --locked --manifest-path peers/Cargo.toml -- {{arguments}}

# Three servers and three nodes, killed, stopped, wiped and cut off in random order, then the real programs; as root the network and the power
# are cut too.
force rounds="3":
    INBOXDB_ROUNDS={{rounds}} cargo test --release --locked --test cluster -- --ignored --nocapture by_force
    INBOXDB_KILLS={{rounds}} cargo test --release --locked -p inboxdb-cli --test cli -- --ignored cluster_kills cluster::tls --nocapture

# What the log of a cluster costs, beside an engine without one.
cost:
    cargo run --release --locked -p inboxdb-cluster --example cost

# The documentation, as on docs.rs.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --open

# Advisories, licences, bans and sources of the dependencies.
deny:
    cargo deny --workspace check

# What a release would hold.
package:
    cargo package --list --allow-dirty
