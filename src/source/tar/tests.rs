use proptest::prelude::*;

use super::*;
use crate::source::fixtures::{append, tar as packed};

fn paths(archive: &[u8]) -> (Vec<String>, Option<String>) {
    let mut walk = Walk::new(archive);
    let mut paths = Vec::new();
    loop {
        match walk.next() {
            Ok(Some(member)) => paths.push(String::from_utf8_lossy(&member.path).into_owned()),
            Ok(None) => return (paths, None),
            Err(error) => return (paths, Some(error.to_string())),
        }
    }
}

#[test]
fn files_lie_where_the_walk_says_through_a_map_and_through_a_stream() {
    let archive = packed(&[("a.log", &b"alpha\n"[..]), ("empty", b""), ("b/c.log", &[7; 2000])]);
    let mut of_map = Walk::new(&archive[..]);
    let mut of_stream = Walk::new(Streamed(&archive[..]));
    for bytes in [&b"alpha\n"[..], b"", &[7; 2000]] {
        let (member, streamed) = (of_map.next().unwrap().unwrap(), of_stream.next().unwrap().unwrap());
        assert_eq!(member, streamed);
        let start = member.start as usize;
        assert_eq!(&archive[start..start + bytes.len()], bytes);
        let mut read = vec![0; member.size.min(5) as usize];
        of_stream.source.read_exact(&mut read).unwrap();
        of_stream.at += read.len() as u64;
        assert_eq!(read, bytes[..read.len()], "reading a part of a member loses no other");
    }
    assert_eq!((of_map.next().unwrap(), of_stream.next().unwrap()), (None, None));
}

#[test]
fn links_devices_and_folders_are_passed_over() {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (path, kind) in [
        ("folder/", ::tar::EntryType::Directory),
        ("link", ::tar::EntryType::Symlink),
        ("hard", ::tar::EntryType::Link),
        ("device", ::tar::EntryType::Char),
        ("pipe", ::tar::EntryType::Fifo),
        ("folder/a.log", ::tar::EntryType::Regular),
    ] {
        append(&mut builder, path.as_bytes(), b"", kind);
    }
    assert_eq!(paths(&builder.into_inner().unwrap()), (vec!["folder/a.log".to_owned()], None));
}

#[test]
fn long_paths_of_gnu_and_of_pax_are_whole() {
    let long = format!("{}access.log", "deep/".repeat(60));
    let mut builder = ::tar::Builder::new(Vec::new());
    let mut header = ::tar::Header::new_gnu();
    header.set_size(3);
    builder.append_data(&mut header, &long, &b"gnu"[..]).unwrap();
    let pax = "päx/access.log";
    builder.append_pax_extensions([("mtime", &b"1.5"[..]), ("path", pax.as_bytes())]).unwrap();
    append(&mut builder, b"short", b"pax", ::tar::EntryType::Regular);
    append(&mut builder, b"next", b"", ::tar::EntryType::Regular);
    let paths = paths(&builder.into_inner().unwrap());
    assert_eq!(paths, (vec![long, pax.to_owned(), "next".to_owned()], None));
}

#[test]
fn a_prefix_of_ustar_is_part_of_the_path() {
    let mut header = ::tar::Header::new_ustar();
    let path = format!("{}/cap.pcap", "a-long-folder-name/".repeat(7).trim_end_matches('/'));
    header.set_path(&path).unwrap();
    header.set_size(0);
    header.set_cksum();
    assert!(header.as_ustar().unwrap().prefix[0] != 0, "the test needs a prefix");
    assert_eq!(paths(header.as_bytes()), (vec![path], None));
}

#[test]
fn one_archive_behind_another_is_read_too() {
    let both = [packed(&[("a", b"1")]), packed(&[("b", b"2")]), b"not a header".repeat(50)].concat();
    assert_eq!(paths(&both), (vec!["a".to_owned(), "b".to_owned()], None));
}

#[test]
fn a_damaged_or_cut_archive_gives_what_came_before() {
    let archive = packed(&[("a", &[1; 600][..]), ("b", &[2; 600]), ("c", b"")]);
    let (two, error) = paths(&archive[..2700]);
    assert!(two == ["a", "b"] && error.is_some_and(|error| error.contains("cut short")));
    let mut damaged = archive.clone();
    damaged[1536 + 130] ^= 1;
    let (one, error) = paths(&damaged);
    assert!(one == ["a"] && error.is_some_and(|error| error.contains("checksum")));
}

#[test]
fn sizes_beyond_octal_are_read_and_a_size_without_end_is_harmless() {
    assert_eq!(number(b"00000000017\0"), Some(15));
    assert_eq!(number(b"      17 \0\0"), Some(15));
    assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]), Some(2 << 32));
    assert_eq!(number(&[0xff; 12]), None);
    assert_eq!(number(b"0000 0000 8\0").map(|_| ()), Some(()));
    let mut header = ::tar::Header::new_gnu();
    header.set_path("huge").unwrap();
    header.set_size(u64::MAX - 5);
    header.set_cksum();
    let (one, error) = paths(&[header.as_bytes(), &[0; 512][..]].concat());
    assert!(one == ["huge"] && error.is_some());
}

#[test]
fn a_name_that_would_fill_the_memory_ends_the_archive() {
    let mut builder = ::tar::Builder::new(Vec::new());
    append(&mut builder, b"fine", b"", ::tar::EntryType::Regular);
    append(&mut builder, b"././@LongLink", &vec![b'x'; 100_000], ::tar::EntryType::GNULongName);
    append(&mut builder, b"cut", b"", ::tar::EntryType::Regular);
    let (one, error) = paths(&builder.into_inner().unwrap());
    assert!(one == ["fine"] && error.is_some_and(|error| error.contains("64 KiB")));
}

#[test]
fn a_file_without_its_holes_is_known_as_such() {
    let mut builder = ::tar::Builder::new(Vec::new());
    append(&mut builder, b"sparse", &[0; 600], ::tar::EntryType::GNUSparse);
    append(&mut builder, b"next", b"", ::tar::EntryType::Regular);
    let archive = builder.into_inner().unwrap();
    let mut walk = Walk::new(&archive[..]);
    assert_eq!(walk.next().unwrap().unwrap().stored, Stored::WithoutHoles);
    assert_eq!(walk.next().unwrap().unwrap().path, b"next");
}

#[test]
fn text_and_zeros_are_no_archive() {
    assert!(!recognise(&[0; 1024]));
    assert!(!recognise(&b"127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 0\n".repeat(20)));
    assert!(recognise(&packed(&[("a", b"")])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_headers_never_panic_and_end(
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
        kind in any::<u8>(),
    ) {
        let mut archive = packed(&[("a", &b"12345"[..]), ("b", &[3; 700])]);
        archive[156] = kind;
        for (place, byte) in flips {
            let place = place.index(archive.len());
            archive[place] = byte;
        }
        // The checksum is repaired: damage behind it is what is looked for.
        for start in [0, 1024] {
            let sum: u32 = (0..512).map(|at| if (148..156).contains(&at) { 32 } else { u32::from(archive[start + at]) }).sum();
            archive[start + 148..start + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        let (found, _) = paths(&archive);
        prop_assert!(found.len() <= 2);
    }
}
