#![no_main]

use std::panic;

// The engine catches panics of sled while opening, but the fuzzer's own hook would report each as a crash. An uncaught
// panic still ends the run.
libfuzzer_sys::fuzz_target!(init: drop(panic::take_hook()), |data: &[u8]| inboxdb::fuzzing::open_damaged(data));
