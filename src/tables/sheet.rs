//! A table in the making: rows of one kind, and the columns drawn from them.

use std::net::IpAddr;

use polars::prelude::{
    BooleanChunked, ChunkedArray, Column, DataFrame, DataType, Float64Type, Int64Chunked, IntoColumn,
    ListBuilderTrait, ListPrimitiveChunkedBuilder, ListStringChunkedBuilder, NewChunkedArray,
    PolarsIntegerType, PolarsNumericType, PolarsResult, StringChunked, TimeUnit, TimeZone, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};

use super::telling::Telling;
use crate::evidence::Place;
use crate::flow::Arrival;
use crate::ray::{Colo, Ray, RayAtColo};
use crate::time::{Duration, Time};

/// Rows, what may be told of them, and the columns drawn from them so far. Names of durations end in `_us`, a unit each.
pub(super) struct Sheet<'r, 'i, R> {
    rows: &'r [R],
    telling: &'r Telling<'i>,
    columns: Vec<Column>,
}

impl<'r, 'i, R> Sheet<'r, 'i, R> {
    pub(super) fn new(rows: &'r [R], telling: &'r Telling<'i>) -> Sheet<'r, 'i, R> {
        Sheet { rows, telling, columns: Vec::new() }
    }

    pub(super) fn frame(self) -> PolarsResult<DataFrame> {
        DataFrame::new(self.rows.len(), self.columns)
    }

    /// A word of the program's own, or one that nobody can hide anything in.
    pub(super) fn word(&mut self, name: &str, of: impl Fn(&R) -> Option<String>) {
        let values = StringChunked::from_iter_options(name.into(), self.rows.iter().map(of));
        self.columns.push(values.into_column());
    }

    /// A name that stands in the evidence and tells of no person: a method, a program, a host.
    pub(super) fn name(&mut self, name: &str, of: impl Fn(&R) -> Option<&str>) {
        self.word(name, |row| of(row).map(str::to_owned));
    }

    /// A text of the evidence.
    pub(super) fn text(&mut self, name: &str, of: impl Fn(&R) -> Option<&str>) {
        let telling = self.telling;
        self.word(name, |row| of(row).map(|text| telling.text(text)));
    }

    /// A request target or a URL.
    pub(super) fn target(&mut self, name: &str, of: impl Fn(&R) -> Option<&str>) {
        let telling = self.telling;
        self.word(name, |row| of(row).map(|target| telling.target(target)));
    }

    /// An address of the edge, of the origin or of a visitor.
    pub(super) fn address(&mut self, name: &str, of: impl Fn(&R) -> Option<IpAddr>) {
        let telling = self.telling;
        self.word(name, |row| of(row).map(|address| telling.address(address)));
    }

    /// The address of a server, which is nobody's own.
    pub(super) fn server(&mut self, name: &str, of: impl Fn(&R) -> Option<IpAddr>) {
        self.word(name, |row| of(row).map(|address| address.to_string()));
    }

    /// What a client calls itself. Four numbers between dots are a version there, and no address.
    pub(super) fn user_agent(&mut self, of: impl Fn(&R) -> Option<&str>) {
        let telling = self.telling;
        self.word("user_agent_original", |row| of(row).map(|agent| telling.without_secrets(agent)));
    }

    /// An address that the source calls a visitor's.
    pub(super) fn visitor(&mut self, name: &str, of: impl Fn(&R) -> Option<IpAddr>) {
        let telling = self.telling;
        self.word(name, |row| of(row).map(|address| telling.visitor(address)));
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

    /// A probability or a share.
    pub(super) fn share(&mut self, name: &str, of: impl Fn(&R) -> Option<f64>) {
        self.number::<Float64Type>(name, of);
    }

    /// A duration in whole microseconds, as `NAME_us`.
    pub(super) fn duration(&mut self, name: &str, of: impl Fn(&R) -> Option<Duration>) {
        let microseconds = self.rows.iter().map(|row| of(row).map(|lasted| lasted.nanoseconds() / 1000));
        let values = Int64Chunked::from_iter_options(format!("{name}_us").into(), microseconds);
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
        self.u64(&format!("{name}_frame"), |row| of(row).map(|at| at.packet.frame()));
    }

    /// A ray as a number, as its sixteen digits, and the data centre where the source names one.
    pub(super) fn ray(&mut self, of: impl Fn(&R) -> Option<RayAtColo>) {
        self.bare_ray("ray", |row| of(row).map(|ray| ray.ray));
        self.colo(|row| of(row).and_then(|ray| ray.colo));
    }

    /// A ray as a number (`NAME`) and as its sixteen digits (`NAME_text`).
    pub(super) fn bare_ray(&mut self, name: &str, of: impl Fn(&R) -> Option<Ray>) {
        self.u64(name, |row| of(row).map(|ray| ray.0));
        self.word(&format!("{name}_text"), |row| of(row).map(|ray| ray.to_string()));
    }

    pub(super) fn colo(&mut self, of: impl Fn(&R) -> Option<Colo>) {
        self.word("colo", |row| of(row).map(|colo| colo.to_string()));
    }

    /// The place of a packet: the capture's name, Wireshark's frame number and stream in it.
    pub(super) fn packet_place(&mut self, of: impl Fn(&R) -> Option<Place>) {
        self.input("input", &of);
        self.u64("frame", |row| match of(row)? {
            Place::Packet { frame, .. } => Some(frame),
            _ => None,
        });
        self.u32("tcp_stream", |row| match of(row)? {
            Place::Packet { stream, .. } => stream,
            _ => None,
        });
    }

    /// The place of a line: the log's name, the line's number from 1, and which record of that line it is, from 0.
    pub(super) fn line_place(&mut self, of: impl Fn(&R) -> Place) {
        self.input("input", |row| Some(of(row)));
        self.u64("line", |row| match of(row) {
            Place::Line { line, .. } => Some(line),
            _ => None,
        });
        self.u32("record", |row| match of(row) {
            Place::Line { before, .. } => Some(before),
            _ => None,
        });
    }

    /// The name of an input.
    pub(super) fn input(&mut self, name: &str, of: impl Fn(&R) -> Option<Place>) {
        let telling = self.telling;
        self.word(name, |row| telling.input(of(row)));
    }

    pub(super) fn texts(&mut self, name: &str, of: impl Fn(&R) -> Vec<String>) {
        let mut builder = ListStringChunkedBuilder::new(name.into(), self.rows.len(), self.rows.len());
        for row in self.rows {
            let told: Vec<String> = of(row).iter().map(|text| self.telling.text(text)).collect();
            builder.append_values_iter(told.iter().map(String::as_str));
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

    fn number<T: PolarsNumericType>(&mut self, name: &str, of: impl Fn(&R) -> Option<T::Native>)
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
