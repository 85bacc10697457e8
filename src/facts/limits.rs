//! The limits profile: how much the edge accepts and how long it waits, as data with a date.

use serde::{Deserialize, Serialize};

/// A profile: its name, the date of its source, the limits, and the thresholds from which the report warns.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The profile's name (`cloudflare`).
    pub name: String,
    /// The date of the page from which the figures were taken.
    pub date: String,
    /// Where the edge gives up.
    pub limits: Limits,
    /// Where the report begins to warn.
    pub warn: Warn,
}

/// Where the edge gives up. Sizes in bytes, durations in seconds.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// From the SYN to the SYN/ACK.
    pub tcp_connect_s: f64,
    /// The same with the one retry that the docs mention.
    pub tcp_connect_retry_s: f64,
    /// From the request to its ACK.
    pub tcp_ack_s: f64,
    /// Idle time after which the edge itself closes a connection.
    pub idle_s: f64,
    /// From the acknowledged request to the head of the response.
    pub read_s: f64,
    /// For writing the request.
    pub write_s: f64,
    /// All headers of a request.
    pub request_header_bytes: u64,
    /// All headers of a response.
    pub response_header_bytes: u64,
    /// The URL of a request.
    pub url_bytes: u64,
}

/// Where the report begins to warn.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Warn {
    /// All headers of one message.
    pub header_total_bytes: u64,
    /// One header line.
    pub header_line_bytes: u64,
    /// One header line of a request: the default buffers of origins hold no more.
    pub origin_header_line_bytes: u64,
    /// Time to the first byte of a response.
    pub first_byte_s: f64,
    /// Time to connect.
    pub tcp_connect_s: f64,
}

const CLOUDFLARE: &str = include_str!("cloudflare.toml");

/// Why a limits file cannot be used: the parser's own message, which shows the line with the error marked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ProfileError(String);

impl Profile {
    /// The built-in profile of Cloudflare's published limits.
    pub fn cloudflare() -> Profile {
        #[expect(clippy::expect_used, reason = "the built-in table is read in a test")]
        toml::from_str(CLOUDFLARE).expect("the built-in profile is valid")
    }

    /// The profile as a file that `overlaid` can read: the built-in one as it is written, with its comments; any other without comments.
    pub fn to_toml(&self) -> String {
        if *self == Profile::cloudflare() {
            CLOUDFLARE.to_owned()
        } else {
            toml::to_string(self).unwrap_or_default()
        }
    }

    /// The built-in profile, with those values replaced that `text` sets (TOML with any of the same keys).
    ///
    /// # Errors
    /// Where the text is not TOML, names a key that is not a limit, or gives a key a value of the wrong type.
    pub fn overlaid(text: &str) -> Result<Profile, ProfileError> {
        let error = |error: toml::de::Error| ProfileError(error.to_string().trim_end().to_owned());
        // The person's text is checked by itself first, so that the error message shows a line of that text.
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

/// What a person's file may hold: the same keys, all of them optional.
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
