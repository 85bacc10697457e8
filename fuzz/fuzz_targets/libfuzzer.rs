//! The targets under libFuzzer; `RAYSCOPE_FUZZ` names the one.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rayscope_fuzz::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("RAYSCOPE_FUZZ").unwrap_or_default();
    TARGETS.iter().find(|target| target.name == name).expect("RAYSCOPE_FUZZ names a target of `fuzz list`")
});

fuzz_target!(|input: &[u8]| (TARGET.run)(input));
