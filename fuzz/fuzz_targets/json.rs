#![no_main]

use inboxdb_fuzz::targets::json;

libfuzzer_sys::fuzz_target!(|data: &[u8]| json::run(data));
