//! Evidence as Parquet tables, for a person's own questions in DuckDB, pandas or polars. The only room that knows polars.
//!
//! Conventions of all tables: instants are `Datetime(ns, UTC)` by the clock of their source, durations whole nanoseconds, a ray a
//! number for joins and its sixteen digits for reading. A place is the input's name with a frame and `tcp_stream`, a line, or an entry.
//! Values of queries appear as their length only, cookies and header lines as names and sizes.

mod access;
mod browser;
mod connections;
mod edge;
mod exchanges;
mod inputs;
mod messages;
mod sheet;
#[cfg(test)]
mod tests;
mod values;
mod words;

use std::io;
use std::path::PathBuf;

use polars::prelude::{DataFrame, ParquetCompression, ParquetWriter, PolarsResult, StatisticsOptions};

use crate::error::{Error, Result};
use crate::evidence::partial::Partial;

/// The tables of a partial: names of files and their bytes, the same bytes for the same evidence. Every table is there, also where
/// it has no rows, so that a query finds its columns.
///
/// # Errors
/// Where a table cannot be built in memory.
pub fn tables(partial: &Partial) -> Result<Vec<(&'static str, Vec<u8>)>> {
    /// Builds one table.
    type Build = fn(&Partial) -> PolarsResult<DataFrame>;
    const TABLES: [(&str, Build); 7] = [
        ("inputs.parquet", inputs::frame),
        ("connections.parquet", connections::frame),
        ("exchanges.parquet", exchanges::frame),
        ("access.parquet", access::frame),
        ("messages.parquet", messages::frame),
        ("edge.parquet", edge::frame),
        ("har.parquet", browser::frame),
    ];
    let written = TABLES.into_iter().map(|(name, build)| {
        let bytes = build(partial).and_then(parquet).map_err(|error| Error::Machine {
            action: "build",
            path: PathBuf::from(name),
            source: io::Error::other(error),
            help: "give fewer inputs at once",
        })?;
        Ok((name, bytes))
    });
    written.collect()
}

/// Columns are written one after the other: threads would bring nothing at this size.
fn parquet(mut frame: DataFrame) -> PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::default())
        .set_parallel(false)
        .finish(&mut frame)?;
    Ok(bytes)
}
