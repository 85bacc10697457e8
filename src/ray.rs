//! CF-RAY: `ray-id [ "-" colo ]`, sixteen hex digits and the data centre that received the request
//! (Cloudflare docs: fundamentals/reference/http-headers, logs/logpull).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::scan::hex;

/// A ray id as an integer. Leading zeros belong to it, so it is printed with sixteen digits.
/// Cloudflare does not promise that it is unique (docs: cloudflare-ray-id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ray(pub u64);

/// A data centre's code (`LAX`): two to five letters or digits, upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Colo([u8; 5]);

/// A ray as the header and the logs write it: with the data centre, where they name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RayAtColo {
    /// The ray id.
    pub ray: Ray,
    /// The data centre that received the request; Logpush and error pages leave it out.
    pub colo: Option<Colo>,
}

impl Ray {
    /// The ray of a CF-RAY value, which may name the data centre, too ([`RayAtColo::parse`]).
    #[inline]
    pub fn of_value(text: &[u8]) -> Option<Ray> {
        match text.split_first_chunk::<16>() {
            // As nearly all are written.
            Some((ray, [])) => hex(ray).map(Ray),
            Some((ray, [b'-', b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z'])) => hex(ray).map(Ray),
            _ => ray_and_colo(text).map(|(ray, _)| ray),
        }
    }

    /// Reads exactly sixteen hex digits, of either case.
    pub fn parse(text: &[u8]) -> Option<Ray> {
        text.try_into().ok().and_then(hex).map(Ray)
    }
}

impl Colo {
    /// Whether a text is one.
    fn is_one(text: &[u8]) -> bool {
        (2..=5).contains(&text.len()) && text.iter().all(u8::is_ascii_alphanumeric)
    }

    /// Reads two to five letters or digits, of either case.
    pub fn parse(text: &[u8]) -> Option<Colo> {
        if !Colo::is_one(text) {
            return None;
        }
        let mut code = [0; 5];
        for (place, byte) in code.iter_mut().zip(text) {
            *place = byte.to_ascii_uppercase();
        }
        Some(Colo(code))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(self.0.len());
        // Only ASCII is ever stored.
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }
}

impl RayAtColo {
    /// Reads a CF-RAY value: sixteen hex digits, with or without `-COLO`. Blanks around it are ignored.
    pub fn parse(text: &[u8]) -> Option<RayAtColo> {
        let (ray, colo) = ray_and_colo(text)?;
        Some(RayAtColo { ray, colo: colo.and_then(Colo::parse) })
    }
}

/// The parts of a CF-RAY value: the ray, and what is a data centre's code.
#[inline]
fn ray_and_colo(text: &[u8]) -> Option<(Ray, Option<&[u8]>)> {
    let (ray, rest) = text.trim_ascii().split_first_chunk::<16>()?;
    let colo = match rest {
        [] => None,
        [b'-', colo @ ..] if Colo::is_one(colo) => Some(colo),
        _ => return None,
    };
    Some((Ray(hex(ray)?), colo))
}

impl fmt::Display for Ray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for Colo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rays_join_across_sources_whatever_their_case_and_suffix() {
        let logpush = RayAtColo::parse(b"009c1f00aa12bc34").unwrap();
        let header = RayAtColo::parse(b" 009C1F00AA12BC34-FRA ").unwrap();
        assert_eq!(logpush.ray, header.ray);
        assert_eq!(Ray::of_value(b" 009C1F00AA12BC34-FRA "), Some(header.ray));
        assert_eq!(header.colo.unwrap().to_string(), "FRA");
        assert_eq!(header.ray.to_string(), "009c1f00aa12bc34");
    }

    #[test]
    fn what_is_no_ray_joins_nothing() {
        for text in [
            "",
            "-",
            "9c1f00aa12bc34d",
            "9c1f00aa12bc34dg",
            "9c1f00aa12bc34de-",
            "9c1f00aa12bc34deFRA",
            "9c1f00aa12bc34de-TOOLONG",
        ] {
            assert_eq!(RayAtColo::parse(text.as_bytes()), None, "{text:?}");
            assert_eq!(Ray::of_value(text.as_bytes()), None, "{text:?}");
        }
    }
}
