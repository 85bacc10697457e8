//! Files for the tests of this room, made by the libraries that others make theirs with.

use std::io::{Cursor, Write};

use super::compression::Compression;

/// All that a file may be packed with.
pub const ALL: [Compression; 5] =
    [Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Bzip2, Compression::Lz4];

/// One member, frame or stream.
pub fn pack(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    match compression {
        Compression::None => bytes.to_vec(),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Xz => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Lz4 => {
            let info = lz4_flex::frame::FrameInfo::new()
                .block_mode(lz4_flex::frame::BlockMode::Linked)
                .block_size(lz4_flex::frame::BlockSize::Max64KB)
                .block_checksums(true)
                .content_checksum(true)
                .content_size(Some(bytes.len() as u64));
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Deflate => {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
    }
}

/// A tar archive as GNU tar writes it.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        append(&mut builder, path.as_bytes(), bytes, ::tar::EntryType::Regular);
    }
    builder.into_inner().unwrap()
}

/// Appends an entry whose path is no more than the 100 bytes of a header, whatever they are.
pub fn append(builder: &mut ::tar::Builder<Vec<u8>>, path: &[u8], bytes: &[u8], kind: ::tar::EntryType) {
    let mut header = ::tar::Header::new_gnu();
    header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path);
    header.set_size(bytes.len() as u64);
    header.set_entry_type(kind);
    header.set_cksum();
    builder.append(&header, bytes).unwrap();
}

/// A zip archive, deflated.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(files, ::zip::CompressionMethod::Deflated)
}

/// A zip archive.
pub fn zip_with(files: &[(&str, &[u8])], method: ::zip::CompressionMethod) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default().compression_method(method);
    for (path, bytes) in files {
        writer.start_file(*path, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Bytes that hardly pack, four for each number, the same for the same count.
pub fn noise(count: u64) -> Vec<u8> {
    let word = |number: u64| (number.wrapping_add(0x9e37).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 29) as u32;
    (0..count).flat_map(|number| word(number ^ u64::from(word(number))).to_le_bytes()).collect()
}
