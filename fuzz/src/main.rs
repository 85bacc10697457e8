//! A driver that needs nothing but a stable toolchain: seeds, a mutator that is the same everywhere, and a watch over panics, time and
//! memory.
//!
//! ```text
//! cargo run --release --manifest-path fuzz/Cargo.toml -- list
//! cargo run --release --manifest-path fuzz/Cargo.toml -- http --iterations 100000 --seconds 60 --seed 1
//! cargo run --release --manifest-path fuzz/Cargo.toml -- http --replay fuzz/artifacts/http-panic-1
//! mkdir corpus && tar -xJf fuzz/corpus.tar.xz -C corpus
//! cargo run --release --manifest-path fuzz/Cargo.toml -- all --corpus corpus --iterations 2000
//! ```
//!
//! Guided by coverage, the same targets under libFuzzer (a C++ compiler is needed, no nightly toolchain):
//!
//! ```text
//! RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
//!   -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1" cargo build --release --manifest-path fuzz/Cargo.toml \
//!   --features libfuzzer --bin libfuzzer --target x86_64-unknown-linux-gnu
//! fuzz http --seeds corpus/http && RAYSCOPE_FUZZ=http libfuzzer corpus/http
//! ```
//!
//! `fuzz/grow` does this with all of them, and packs what reaches most with least (`fuzz/corpus.tar.xz`).

mod mutate;
mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mutate::{Random, mutate};
use rayscope_fuzz::{TARGETS, Target, seeds};

#[global_allocator]
static ALLOCATOR: watch::Counting = watch::Counting;

/// An input that makes the program hold more memory than this, plus so much for each of its bytes, is a finding too.
const MEMORY: usize = 64 << 20;
const MEMORY_OF_EACH_BYTE: usize = 256;
/// If reading one input takes longer than this, the process is ended.
const PATIENCE: Duration = Duration::from_secs(30);
/// Different places of panics that are followed, and findings of each.
const MOST_FINDINGS: usize = 20;

/// Where the last panic was.
static PLACE: Mutex<String> = Mutex::new(String::new());

struct Arguments {
    iterations: u64,
    seconds: u64,
    seed: u64,
    /// An input of some kilobytes that takes longer than this to read is a finding.
    slow: Duration,
    artifacts: PathBuf,
    /// A folder for each target, of inputs that reach more of it than its seeds do.
    corpus: Option<PathBuf>,
    replay: Option<PathBuf>,
    write_seeds: Option<PathBuf>,
}

impl Arguments {
    fn of(words: &[String]) -> Option<Arguments> {
        let mut arguments = Arguments {
            iterations: 100_000,
            seconds: 60,
            seed: 1,
            slow: Duration::from_secs(1),
            artifacts: PathBuf::from("fuzz/artifacts"),
            corpus: None,
            replay: None,
            write_seeds: None,
        };
        for pair in words.chunks(2) {
            let [name, value] = pair else { return None };
            match name.as_str() {
                "--iterations" => arguments.iterations = value.parse().ok()?,
                "--seconds" => arguments.seconds = value.parse().ok()?,
                "--seed" => arguments.seed = value.parse().ok()?,
                "--slow" => arguments.slow = Duration::from_secs(value.parse().ok()?),
                "--artifacts" => arguments.artifacts = PathBuf::from(value),
                "--corpus" => arguments.corpus = Some(PathBuf::from(value)),
                "--replay" => arguments.replay = Some(PathBuf::from(value)),
                "--seeds" => arguments.write_seeds = Some(PathBuf::from(value)),
                _ => return None,
            }
        }
        Some(arguments)
    }
}

/// What is wrong with an input.
enum Finding {
    Panic(String),
    Slow(Duration),
    Memory(usize),
}

impl Finding {
    /// What findings of the same kind have in common: only the first of them is reported.
    fn key(&self) -> String {
        match self {
            Finding::Panic(place) => format!("panic at {place}"),
            Finding::Slow(_) => "slow".to_owned(),
            Finding::Memory(_) => "memory".to_owned(),
        }
    }

    fn text(&self) -> String {
        match self {
            Finding::Panic(_) => self.key(),
            Finding::Slow(time) => format!("slow: {:.1} s", time.as_secs_f64()),
            Finding::Memory(bytes) => format!("memory: {} MB", bytes >> 20),
        }
    }
}

fn run(target: &Target, input: &[u8], slow: Duration) -> Option<Finding> {
    watch::begin(input);
    let started = Instant::now();
    let (result, memory) = watch::memory(|| panic::catch_unwind(|| (target.run)(input)));
    let time = started.elapsed();
    if result.is_err() {
        let place = PLACE.lock().map(|place| place.clone()).unwrap_or_default();
        return Some(Finding::Panic(place));
    }
    if memory > MEMORY + input.len() * MEMORY_OF_EACH_BYTE {
        return Some(Finding::Memory(memory));
    }
    (time > slow).then_some(Finding::Slow(time))
}

/// What a target begins with: its seeds, and what of the corpus is its own.
fn inputs(target: &Target, corpus: Option<&Path>) -> io::Result<Vec<Vec<u8>>> {
    let mut inputs = seeds::of(target.seeds);
    if let Some(corpus) = corpus {
        let files = fs::read_dir(corpus.join(target.name))?.map(|entry| entry.map(|entry| entry.path()));
        let mut files = files.collect::<io::Result<Vec<PathBuf>>>()?;
        files.sort();
        for file in files {
            inputs.push(fs::read(file)?);
        }
    }
    Ok(inputs)
}

/// Runs what a target begins with, then mutations of it, until one of the bounds is reached. Gives the number of different findings.
fn fuzz(target: &Target, arguments: &Arguments) -> io::Result<usize> {
    let seeds = inputs(target, arguments.corpus.as_deref())?;
    let started = Instant::now();
    let mut random = Random::new(arguments.seed);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut tell = |input: &[u8], finding: Finding| {
        let (number, count) = (found.len() + 1, found.entry(finding.key()).or_default());
        *count += 1;
        if *count == 1 && number <= MOST_FINDINGS {
            let path = arguments.artifacts.join(format!("{}-{}-{number}", target.name, arguments.seed));
            let kept = fs::create_dir_all(&arguments.artifacts).and_then(|()| fs::write(&path, input));
            let kept = kept.map_or_else(|error| error.to_string(), |()| path.display().to_string());
            println!("{}: {} ({} bytes): {kept}", target.name, finding.text(), input.len());
        }
    };
    for seed in &seeds {
        run(target, seed, arguments.slow).into_iter().for_each(|finding| tell(seed, finding));
    }
    let mut done = 0;
    while done < arguments.iterations && started.elapsed().as_secs() < arguments.seconds {
        done += 1;
        let mut input = seeds[random.below(seeds.len())].clone();
        mutate(&mut input, &seeds[random.below(seeds.len())], &mut random);
        run(target, &input, arguments.slow).into_iter().for_each(|finding| tell(&input, finding));
    }
    let different = found.len();
    println!(
        "{}: {} seeds, {done} mutations in {:.0} s, {different} findings",
        target.name,
        seeds.len(),
        started.elapsed().as_secs_f64()
    );
    Ok(different)
}

fn write_seeds(target: &Target, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let numbered = seeds::of(target.seeds).into_iter().enumerate();
    numbered.map(|(number, seed)| fs::write(folder.join(format!("{number:05}")), seed)).collect()
}

/// The target of this name, or each of them.
fn named(name: &str) -> Vec<&'static Target> {
    TARGETS.iter().filter(|target| name == "all" || target.name == name).collect()
}

/// Does with a target what is asked for. Gives the number of different findings.
fn attend(target: &Target, arguments: &Arguments) -> io::Result<usize> {
    if let Some(folder) = &arguments.write_seeds {
        return write_seeds(target, folder).map(|()| 0);
    }
    fs::create_dir_all(&arguments.artifacts)?;
    if let Some(path) = &arguments.replay {
        let finding = run(target, &fs::read(path)?, arguments.slow);
        finding.iter().for_each(|finding| println!("{}", finding.text()));
        return Ok(usize::from(finding.is_some()));
    }
    fuzz(target, arguments)
}

/// Remembers where a panic was; tells all of it where one input is replayed.
fn note_panics(told: bool) {
    panic::set_hook(Box::new(move |info| {
        let place =
            info.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        if told {
            println!("{info}\n{}", std::backtrace::Backtrace::force_capture());
        }
        if let Ok(mut last) = PLACE.lock() {
            *last = place;
        }
    }));
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = words.split_first().map_or(("list", &[][..]), |(name, rest)| (name.as_str(), rest));
    let targets = named(name);
    let Some(arguments) = Arguments::of(rest).filter(|_| !targets.is_empty()) else {
        println!(
            "usage: fuzz TARGET|all [--iterations N] [--seconds N] [--seed N] [--slow SECONDS] [--corpus DIR] [--artifacts DIR] [--replay FILE] [--seeds DIR]"
        );
        TARGETS.iter().for_each(|target| println!("  {}", target.name));
        return if name == "list" { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    note_panics(arguments.replay.is_some());
    watch::watch(PATIENCE, arguments.artifacts.join(format!("{name}-{}-hang", arguments.seed)));
    let mut findings = 0;
    for target in targets {
        match attend(target, &arguments) {
            Ok(more) => findings += more,
            Err(error) => {
                println!("{}: {error}", target.name);
                return ExitCode::from(2);
            }
        }
    }
    if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
