#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| inboxdb::fuzzing::journal_frames(data));
