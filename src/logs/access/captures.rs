//! Headers that HAProxy captured, as its lines show them (configuration.txt, 8.2.6, `%hr`).

use crate::logs::access::guess::{SeenRay, ray_in};
use crate::logs::row::access::AccessLine;
use crate::text::address::address_and_port;
use crate::text::host::bare_host;
use crate::text::line::{split_at_byte, text_within};

/// Takes the captured headers, `{a|b} {c}`: the ray among them, and a host.
pub fn put_captures(line: &mut AccessLine, mut rest: &[u8]) {
    while let Some((_, after)) = split_at_byte(rest, b'{') {
        // A layout may have braces of its own around them.
        let inner = after.iter().take_while(|byte| **byte == b'{').count();
        let after = after.get(inner..).unwrap_or_default();
        let Some((captures, tail)) = split_at_byte(after, b'}') else { return };
        for capture in captures.split(|byte| *byte == b'|') {
            match ray_in(capture) {
                Some(SeenRay::Sure(ray)) => line.ray = line.ray.or(Some(ray)),
                Some(SeenRay::Possible(ray)) => line.possible_ray = line.possible_ray.or(Some(ray)),
                None => {}
            }
            let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
            if line.host.is_none()
                && memchr::memchr(b'.', capture).is_some()
                && capture.iter().all(name)
                && address_and_port(capture).is_none()
            {
                line.host = bare_host(&text_within(capture, 256));
            }
        }
        rest = tail;
    }
}
