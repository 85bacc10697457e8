//! The limits profile: what the edge takes and how long it waits, as data with a date.

use serde::{Deserialize, Serialize};

/// A profile: its name, the day of its source, the limits and the early-warning thresholds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The profile's name (`cloudflare`).
    pub name: String,
    /// The day of the page that the figures were read from.
    pub date: String,
    /// At these the edge gives up.
    pub limits: Limits,
    /// From these on the report warns.
    pub warn: Warn,
}

/// Where the edge gives up. Sizes in bytes, durations in seconds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// SYN to SYN/ACK.
    pub tcp_connect_s: f64,
    /// The same with the one retry that the docs tell of.
    pub tcp_connect_retry_s: f64,
    /// Request to its ACK.
    pub tcp_ack_s: f64,
    /// Idle time after which the edge closes a connection itself.
    pub idle_s: f64,
    /// Acknowledged request to response head.
    pub read_s: f64,
    /// Writing the request.
    pub write_s: f64,
    /// All request headers.
    pub request_header_bytes: u64,
    /// All response headers.
    pub response_header_bytes: u64,
    /// The request's URL.
    pub url_bytes: u64,
}

/// Where the report begins to warn.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Warn {
    /// Headers of one message in total.
    pub header_total_bytes: u64,
    /// One header line.
    pub header_line_bytes: u64,
    /// One request header line, by the origin's own default buffers.
    pub origin_header_line_bytes: u64,
    /// Time to the first byte of a response.
    pub first_byte_s: f64,
    /// Time to connect.
    pub tcp_connect_s: f64,
}

const CLOUDFLARE: &str = include_str!("cloudflare.toml");

/// Why a limits file cannot be used: the parser's own words, with line, column and the marked text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ProfileError(String);

impl Profile {
    /// The built-in profile of Cloudflare's published limits.
    pub fn cloudflare() -> Profile {
        #[expect(clippy::expect_used, reason = "the built-in table is read in a test")]
        toml::from_str(CLOUDFLARE).expect("the built-in profile is valid")
    }

    /// The profile as a file that `overlaid` reads: the built-in one with its comments, another one with its values.
    pub fn to_toml(&self) -> String {
        if *self == Profile::cloudflare() {
            CLOUDFLARE.to_owned()
        } else {
            toml::to_string(self).unwrap_or_default()
        }
    }

    /// The built-in profile with what `text` (TOML, same keys, any subset) sets in its place.
    ///
    /// # Errors
    /// Where the text is no TOML, or names a key that is no limit, or gives it a value of the wrong kind.
    pub fn overlaid(text: &str) -> Result<Profile, ProfileError> {
        let error = |error: toml::de::Error| ProfileError(error.to_string().trim_end().to_owned());
        // Checked against the file's own text first, so that the message marks the person's own line.
        toml::from_str::<PartialProfile>(text).map_err(error)?;
        let mut table: toml::Table = toml::from_str(CLOUDFLARE).map_err(error)?;
        overlay(&mut table, toml::from_str(text).map_err(error)?);
        table.try_into().map_err(error)
    }
}

fn overlay(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => overlay(inner, value),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// The same keys, none of them needed: what a person's file may hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read only to check a file's keys and kinds where they stand")]
struct PartialProfile {
    name: Option<String>,
    date: Option<String>,
    limits: Option<PartialLimits>,
    warn: Option<PartialWarn>,
}

macro_rules! partial {
    ($name:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "read only to check a file's keys and kinds where they stand")]
        struct $name { $($field: Option<$kind>),* }
    };
}

partial!(PartialLimits {
    tcp_connect_s: f64,
    tcp_connect_retry_s: f64,
    tcp_ack_s: f64,
    idle_s: f64,
    read_s: f64,
    write_s: f64,
    request_header_bytes: u64,
    response_header_bytes: u64,
    url_bytes: u64,
});

partial!(PartialWarn {
    header_total_bytes: u64,
    header_line_bytes: u64,
    origin_header_line_bytes: u64,
    first_byte_s: f64,
    tcp_connect_s: f64,
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profile_is_whole_and_dated() {
        let profile = Profile::cloudflare();
        assert_eq!(profile.limits.response_header_bytes, 128 * 1024);
        assert_eq!(profile.date.len(), 10);
    }

    #[test]
    fn a_limits_file_replaces_what_it_names_and_nothing_else() {
        let profile = Profile::overlaid("name = 'enterprise'\n[limits]\nread_s = 6000.0\n").unwrap();
        assert_eq!(
            (profile.name.as_str(), profile.limits.read_s, profile.limits.idle_s),
            ("enterprise", 6000.0, 900.0)
        );
    }

    #[test]
    fn a_wrong_limits_file_is_told_with_its_own_line() {
        let error =
            Profile::overlaid("[limits]\nresponse_header_bytes = \"128 kilos\"\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("128 kilos"), "{error}");
        let error = Profile::overlaid("[limits]\nresponse_headers = 1\n").unwrap_err().to_string();
        assert!(error.contains("response_headers"), "{error}");
    }
}
