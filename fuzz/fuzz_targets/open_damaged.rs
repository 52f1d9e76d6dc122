#![no_main]

use std::panic;

// The engine catches the panics of sled when it opens; the fuzzer's own hook would take each for a find. One that
// nobody catches still ends the run.
libfuzzer_sys::fuzz_target!(init: drop(panic::take_hook()), |data: &[u8]| inboxdb::fuzzing::open_damaged(data));
