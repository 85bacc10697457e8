use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::*;
use crate::source::fixtures::{noise, zip as packed, zip_with};

fn paths(listing: &Listing) -> Vec<String> {
    listing.members.iter().map(|member| String::from_utf8_lossy(&member.path).into_owned()).collect()
}

fn inflated(archive: &[u8], member: &ZipMember) -> Vec<u8> {
    let packed = &archive[member.range.clone()];
    match member.packed {
        Ok(Compression::None) => packed.to_vec(),
        _ => {
            let mut bytes = Vec::new();
            let _ = DeflateDecoder::new(packed).read_to_end(&mut bytes);
            bytes
        }
    }
}

#[test]
fn files_lie_where_the_directory_says_packed_or_not() {
    let files: [(&str, &[u8]); 3] = [("a.log", b"alpha\n"), ("b/c.pcap", &noise(500)), ("empty", b"")];
    for method in [::zip::CompressionMethod::Stored, ::zip::CompressionMethod::Deflated] {
        let archive = zip_with(&files, method);
        let listing = list(&archive, 10);
        assert_eq!(
            (paths(&listing), listing.damage),
            (files.map(|(path, _)| path.to_owned()).to_vec(), None)
        );
        for ((_, bytes), member) in files.iter().zip(&listing.members) {
            assert_eq!((inflated(&archive, member), member.size), (bytes.to_vec(), bytes.len() as u64));
        }
    }
}

#[test]
fn an_archive_behind_a_program_or_with_a_comment_is_read() {
    let archive = [&b"#!/bin/sh\nexit\n"[..], &packed(&[("a", b"12")])].concat();
    let listing = list(&archive, 10);
    assert_eq!(inflated(&archive, &listing.members[0]), b"12");
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.set_comment("a comment").unwrap();
    writer.start_file("a", ::zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(b"12").unwrap();
    assert_eq!(paths(&list(&writer.finish().unwrap().into_inner(), 10)), ["a"]);
}

#[test]
fn folders_and_links_are_left_out_and_large_archives_read() {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default().large_file(true);
    writer.add_directory("folder", options).unwrap();
    writer.add_symlink("link", "/etc/passwd", options).unwrap();
    writer.start_file("folder/a", options).unwrap();
    writer.write_all(b"wide").unwrap();
    let archive = writer.finish().unwrap().into_inner();
    let listing = list(&archive, 10);
    assert_eq!((paths(&listing), listing.damage), (vec!["folder/a".to_owned()], None));
    assert_eq!(inflated(&archive, &listing.members[0]), b"wide");
}

#[test]
fn an_archive_cut_short_gives_what_came_before() {
    let (first, second) = (noise(300), noise(700));
    let archive = packed(&[("a", &first), ("b", &second)]);
    let cut = &archive[..2500];
    let listing = list(cut, 10);
    assert_eq!(paths(&listing), ["a", "b"]);
    assert!(listing.damage.is_some());
    assert_eq!(inflated(cut, &listing.members[0]), first);
    assert!(second.starts_with(&inflated(cut, &listing.members[1])));
}

#[test]
fn an_archive_cut_short_that_was_written_to_a_pipe_gives_what_came_before() {
    let mut writer = ::zip::ZipWriter::new_stream(Vec::new());
    for (path, bytes) in [("a", noise(300)), ("b", noise(300))] {
        writer.start_file(path, ::zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    assert_eq!(archive[6] & 8, 8, "the test needs sizes behind the bytes");
    let whole = list(&archive, 10);
    let cut = list(&archive[..archive.len() - 60], 10);
    assert!(whole.damage.is_none() && cut.damage.is_some());
    for (a, b) in whole.members.iter().zip(&cut.members) {
        assert_eq!((&a.path, a.size, a.checksum, &a.range), (&b.path, b.size, b.checksum, &b.range));
    }
    assert_eq!(cut.members.len(), 2);
    let in_the_first = list(&archive[..600], 10);
    assert_eq!(paths(&in_the_first), ["a"]);
    assert!(noise(300).starts_with(&inflated(&archive[..600], &in_the_first.members[0])));
}

#[test]
fn what_cannot_be_read_says_why() {
    assert!(method(1, 8).is_err_and(|why| why.contains("encrypted")));
    assert!(method(0, 9).is_err_and(|why| why.contains("Deflate64")));
    assert!(method(0, 99).is_err());
    assert_eq!(method(0, 93), Ok(Compression::Zstd));
}

#[test]
fn an_empty_archive_is_one() {
    let archive = packed(&[]);
    assert!(recognise(&archive));
    let listing = list(&archive, 10);
    assert!(listing.members.is_empty() && listing.damage.is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_damaged_archive_never_panics_and_its_files_lie_within(
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<proptest::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut archive = packed(&[("a", &b"12345"[..]), ("b/c", &[3; 100])]);
        for (place, byte) in flips {
            let place = place.index(archive.len());
            archive[place] = byte;
        }
        if is_cut {
            archive.truncate(cut.index(archive.len()));
        }
        for member in list(&archive, 10).members {
            prop_assert!(member.range.start <= member.range.end && member.range.end <= archive.len());
        }
    }
}
