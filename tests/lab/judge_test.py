"""The lab's edge must judge answers as the table of docs/edge.md says; else the truth is wrong.

Run: python3 tests/lab/judge_test.py
"""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lab import checksum                                            # noqa: E402
from lab.answer import Body, Refused, head_end, parse_head, refuse_early   # noqa: E402

PLAIN = b"HTTP/1.1 200 OK\r\n"


def judged(data: bytes, refuse_bare_lf: bool = False) -> str:
    """"taken", or the edge's word for why not."""
    try:
        refuse_early(data)
        head = parse_head(data[:head_end(data)], "GET", refuse_bare_lf)
        body = Body(head)
        body.feed(data[head_end(data):])
        body.ended()
    except Refused as refused:
        return refused.kind
    return "taken"


def with_header(line: bytes) -> bytes:
    return PLAIN + line + b"\r\nContent-Length: 0\r\n\r\n"


class Judge(unittest.TestCase):
    def test_what_the_edge_tolerates_is_no_failure(self):
        for data in [PLAIN.replace(b"\r", b"") + b"Content-Length: 0\n\n", with_header(b"X: a\tb\x80\xff"),
                     with_header(b"X : space before colon"), with_header(b"X: a\r\n folded"),
                     b"\r\n" + with_header(b"X: 1"), with_header(b"X: 1").replace(b" OK", b""),
                     with_header(b"X: 1").replace(b"200", b"000"), with_header(b"X: 1").replace(b"200", b"999")]:
            self.assertEqual(judged(data), "taken", data)

    def test_what_the_edge_refuses_is_a_520(self):
        for line in [b"X: a\x00b", b"X: a\x01b", b"X: a\rb", b"no colon", b": empty", b"X Y: 1", "Ü: 1".encode()]:
            self.assertEqual(judged(with_header(line)), "invalid_header", line)
        for start in [b"<html>", b"ICY 200 OK", b"HTTP/2.0 200 OK", b"http/1.1 200 OK", b" HTTP/1.1 200 OK",
                      b"HTTP/1.1 99 Low", b"HTTP/1.1 1000 High", b"HTTP/1.1 OK"]:
            self.assertEqual(judged(with_header(b"X: 1").replace(b"HTTP/1.1 200 OK", start)), "invalid_status_line", start)

    def test_the_switch_for_bare_lf_refuses_it(self):
        self.assertEqual(judged(PLAIN + b"X: 1\nContent-Length: 0\r\n\r\n", refuse_bare_lf=True), "bare_lf")

    def test_lengths_and_chunks(self):
        self.assertEqual(judged(PLAIN + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), "conflicting_length")
        self.assertEqual(judged(PLAIN + b"Content-Length: 9\r\n\r\nhello"), "truncated_body")
        chunked = PLAIN + b"Transfer-Encoding: chunked\r\n\r\n"
        self.assertEqual(judged(chunked + b"5\r\nhello\r\n0\r\n\r\n"), "taken")
        self.assertEqual(judged(chunked + b"5\r\nhello\r\n"), "truncated_body")
        self.assertEqual(judged(chunked + b"4\r\nhello\r\n0\r\n\r\n"), "invalid_chunking")

    def test_a_header_block_above_128_kib_is_refused(self):
        self.assertEqual(judged(with_header(b"X: " + b"a" * 130_900)), "taken")
        self.assertEqual(judged(with_header(b"X: " + b"a" * 131_072)), "header_too_large")

    def test_a_repaired_checksum_equals_a_computed_one(self):
        packet = bytes(range(40))
        before, after = packet[12:20], bytes([203, 0, 113, 7, 172, 68, 10, 9])
        changed = packet[:12] + after + packet[20:]
        self.assertEqual(checksum.repaired(checksum.internet_checksum(packet), before, after),
                         checksum.internet_checksum(changed))


if __name__ == "__main__":
    unittest.main()
