//! The examples of RFC 7541, appendix C, and what a table does beyond them.

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let text = |pair: &[u8]| String::from_utf8(pair.to_vec()).unwrap();
    digits.chunks(2).map(|pair| u8::from_str_radix(&text(pair), 16).unwrap()).collect()
}

/// The fields of a block, `?` for what is unknown, and whether the block was read to its end.
fn read(table: &mut HeaderTable, hex: &str) -> (Vec<(String, String)>, bool) {
    let (block, mut at, mut fields) = (bytes(hex), 0, Vec::new());
    let text = |bytes: Option<&[u8]>| {
        bytes.map_or("?".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    table.begin_block();
    while let Some(field) = table.next(&block, &mut at) {
        let Ok(field) = field else { return (fields, false) };
        fields.push((text(field.name), text(field.value)));
    }
    (fields, true)
}

#[track_caller]
fn reads(table: &mut HeaderTable, hex: &str, fields: &[(&str, &str)], size: usize) {
    let fields: Vec<(String, String)> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(read(table, hex), (fields, true), "{hex}");
    assert_eq!(table.size, size, "{hex}");
}

const FIRST: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];
const SECOND: [(&str, &str); 5] = [
    (":method", "GET"),
    (":scheme", "http"),
    (":path", "/"),
    (":authority", "www.example.com"),
    ("cache-control", "no-cache"),
];
const THIRD: [(&str, &str); 5] = [
    (":method", "GET"),
    (":scheme", "https"),
    (":path", "/index.html"),
    (":authority", "www.example.com"),
    ("custom-key", "custom-value"),
];

#[test]
fn single_fields() {
    // C.2.1 to C.2.4.
    let mut table = HeaderTable::default();
    let added = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572";
    reads(&mut table, added, &[("custom-key", "custom-header")], 55);
    let mut table = HeaderTable::default();
    reads(&mut table, "040c 2f73 616d 706c 652f 7061 7468", &[(":path", "/sample/path")], 0);
    reads(&mut table, "1008 7061 7373 776f 7264 0673 6563 7265 74", &[("password", "secret")], 0);
    reads(&mut table, "82", &[(":method", "GET")], 0);
}

#[test]
fn requests_without_huffman_code() {
    // C.3.
    let mut table = HeaderTable::default();
    reads(&mut table, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", &FIRST, 57);
    reads(&mut table, "8286 84be 5808 6e6f 2d63 6163 6865", &SECOND, 110);
    let third = "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65";
    reads(&mut table, third, &THIRD, 164);
}

#[test]
fn requests_with_huffman_code() {
    // C.4.
    let mut table = HeaderTable::default();
    reads(&mut table, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", &FIRST, 57);
    reads(&mut table, "8286 84be 5886 a8eb 1064 9cbf", &SECOND, 110);
    reads(&mut table, "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", &THIRD, 164);
}

const REDIRECT: [(&str, &str); 4] = [
    (":status", "302"),
    ("cache-control", "private"),
    ("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
    ("location", "https://www.example.com"),
];
const AGAIN: [(&str, &str); 4] = [(":status", "307"), REDIRECT[1], REDIRECT[2], REDIRECT[3]];
const PAGE: [(&str, &str); 6] = [
    (":status", "200"),
    REDIRECT[1],
    ("date", "Mon, 21 Oct 2013 20:13:22 GMT"),
    REDIRECT[3],
    ("content-encoding", "gzip"),
    ("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"),
];

#[test]
fn responses_without_huffman_code() {
    // C.5: a table of 256 bytes, so that entries leave it.
    let mut table = HeaderTable { limit: 256, ..HeaderTable::default() };
    let first = "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
        2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d";
    reads(&mut table, first, &REDIRECT, 222);
    reads(&mut table, "4803 3330 37c1 c0bf", &AGAIN, 222);
    let third = "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d
        54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49
        553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31";
    reads(&mut table, third, &PAGE, 215);
}

#[test]
fn responses_with_huffman_code() {
    // C.6.
    let mut table = HeaderTable { limit: 256, ..HeaderTable::default() };
    let first = "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
        2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3";
    reads(&mut table, first, &REDIRECT, 222);
    reads(&mut table, "4883 640e ffc1 c0bf", &AGAIN, 222);
    let third = "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab
        77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed
        4ee5 b106 3d50 07";
    reads(&mut table, third, &PAGE, 215);
}

#[test]
fn sizes_are_changed_where_they_may_be() {
    let mut table = HeaderTable::default();
    reads(&mut table, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", &FIRST, 57);
    reads(&mut table, "20 3f e1 1f 82", &[(":method", "GET")], 0);
    // Behind a field, and above what the receiver allows.
    assert_eq!(read(&mut table, "82 20"), (vec![(":method".into(), "GET".into())], false));
    assert_eq!(read(&mut table, "3f e2 1f"), (vec![], false));
    table.allow(8192);
    assert_eq!(read(&mut table, "3f e2 1f"), (vec![], true));
}

#[test]
fn what_cannot_be_read_is_refused() {
    // Index 0; an index beyond the table; a string that is longer than its block; the end of the Huffman code.
    for block in ["80", "be", "400a63", "4081ff0141", "0f", "7f ff ff ff ff ff ff 0f"] {
        assert!(!read(&mut HeaderTable::default(), block).1, "{block}");
    }
}

#[test]
fn after_a_loss_what_is_added_later_is_known_and_what_was_before_is_not() {
    let mut table = HeaderTable::default();
    reads(&mut table, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", &FIRST, 57);
    table.lose();
    reads(&mut table, "82be", &[(":method", "GET"), ("?", "?")], 0);
    reads(&mut table, "4001 61 01 62", &[("a", "b")], 34);
    reads(&mut table, "be bf", &[("a", "b"), ("?", "?")], 34);
    // A name that is unknown with a value that is not.
    reads(&mut table, "7f00 01 63", &[("?", "c")], 67);
    reads(&mut table, "be bf", &[("?", "c"), ("a", "b")], 67);
}

#[test]
fn a_table_beyond_the_bound_forgets_and_does_not_invent() {
    let mut table = HeaderTable::default();
    table.allow(u32::MAX);
    table.begin_block();
    let size = KEPT_SIZE + 4096;
    let mut block = vec![0x3f];
    let mut rest = size - 31;
    while rest >= 128 {
        block.push((rest % 128 + 128) as u8);
        rest /= 128;
    }
    block.push(rest as u8);
    for _ in 0..3_000 {
        block.extend([0x40, 1, b'n', 100]);
        block.extend([b'v'; 100]);
    }
    let mut at = 0;
    while let Some(field) = table.next(&block, &mut at) {
        assert!(field.is_ok());
    }
    assert!(table.size <= KEPT_SIZE && table.unknown_behind);
    let kept = table.entries.len() + 62;
    assert!(table.indexed(kept - 1).unwrap().0.is_some());
    assert_eq!(table.indexed(kept).unwrap().0, None, "the sender still has it");
}
