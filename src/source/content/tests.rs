//! If one of these fails, a person loses lines or packets of a rotated, damaged or unusually packed file.

use std::io::{ErrorKind, Read};

use proptest::prelude::*;

use super::*;
use crate::source::fixtures::{ALL, drain, noise, pack};

#[test]
fn a_rotated_log_of_several_members_is_read_to_its_end() {
    for compression in ALL {
        let packed = [pack(compression, b"first\n"), pack(compression, b""), pack(compression, b"second\n")];
        let content = Content::from_vec(packed.concat());
        assert_eq!(content.compression(), compression);
        assert_eq!(drain(&content), (b"first\nsecond\n".to_vec(), None), "{compression:?}");
        assert_eq!(content.head(8), b"first\nse");
        assert_eq!(content.plain(), None);
    }
}

#[test]
fn a_file_larger_than_a_block_comes_whole_and_in_order() {
    let plain: Vec<u8> = (0..5_000_000u32).map(|number| (number / 3) as u8).collect();
    for compression in ALL {
        // Packing with xz and bzip2 takes long; several of their blocks are enough.
        let slow = matches!(compression, Compression::Xz | Compression::Bzip2);
        let plain = if slow { &plain[..300_000] } else { &plain[..] };
        let (got, damage) = drain(&Content::from_vec(pack(compression, plain)));
        assert!(got == plain && damage.is_none(), "{compression:?}: {damage:?}");
    }
    assert_eq!(drain(&Content::from_vec(plain.clone())), (plain, None));
}

#[test]
fn a_file_cut_in_the_middle_gives_what_came_before_and_says_so() {
    let plain = noise(150_000);
    for compression in ALL {
        let mut packed = pack(compression, &plain);
        packed.truncate(packed.len() / 2);
        let (got, damage) = drain(&Content::from_vec(packed));
        assert!(got.len() > plain.len() / 4 && plain.starts_with(&got), "{compression:?}: {}", got.len());
        assert_eq!(damage.map(|damage| damage.after), Some(got.len() as u64), "{compression:?}");
    }
}

#[test]
fn a_cut_at_any_byte_is_noticed() {
    for compression in ALL {
        let packed = pack(compression, &noise(60));
        // Without its first bytes nobody knows what the file is.
        for end in 10..packed.len() {
            let content = Content::from_vec(packed[..end].to_vec());
            let mut all = Vec::new();
            let error = content.reader().read_to_end(&mut all).expect_err("a cut").kind();
            assert_eq!(error, ErrorKind::UnexpectedEof, "{compression:?} cut at {end} of {}", packed.len());
        }
    }
}

#[test]
fn garbage_behind_the_end_costs_nothing_but_is_told_and_padding_is_not() {
    for compression in ALL {
        let packed = pack(compression, b"all of it\n");
        let garbage = Content::from_vec([&packed[..], b"\0\0\0\0garbage"].concat());
        let (got, damage) = drain(&garbage);
        assert_eq!(got, b"all of it\n");
        assert!(
            damage.is_some_and(|damage| damage.what.contains("something else follows")),
            "{compression:?}"
        );
        let padded = Content::from_vec([&packed[..], &[0; 512], &packed, &[0; 100_000]].concat());
        assert_eq!(drain(&padded), (b"all of it\nall of it\n".to_vec(), None), "{compression:?}");
    }
}

#[test]
fn a_file_packed_twice_is_read_and_one_packed_thrice_is_explained() {
    for (inner, outer) in [(Compression::Gzip, Compression::Zstd), (Compression::Xz, Compression::Xz)] {
        let twice = pack(outer, &pack(inner, b"line\n"));
        let content = Content::from_vec(twice.clone());
        assert_eq!((drain(&content), content.unread()), ((b"line\n".to_vec(), None), None));
        let thrice = Content::from_vec(pack(Compression::Lz4, &twice));
        assert!(thrice.unread().is_some_and(|why| why.contains("below two others")));
    }
}

#[test]
fn a_file_that_cannot_be_inflated_at_all_is_not_called_empty() {
    // The encoder would take gigabytes: the size of the window is written into an ordinary file instead.
    let mut greedy = pack(Compression::Xz, b"x");
    let block = &mut greedy[12..24];
    assert_eq!((block[1], block[2], block[3]), (0, 0x21, 1), "one filter, LZMA2, one byte of properties");
    block[4] = 36;
    let checksum = {
        let mut crc = flate2::Crc::new();
        crc.update(&block[..8]);
        crc.sum()
    };
    block[8..12].copy_from_slice(&checksum.to_le_bytes());
    let why = Content::from_vec(greedy).unread();
    assert!(why.as_ref().is_some_and(|why| why.contains("more than 256 MiB")), "{why:?}");
    let why = Content::from_vec(pack(Compression::Gzip, b"cut")[..9].to_vec()).unread();
    assert!(why.as_ref().is_some_and(|why| why.contains("cannot be inflated")), "{why:?}");
    assert_eq!(Content::from_vec(Vec::new()).unread(), None);
    assert_eq!(Content::from_vec(pack(Compression::Zstd, b"")).unread(), None);
}

#[test]
fn damage_in_the_middle_of_gzip_costs_little_of_what_came_before() {
    let plain = noise(500_000);
    let mut packed = pack(Compression::Gzip, &plain);
    let middle = packed.len() / 2;
    packed[middle..middle + 64].fill(0xff);
    let (got, damage) = drain(&Content::from_vec(packed));
    let same = got.iter().zip(&plain).take_while(|(a, b)| a == b).count();
    assert!(same > plain.len() / 2 - 40_000 && damage.is_some(), "{same} {damage:?}");
}

#[test]
fn lz4_with_frames_to_be_skipped_and_every_way_of_blocks_is_read() {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    use std::io::Write;
    let plain: Vec<u8> = noise(100).into_iter().cycle().take(700_000).chain(noise(40_000)).collect();
    let skipped = [0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    for mode in [BlockMode::Linked, BlockMode::Independent] {
        for size in [BlockSize::Max64KB, BlockSize::Max4MB] {
            let info = FrameInfo::new().block_mode(mode).block_size(size);
            let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(&plain).unwrap();
            let frame = encoder.finish().unwrap();
            let content = Content::from_vec([&skipped[..], &frame, &skipped, &frame].concat());
            let (got, damage) = drain(&content);
            assert!(got == [&plain[..], &plain].concat() && damage.is_none(), "{damage:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    // A hostile file may cost itself, never the run; and whatever a library calls an error, callers know two kinds.
    #[test]
    fn damaged_files_end_in_a_known_error_and_never_in_a_panic(
        which in 0usize..5,
        plain in proptest::collection::vec(0u8..4, 0..3000),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        tail in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut packed = pack(ALL[which], &plain);
        let length = packed.len();
        for (place, byte) in flips {
            packed[4 + place.index(length - 4)] = byte;
        }
        packed.extend(tail);
        let content = Content::from_vec(packed);
        let _ = content.head(100);
        let mut all = Vec::new();
        if let Err(error) = content.reader().read_to_end(&mut all) {
            prop_assert!(matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData));
        }
    }

    #[test]
    fn random_bytes_behind_any_magic_never_panic(
        which in 0usize..9,
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let magics: [&[u8]; 9] = [
            b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh91AY&SY", b"\x04\x22\x4d\x18",
            b"\x50\x2a\x4d\x18\x02\0\0\0ab", b"PK\x03\x04", b"PK\x05\x06", b"",
        ];
        let content = Content::from_vec([magics[which], &bytes].concat());
        let _ = (content.head(64), content.unread(), content.digest());
        let _ = drain(&content);
    }
}

#[test]
fn text_in_utf_16_is_read_as_utf_8_packed_or_not() {
    let text = "2026-11-17 08:01:01 Fehler: Überlauf\r\n".as_bytes();
    let encoded = pack(Compression::Utf16, text);
    for content in [encoded.clone(), pack(Compression::Gzip, &encoded)].map(Content::from_vec) {
        assert_eq!(drain(&content), (text.to_vec(), None));
        assert_eq!((content.unread(), content.plain()), (None, None));
        assert_eq!(content.head(4), b"2026");
    }
}
