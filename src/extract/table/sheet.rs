//! A table in the making: rows of one kind, and the columns drawn from them.

use polars::prelude::{
    BooleanChunked, ChunkedArray, Column, DataFrame, DataType, Int64Chunked, IntoColumn, ListBuilderTrait,
    ListPrimitiveChunkedBuilder, ListStringChunkedBuilder, NewChunkedArray, PolarsIntegerType, PolarsResult,
    StringChunked, TimeUnit, TimeZone, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::evidence::{InputId, Partial, Place};
use crate::flow::Arrival;
use crate::ray::{Colo, Ray, RayAtColo};
use crate::time::{Duration, Time};

/// Rows and the columns drawn from them so far.
pub(super) struct Sheet<'r, R> {
    rows: &'r [R],
    columns: Vec<Column>,
}

impl<'r, R> Sheet<'r, R> {
    pub(super) fn new(rows: &'r [R]) -> Sheet<'r, R> {
        Sheet { rows, columns: Vec::new() }
    }

    pub(super) fn frame(self) -> PolarsResult<DataFrame> {
        DataFrame::new(self.rows.len(), self.columns)
    }

    pub(super) fn text(&mut self, name: &str, of: impl Fn(&R) -> Option<String>) {
        let values = StringChunked::from_iter_options(name.into(), self.rows.iter().map(of));
        self.columns.push(values.into_column());
    }

    pub(super) fn flag(&mut self, name: &str, of: impl Fn(&R) -> Option<bool>) {
        let values = BooleanChunked::from_iter_options(name.into(), self.rows.iter().map(of));
        self.columns.push(values.into_column());
    }

    pub(super) fn u8(&mut self, name: &str, of: impl Fn(&R) -> Option<u8>) {
        self.number::<UInt8Type>(name, of);
    }

    pub(super) fn u16(&mut self, name: &str, of: impl Fn(&R) -> Option<u16>) {
        self.number::<UInt16Type>(name, of);
    }

    pub(super) fn u32(&mut self, name: &str, of: impl Fn(&R) -> Option<u32>) {
        self.number::<UInt32Type>(name, of);
    }

    pub(super) fn u64(&mut self, name: &str, of: impl Fn(&R) -> Option<u64>) {
        self.number::<UInt64Type>(name, of);
    }

    /// A duration, in nanoseconds.
    pub(super) fn duration(&mut self, name: &str, of: impl Fn(&R) -> Option<Duration>) {
        let nanoseconds = self.rows.iter().map(|row| of(row).map(Duration::nanoseconds));
        let values = Int64Chunked::from_iter_options(name.into(), nanoseconds);
        self.columns.push(values.into_column());
    }

    pub(super) fn time(&mut self, name: &str, of: impl Fn(&R) -> Option<Time>) {
        let nanoseconds = self.rows.iter().map(|row| of(row).map(|time| time.0));
        let values = Int64Chunked::from_iter_options(name.into(), nanoseconds);
        self.columns.push(values.into_datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)).into_column());
    }

    /// The time and the frame of a packet, as `NAME_time` and `NAME_frame`.
    pub(super) fn packet(&mut self, name: &str, of: impl Fn(&R) -> Option<Arrival>) {
        self.time(&format!("{name}_time"), |row| of(row).map(|at| at.time));
        self.u64(&format!("{name}_frame"), |row| of(row).map(|at| at.packet.frame));
    }

    /// A ray as a number, as its sixteen digits, and the data centre where the source names one.
    pub(super) fn ray(&mut self, of: impl Fn(&R) -> Option<RayAtColo>) {
        self.bare_ray("ray", |row| of(row).map(|ray| ray.ray));
        self.colo(|row| of(row).and_then(|ray| ray.colo));
    }

    /// A ray as a number (`NAME`) and as its sixteen digits (`NAME_text`).
    pub(super) fn bare_ray(&mut self, name: &str, of: impl Fn(&R) -> Option<Ray>) {
        self.u64(name, |row| of(row).map(|ray| ray.0));
        self.text(&format!("{name}_text"), |row| of(row).map(|ray| ray.to_string()));
    }

    pub(super) fn colo(&mut self, of: impl Fn(&R) -> Option<Colo>) {
        self.text("colo", |row| of(row).map(|colo| colo.to_string()));
    }

    /// The place of a packet: the capture's name, Wireshark's frame number and stream in it.
    pub(super) fn packet_place(&mut self, partial: &Partial, of: impl Fn(&R) -> Option<Place>) {
        self.text("input", |row| input_name(partial, of(row)?.input()));
        self.u64("frame", |row| match of(row)? {
            Place::Packet { frame, .. } => Some(frame),
            _ => None,
        });
        self.u32("tcp_stream", |row| match of(row)? {
            Place::Packet { stream, .. } => stream,
            _ => None,
        });
    }

    /// The place of a line: the log's name and the line's number from 1.
    pub(super) fn line_place(&mut self, partial: &Partial, of: impl Fn(&R) -> Place) {
        self.text("input", |row| input_name(partial, of(row).input()));
        self.u64("line", |row| match of(row) {
            Place::Line { line, .. } => Some(line),
            _ => None,
        });
    }

    pub(super) fn texts(&mut self, name: &str, of: impl Fn(&R) -> Vec<String>) {
        let mut builder = ListStringChunkedBuilder::new(name.into(), self.rows.len(), self.rows.len());
        for row in self.rows {
            builder.append_values_iter(of(row).iter().map(String::as_str));
        }
        self.columns.push(builder.finish().into_column());
    }

    pub(super) fn u64s(&mut self, name: &str, of: impl Fn(&R) -> Vec<u64>) {
        self.numbers::<UInt64Type>(name, DataType::UInt64, of);
    }

    pub(super) fn u16s(&mut self, name: &str, of: impl Fn(&R) -> Vec<u16>) {
        self.numbers::<UInt16Type>(name, DataType::UInt16, of);
    }

    /// Names and sizes in bytes of header lines or cookies, as `NAME_names` and `NAME_bytes`, in the same order.
    pub(super) fn sizes(&mut self, name: &str, of: impl Fn(&R) -> Vec<(String, u64)>) {
        self.texts(&format!("{name}_names"), |row| of(row).into_iter().map(|(name, _)| name).collect());
        self.u64s(&format!("{name}_bytes"), |row| of(row).into_iter().map(|(_, bytes)| bytes).collect());
    }

    fn number<T: PolarsIntegerType>(&mut self, name: &str, of: impl Fn(&R) -> Option<T::Native>)
    where
        ChunkedArray<T>: NewChunkedArray<T, T::Native> + IntoColumn,
    {
        let values: ChunkedArray<T> =
            NewChunkedArray::from_iter_options(name.into(), self.rows.iter().map(of));
        self.columns.push(values.into_column());
    }

    fn numbers<T: PolarsIntegerType>(
        &mut self,
        name: &str,
        kind: DataType,
        of: impl Fn(&R) -> Vec<T::Native>,
    ) {
        let rows = self.rows.len();
        let mut builder = ListPrimitiveChunkedBuilder::<T>::new(name.into(), rows, rows, kind);
        for row in self.rows {
            builder.append_slice(&of(row));
        }
        self.columns.push(builder.finish().into_column());
    }
}

/// An input's name, as the report lists it.
pub(super) fn input_name(partial: &Partial, input: InputId) -> Option<String> {
    partial.inputs.get(&input).map(|summary| summary.name.clone())
}
