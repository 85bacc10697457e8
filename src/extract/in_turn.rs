//! What several threads take one after the other, in an order that was given out before: the part of a pipeline that only one of them may be in.

use std::ops::{Deref, DerefMut};
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A value that is taken in turns, which are numbered from 0 on.
pub struct InTurn<T> {
    now: Mutex<Now<T>>,
    passed_on: Condvar,
}

struct Now<T> {
    turn: u64,
    value: T,
}

/// The value, for whose turn it is. Letting go of it passes it on.
pub struct HeldTurn<'i, T> {
    now: MutexGuard<'i, Now<T>>,
    passed_on: &'i Condvar,
}

impl<T> InTurn<T> {
    /// A value whose first turn is number 0.
    pub fn new(value: T) -> InTurn<T> {
        InTurn { now: Mutex::new(Now { turn: 0, value }), passed_on: Condvar::new() }
    }

    /// Waits until all turns before `turn` are over. Each has to be taken, once. Who waits must not hold what an earlier turn has yet to take.
    ///
    /// # Panics
    /// Where a turn before it ended in a panic: a thread that is gone takes no further turn, and whoever waited for one would wait for ever.
    pub fn wait(&self, turn: u64) -> HeldTurn<'_, T> {
        let mut now = self.now.lock().unwrap_or_else(broken_off);
        while now.turn < turn {
            now = self.passed_on.wait(now).unwrap_or_else(broken_off);
        }
        HeldTurn { now, passed_on: &self.passed_on }
    }

    /// The value, when nobody waits for it any more.
    pub fn into_inner(self) -> T {
        self.now.into_inner().unwrap_or_else(PoisonError::into_inner).value
    }
}

impl<T> Deref for HeldTurn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.now.value
    }
}

impl<T> DerefMut for HeldTurn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.now.value
    }
}

impl<T> Drop for HeldTurn<'_, T> {
    fn drop(&mut self) {
        self.now.turn += 1;
        self.passed_on.notify_all();
    }
}

/// Goes on with the panic of an earlier turn.
fn broken_off<T>(_: PoisonError<T>) -> T {
    resume_unwind(Box::new("an earlier turn ended in a panic"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn whoever_comes_first_the_turns_are_taken_by_their_numbers() {
        let (taken, next) = (InTurn::new(Vec::new()), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let turn = next.fetch_add(1, Ordering::Relaxed);
                        taken.wait(turn).push(turn);
                    }
                });
            }
        });
        assert_eq!(taken.into_inner(), (0..800).collect::<Vec<_>>());
    }

    #[test]
    fn a_turn_that_panics_keeps_nobody_waiting() {
        let taken = InTurn::new(0);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| *taken.wait(1) += 1);
            let panics = scope.spawn(|| {
                let _turn = taken.wait(0);
                panic!("this one is meant");
            });
            assert!(panics.join().is_err() && waits.join().is_err());
        });
    }
}
