//! One table on its way to the disk. Rows wait until they fill a row group, so that memory does not grow with them, and where a group ends
//! depends on nothing but their number.

use std::fs::File;
use std::io::{self, BufWriter};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;

use polars::prelude::{
    BatchedWriter, DataFrame, ParquetCompression, ParquetWriter, PolarsError, PolarsResult, StatisticsOptions,
};

use super::telling::Telling;
use crate::error::{Error, Result};

/// Rows of a row group: enough for columns to pack well, and a few tens of megabytes at most.
const GROUP: usize = 8_192;
/// So many batches are a row group, however few their rows: rows of a log that are large come in batches of 256 KiB of it, those of a capture in
/// batches of 2 MiB of packets.
const BATCHES: usize = 32;

/// Whether the system gives so many threads more as polars takes when it first works side by side: where it does not get them, it ends the process.
fn has_threads() -> bool {
    let wanted = std::env::var("POLARS_MAX_THREADS").ok().and_then(|count| count.parse().ok());
    let wanted = wanted.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let closed = gate.lock();
        let wait = || drop(gate.lock().unwrap_or_else(PoisonError::into_inner));
        let has = (0..wanted).all(|_| thread::Builder::new().spawn_scoped(scope, wait).is_ok());
        drop(closed);
        has
    })
}

/// Gives the file that a table of this name is written to.
pub type Begin<'b> = &'b mut dyn FnMut(&str) -> Result<File>;

/// Makes columns of rows.
type ToColumns<R> = fn(&[R], &Telling) -> PolarsResult<DataFrame>;

/// A table that is being written.
pub(super) struct TableFile<R> {
    name: String,
    frame: ToColumns<R>,
    writer: BatchedWriter<BufWriter<File>>,
    waiting: Vec<R>,
    /// The batches that these came in.
    batches: usize,
}

impl<R> TableFile<R> {
    pub(super) fn begin(
        name: &str,
        frame: ToColumns<R>,
        begin: Begin<'_>,
        telling: &Telling,
    ) -> Result<TableFile<R>> {
        let name = format!("{name}.parquet");
        let file = BufWriter::new(begin(&name)?);
        let writer = frame(&[], telling).and_then(|empty| {
            ParquetWriter::new(file)
                .with_compression(ParquetCompression::Zstd(None))
                .with_statistics(StatisticsOptions::default())
                .set_parallel(has_threads())
                .batched(empty.schema())
        });
        let writer = writer.map_err(|error| failed(&name, error))?;
        Ok(TableFile { name, frame, writer, waiting: Vec::new(), batches: 0 })
    }

    /// Takes rows behind those that are there.
    pub(super) fn take(&mut self, mut rows: Vec<R>, telling: &Telling) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        self.waiting.append(&mut rows);
        self.batches += 1;
        let whole = match self.batches {
            ..BATCHES => self.waiting.len() - self.waiting.len() % GROUP,
            _ => self.waiting.len(),
        };
        if whole == 0 {
            return Ok(());
        }
        self.batches = 0;
        let rest = self.waiting.split_off(whole);
        let groups = std::mem::replace(&mut self.waiting, rest);
        groups.chunks(GROUP).try_for_each(|group| self.group(group, telling))
    }

    /// Writes all rows of a table.
    pub(super) fn whole(mut self, rows: Vec<R>, telling: &Telling) -> Result<()> {
        self.take(rows, telling)?;
        self.finish(telling)
    }

    /// Writes what waits, and the end of the table.
    pub(super) fn finish(mut self, telling: &Telling) -> Result<()> {
        let last = std::mem::take(&mut self.waiting);
        self.group(&last, telling)?;
        self.writer.finish().map_err(|error| failed(&self.name, error))?;
        Ok(())
    }

    fn group(&mut self, rows: &[R], telling: &Telling) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let frame = (self.frame)(rows, telling);
        let written = frame.and_then(|frame| self.writer.write_batch(&frame));
        written.map_err(|error| failed(&self.name, error))
    }
}

fn failed(name: &str, error: PolarsError) -> Error {
    let source = match error {
        PolarsError::IO { error, .. } => io::Error::new(error.kind(), error.to_string()),
        other => io::Error::other(other),
    };
    Error::Machine {
        action: "write",
        path: PathBuf::from(name),
        source,
        help: "free some space, or give another folder",
    }
}
