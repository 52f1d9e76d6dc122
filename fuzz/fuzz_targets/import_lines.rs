#![no_main]

use inboxdb_fuzz::targets::import_lines;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    import_lines::run(data, inboxdb_fuzz::in_memory);
});
