//! What a ladder promises.

use super::bands::MOST_BANDS;
use super::*;
use crate::report::model::{Lane, ReportText};

fn row(offset_ms: i64, from: usize, to: usize, label: &str) -> LadderRow {
    LadderRow {
        offset_ns: offset_ms * 1_000_000,
        from,
        to,
        label: ReportText::made_up(label),
        ..LadderRow::default()
    }
}

fn kinds(rows: &[LadderRow]) -> String {
    let kind = |band: &Band| match band {
        Band::Message(_, Some(_), _) => "X".into(),
        Band::Message(row, None, 1) => row.label.to_string(),
        Band::Message(row, None, run) => format!("{run}×{}", row.label),
        Band::Pause(_) => "~".into(),
        Band::Omitted(count) => format!("…{count}"),
    };
    bands(rows).iter().map(kind).collect::<Vec<_>>().join(" ")
}

/// A long wait, a race and a run of segments must be seen as what they are, in one glance.
#[test]
fn pauses_are_compressed_races_cross_and_runs_fold() {
    let mut rows = vec![row(0, 1, 0, "200"), row(65_000, 0, 1, "POST"), row(65_000, 1, 0, "FIN")];
    rows[1].crosses_next = true;
    rows.extend((1..=14).map(|index| row(65_000 + index, 1, 0, "DATA")));
    rows.push(row(65_020, 1, 0, "RST"));
    assert_eq!(kinds(&rows), "200 ~ X 14×DATA RST");
    // Only messages in opposite directions can cross.
    rows[2].from = 0;
    rows[2].to = 1;
    assert_eq!(kinds(&rows), "200 ~ POST FIN 14×DATA RST");
}

/// However long the story, the message that tells is drawn and what is left out is counted.
#[test]
fn the_middle_is_left_out_and_never_the_telling_message() {
    for telling in 0..60 {
        let mut rows: Vec<LadderRow> = (0..60).map(|index| row(index, 0, 1, &format!("m{index}"))).collect();
        rows[telling].telling = true;
        let shown = bands(&rows);
        assert!(shown.iter().any(Band::tells), "{telling}");
        assert!(shown.len() <= MOST_BANDS + 2, "{telling}: {}", shown.len());
        let count = |band: &Band| match band {
            Band::Omitted(count) => *count,
            _ => 1,
        };
        assert_eq!(shown.iter().map(count).sum::<usize>(), 60, "{telling}");
    }
}

/// The frame is how the arrow is found in Wireshark; it must stand beside it, and only once.
#[test]
fn frames_and_lines_stand_beside_the_arrow() {
    let framed = |text: &'static str| LadderRow {
        frame: Some(81_229),
        text: text.into(),
        telling: true,
        ..row(1, 0, 1, "RST")
    };
    assert_eq!(describe(&framed("no byte"), 1), "telling packet: no byte, frame 81229");
    assert_eq!(describe(&framed("frame 81229"), 1), "telling packet: frame 81229");
    assert_eq!(describe(&LadderRow { line: Some(77), ..row(1, 0, 1, "x") }, 1), "line 77");
    let ladder = Ladder { lanes: vec![Lane::default(); 2], rows: vec![row(0, 0, 1, "a"), row(2, 1, 0, "b")] };
    assert_eq!(offset(&ladder, 2_000_000), "+2.000 ms");
    let drawn = draw(&ladder, "x").unwrap();
    assert!(drawn.wide.contains("id=\"x-wide\"") && drawn.narrow.contains("id=\"x-narrow\""));
}
