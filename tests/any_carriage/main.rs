//! The same conversation gives the same exchanges and the same report, however it was cut into segments, reordered, repeated and rotated
//! into files; and one thread gives the same bytes as many. Otherwise a report would depend on the network card of the machine that
//! captured.

#![allow(clippy::expect_used, reason = "a test that cannot write its captures has failed")]

mod carriage;
mod conversation;
#[path = "../support/mod.rs"]
mod support;
mod told;

use carriage::Carriage;
use conversation::{GROUND, conversations};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::series::goes_on_between_files;
use told::{exchanges, report, report_apart_from_places};

fn capture(carriage: &Carriage, connections: &[conversation::Connection]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    carriage.write(&carriage.packets(connections), folder.path());
    folder
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        rng_seed: RngSeed::Fixed(520),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_carriage_gives_the_same_exchanges_and_the_same_report(
        connections in conversations(1..8, GROUND),
        one in Carriage::any(),
        other in Carriage::any(),
    ) {
        let plain = capture(&Carriage::plain(), &connections);
        let (told, reported) = (exchanges(plain.path()), report_apart_from_places(plain.path()));
        prop_assert!(told.lines().count() >= 2 * GROUND);
        for carriage in [one, other] {
            let folder = capture(&carriage, &connections);
            assert_same("exchanges", &exchanges(folder.path()), &told)?;
            assert_same("report", &report_apart_from_places(folder.path()), &reported)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        rng_seed: RngSeed::Fixed(522),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// A run that was stopped between two files of a series finds what it would have found.
    #[test]
    fn a_stop_between_two_files_changes_no_byte(
        connections in conversations(1..8, GROUND),
        carriage in Carriage::rotated(),
    ) {
        let folder = capture(&carriage, &connections);
        prop_assert!(!goes_on_between_files(folder.path()).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3,
        rng_seed: RngSeed::Fixed(521),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Several windows of packets (4,096 each), cut and rotated, and failures in all of them.
    #[test]
    fn threads_do_not_change_a_byte_of_captures_larger_than_a_window(
        connections in conversations(80..120, 900),
        carriage in Carriage::any(),
    ) {
        let folder = capture(&carriage, &connections);
        let one = on_threads(1, || report(folder.path()));
        prop_assert!(one.matches("\"slug\"").count() > 10, "nothing failed");
        for threads in [2, 16] {
            assert_same("report", &on_threads(threads, || report(folder.path())), &one)?;
        }
    }
}

fn on_threads(threads: usize, work: impl FnOnce() -> String + Send) -> String {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(work)
}

/// Shows the first line that differs with the lines around it, and not the hundreds that are the same.
fn assert_same(what: &str, one: &str, other: &str) -> Result<(), TestCaseError> {
    const AROUND: usize = 8;
    let differs = one.lines().zip(other.lines()).position(|(one, other)| one != other);
    let from =
        differs.unwrap_or_else(|| one.lines().count().min(other.lines().count())).saturating_sub(AROUND);
    let show = |text: &str| text.lines().skip(from).take(2 * AROUND).collect::<Vec<_>>().join("\n");
    prop_assert!(one == other, "the {what} differs:\n{}\n\nand\n{}\n", show(one), show(other));
    Ok(())
}
