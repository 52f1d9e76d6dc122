#![no_main]

use inboxdb_fuzz::targets::canary;
use inboxdb_fuzz::targets::index_consistency::Looks;
use inboxdb_fuzz::targets::script::Script;

libfuzzer_sys::fuzz_target!(|script: Script| canary::run(&script, inboxdb_fuzz::in_memory, Looks::Quarter));
