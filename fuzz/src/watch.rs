//! What an input costs: the most memory that is held while it is read, and a watch over inputs that never end.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counting.
pub struct Counting;

// Safety: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs something, and gives its result and the most memory that it held at any time, in bytes.
pub fn memory<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let result = run();
    (result, MOST.load(Ordering::Relaxed).saturating_sub(before))
}

/// The input that is being read, and how many were.
static CURRENT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static TURN: AtomicU64 = AtomicU64::new(0);

/// The input that is about to be read.
pub fn begin(input: &[u8]) {
    if let Ok(mut current) = CURRENT.lock() {
        current.clear();
        current.extend(input);
    }
    TURN.fetch_add(1, Ordering::Relaxed);
}

/// Ends the process if reading one input takes longer than this, and writes that input to `artifact`.
pub fn watch(patience: Duration, artifact: PathBuf) {
    std::thread::spawn(move || {
        let mut last = 0;
        loop {
            std::thread::sleep(patience);
            let turn = TURN.load(Ordering::Relaxed);
            if turn == last {
                if let Ok(current) = CURRENT.lock() {
                    let _ = std::fs::write(&artifact, &*current);
                }
                println!("HANG: no end within {} s: {}", patience.as_secs(), artifact.display());
                std::process::exit(1);
            }
            last = turn;
        }
    });
}
