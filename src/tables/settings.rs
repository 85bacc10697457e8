//! `settings.parquet`: the settings that were read from configuration files.

use polars::prelude::{DataFrame, PolarsResult};

use super::sheet::Sheet;
use super::telling::Telling;
use crate::evidence::SettingRow;

pub(super) fn frame(rows: &[&SettingRow], telling: &Telling) -> PolarsResult<DataFrame> {
    let mut sheet = Sheet::new(rows, telling);
    sheet.line_place(|row| row.place);
    sheet.name("process_name", |row| Some(row.setting.program.name()));
    sheet.text("block", |row| row.setting.block.as_deref());
    sheet.name("directive", |row| Some(&row.setting.directive));
    sheet.text("value", |row| Some(&row.setting.value));
    sheet.frame()
}
