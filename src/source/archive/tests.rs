use proptest::prelude::*;

use super::*;
use crate::source::fixtures::{append, drain, noise, pack, tar as tar_of, zip as zip_of};

fn budget() -> Budget {
    Budget::of(crate::memory::MemoryBudget::default().files())
}

fn opened(bytes: Vec<u8>, budget: &mut Budget) -> Opened {
    let content = Arc::new(Content::from_vec(bytes));
    let kind = Kind::of(&content).expect("an archive");
    open(&content, kind, budget)
}

fn texts(opened: &Opened) -> Vec<(String, Result<Vec<u8>, String>)> {
    let text = |member: &Member| {
        let content = member.content.as_ref().map_err(Clone::clone)?;
        Ok(drain(content).0)
    };
    opened.members.iter().map(|member| (shown(&member.path), text(member))).collect()
}

#[test]
fn members_are_the_same_from_every_archive() {
    let files: [(&str, &[u8]); 3] =
        [("in/a.log", b"alpha\n"), ("in/b.log.gz", &pack(Compression::Gzip, b"beta\n")), ("in/c", b"")];
    let expected: Vec<_> = [("in/a.log", &b"alpha\n"[..]), ("in/b.log.gz", b"beta\n"), ("in/c", b"")]
        .map(|(path, bytes)| (path.to_owned(), Ok(bytes.to_vec())))
        .to_vec();
    let tar = tar_of(&files);
    let mut archives = vec![tar.clone(), zip_of(&files), pack(Compression::Zstd, &zip_of(&files))];
    archives.extend(crate::source::fixtures::ALL.map(|compression| pack(compression, &tar)));
    for archive in archives {
        let opened = opened(archive, &mut budget());
        assert_eq!((texts(&opened), &opened.remarks), (expected.clone(), &Vec::new()));
    }
}

#[test]
fn a_member_of_a_plain_tar_is_no_copy() {
    let content = Arc::new(Content::from_vec(tar_of(&[("a", b"12345")])));
    let opened = open(&content, Kind::Tar, &mut budget());
    let member = opened.members[0].content.as_ref().unwrap().plain().unwrap();
    assert!(content.raw().unwrap().as_ptr_range().contains(&member.as_ptr()));
}

#[test]
fn what_does_not_fit_into_memory_is_read_from_the_archive_and_equal() {
    let (large, packed) = (noise(100_000), pack(Compression::Bzip2, &noise(30_000)));
    let archive = tar_of(&[("small", &b"1"[..]), ("large", &large), ("packed", &packed), ("last", b"22")]);
    let archive = pack(Compression::Xz, &archive);
    // Noise cannot be packed: only what is as small as this fits.
    let streamed = opened(archive.clone(), &mut Budget { held: 3, ..budget() });
    let held = opened(archive, &mut budget());
    assert!(texts(&streamed) == texts(&held));
    let memory = |opened: &Opened| -> u64 {
        opened.members.iter().map(|member| member.content.as_ref().unwrap().memory()).sum()
    };
    assert!(memory(&streamed) < memory(&held));
    for (a, b) in streamed.members.iter().zip(&held.members) {
        let (a, b) = (a.content.as_ref().unwrap(), b.content.as_ref().unwrap());
        assert_eq!((a.digest(), a.head(70_000)), (b.digest(), b.head(70_000)));
    }
}

/// A large archive on the disk, whose streams stand where the last member ended.
#[test]
fn members_of_a_file_are_the_same_in_any_order() {
    let parts: Vec<(String, Vec<u8>)> =
        (0..12).map(|number| (format!("{number}.log"), noise(200_000 + number * 777))).collect();
    let files: Vec<(&str, &[u8])> = parts.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs.tar.gz");
    std::fs::write(&path, pack(Compression::Gzip, &tar_of(&files))).unwrap();
    let archive = Arc::new(Content::open(&path).unwrap());
    let opened = open(&archive, Kind::Tar, &mut Budget { held: 3, ..budget() });
    for order in [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [11, 3, 7, 4, 5, 0, 6, 1, 10, 9, 8, 2]] {
        for number in order {
            let content = opened.members[number].content.as_ref().unwrap();
            assert!(drain(content).0 == parts[number].1, "{number} of {order:?}");
        }
    }
}

#[test]
fn logs_beyond_what_is_held_as_it_is_are_packed_anew_and_equal() {
    let log = b"172.68.1.1 - - [17/Nov/2026:08:00:00 +0000] \"GET / HTTP/1.1\" 200 12\n".repeat(20_000);
    let files: Vec<(String, &[u8])> =
        (0..20).map(|number| (format!("{number:02}"), &log[number..])).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, log)| (path.as_str(), *log)).collect();
    let opened = opened(pack(Compression::Gzip, &tar_of(&files)), &mut Budget { plain: 3 << 20, ..budget() });
    let memory: u64 = opened.members.iter().map(|member| member.content.as_ref().unwrap().memory()).sum();
    assert!(memory < 4 << 20, "{memory}");
    let all = texts(&opened).into_iter().zip(files);
    assert!(all.into_iter().all(|((path, text), (name, log))| path == name && text.unwrap() == log));
}

/// To reach a member of an archive in an archive both are inflated again, whatever lies before it in either.
#[test]
fn what_is_inflated_again_is_counted_through_both_archives() {
    let inner = pack(Compression::Gzip, &tar_of(&[("a", &noise(200_000)), ("b", &noise(200_001))]));
    let outer = pack(Compression::Gzip, &tar_of(&[("before", &noise(500_000)), ("inner.tgz", &inner)]));
    let mut tight = Budget { held: 3, ..budget() };
    let outer = opened(outer, &mut tight);
    let between = tight.inflated_again;
    let inner = outer.members[1].content.as_ref().unwrap();
    let members = open(inner, Kind::Tar, &mut tight).members;
    assert_eq!(members.len(), 2);
    assert!(between - tight.inflated_again > 2 * (500_000 + 400_000) + 600_000);
}

#[test]
fn what_lies_too_deep_is_named_and_the_rest_is_read() {
    let archive = pack(Compression::Gzip, &tar_of(&[("large", &noise(1000)), ("small", b"1")]));
    let opened = opened(archive, &mut Budget { held: 3, inflated_again: 100, ..budget() });
    let texts = texts(&opened);
    assert!(texts[0].1.as_ref().is_err_and(|why| why.contains("too deep")));
    assert_eq!(texts[1].1, Ok(b"1".to_vec()));
}

#[test]
fn a_cut_archive_gives_what_came_before_and_says_so() {
    let plain = tar_of(&[("a", b"whole"), ("b", &noise(500_000))]);
    for archive in [plain.clone(), pack(Compression::Gzip, &plain), pack(Compression::Xz, &plain)] {
        let opened = opened(archive[..archive.len() / 2].to_vec(), &mut budget());
        let texts = texts(&opened);
        assert_eq!(texts[0].1, Ok(b"whole".to_vec()));
        let half = texts[1].1.as_ref().unwrap();
        assert!(half.len() > 300_000 && noise(500_000).starts_with(half));
        assert!(opened.remarks[0].contains("cut short"), "{:?}", opened.remarks);
    }
}

#[test]
fn hostile_names_are_names_and_nothing_else() {
    let mut builder = ::tar::Builder::new(Vec::new());
    let names: [&[u8]; 5] = [b"/etc/shadow", b"../../up", b"a\xff", b"a\xfe", b"C:\\x"];
    for name in names {
        append(&mut builder, name, name, ::tar::EntryType::Regular);
    }
    let opened = opened(builder.into_inner().unwrap(), &mut budget());
    let got: Vec<_> = opened.members.iter().map(|member| member.path.as_slice()).collect();
    assert_eq!(got, names);
    assert_eq!(texts(&opened)[0], ("etc/shadow".to_owned(), Ok(b"/etc/shadow".to_vec())));
}

#[test]
fn of_two_files_of_one_path_the_last_counts() {
    let opened = opened(tar_of(&[("a", &b"old"[..]), ("b", b"b"), ("a", b"new")]), &mut budget());
    assert_eq!(texts(&opened), [("b".to_owned(), Ok(b"b".to_vec())), ("a".to_owned(), Ok(b"new".to_vec()))]);
    assert!(opened.remarks[0].contains("same path (a)"));
}

#[test]
fn a_report_in_an_archive_is_no_evidence() {
    let report = b"{\n  \"schema\": \"rayscope.report/1\",\n";
    let files: [(&str, &[u8]); 4] =
        [("in/out/report.json", report), ("in/out/x/y", b"y"), ("in/a", b"a"), ("in/report.json", b"{}")];
    let opened = opened(zip_of(&files), &mut budget());
    let names: Vec<_> = texts(&opened).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["in/a", "in/report.json"]);
}

#[test]
fn a_zip_whose_files_lie_upon_each_other_does_not_inflate_them_all() {
    // Every record of the directory is made to claim 400 MiB.
    let names: Vec<String> = (0..8).map(|number| format!("bomb{number}")).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().map(|name| (name.as_str(), &b"0000000000000000"[..])).collect();
    let mut archive = zip_of(&files);
    let records: Vec<usize> = memchr::memmem::find_iter(&archive, b"PK\x01\x02").collect();
    for record in records {
        archive[record + 24..record + 28].copy_from_slice(&(400u32 << 20).to_le_bytes());
    }
    let opened = opened(archive, &mut budget());
    let refused = opened.members.iter().filter(|member| member.content.is_err()).count();
    assert_eq!((opened.members.len(), refused), (8, 6));
}

#[test]
fn a_zip_whose_checksum_is_wrong_says_so() {
    let mut archive = zip_of(&[("a", b"some text that is long enough, some text that is long enough")]);
    for record in memchr::memmem::find_iter(&archive.clone(), b"PK\x01\x02") {
        archive[record + 16] ^= 1;
    }
    let opened = opened(archive, &mut budget());
    let (_, damage) = drain(opened.members[0].content.as_ref().unwrap());
    assert!(damage.is_some_and(|damage| damage.what.contains("checksum") && damage.after == 60));
}

#[test]
fn an_archive_of_too_many_files_is_read_as_far_as_there_is_room() {
    let files = [("a", &b"1"[..]), ("b", b"2"), ("c", b"3")];
    for archive in [tar_of(&files), zip_of(&files)] {
        let opened = opened(archive, &mut Budget { members: 2, ..budget() });
        assert_eq!((opened.members.len(), opened.remarks.len()), (2, 1));
    }
}

#[test]
fn an_empty_archive_is_told() {
    assert_eq!(opened(zip_of(&[]), &mut budget()).remarks, ["the archive holds no file"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_damaged_archive_never_panics(
        which in 0usize..3,
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let files: [(&str, &[u8]); 2] = [("a", b"12345"), ("b/c", &[3; 700])];
        let tar = tar_of(&files);
        let mut archive = [tar.clone(), zip_of(&files), pack(Compression::Lz4, &tar)][which].clone();
        for (place, byte) in flips {
            let place = place.index(archive.len());
            archive[place] = byte;
        }
        let content = Arc::new(Content::from_vec(archive));
        if let Some(kind) = Kind::of(&content) {
            let _ = texts(&open(&content, kind, &mut Budget { held: 100, ..budget() }));
        }
    }
}
