//! What the clouds' firewalls of web applications do with requests, a JSON object each: AWS WAF (docs.aws.amazon.com/waf, Log fields for protection packs), Azure's
//! before an Application Gateway or a Front Door (learn.microsoft.com/azure/web-application-firewall, resource logs). What a rule lets pass gives no row.

use serde::Deserialize;

use crate::logs::format::access_json::leaves;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, NamedTarget};
use crate::logs::sample::Sample;
use crate::ray::RayAtColo;
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::host::{bare_host, split_absolute};
use crate::text::line::{field_text, text_within};
use crate::text::timestamp::{self, Stamp};

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct CloudFirewall;

impl LineFormat for CloudFirewall {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let is_aws = sample.holds(b"\"webaclId\"") && sample.holds(b"\"terminatingRuleId\"");
        (is_aws || sample.holds(b"FirewallLog\"")).then_some(CloudFirewall)
    }

    fn id(&self) -> &'static str {
        "cloud_firewall"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn note(&self) -> Option<&str> {
        Some("of the requests that its rules let pass nothing is kept")
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        let mut verdict = CloudVerdict::default();
        match leaves(line, &mut |key, value| verdict.put(key, value)) {
            Some(()) if verdict.is_one() && !verdict.refuses() => Parsed::Skip(Skip::Partial),
            Some(()) if verdict.is_one() => {
                verdict.put_headers(line);
                Parsed::Message(verdict.row())
            }
            _ => Parsed::Skip(Skip::Unparsed),
        }
    }
}

/// What one object says.
#[derive(Debug, Default)]
struct CloudVerdict {
    /// Whose firewall it is.
    owner: Option<&'static str>,
    stamp: Option<Stamp>,
    action: String,
    rule: String,
    /// It counts requests and does not look at what they ask.
    is_rate: bool,
    method: Option<String>,
    target: Option<String>,
    request: MessageLine,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WithHeaders {
    http_request: WithList,
}

#[derive(Deserialize)]
struct WithList {
    headers: Vec<ListedHeader>,
}

#[derive(Deserialize)]
struct ListedHeader {
    name: String,
    value: String,
}

impl CloudVerdict {
    fn put(&mut self, key: &str, value: &str) {
        let bytes = value.as_bytes();
        let field =
            key.strip_prefix("properties.").or_else(|| key.strip_prefix("httpRequest.")).unwrap_or(key);
        match field {
            "webaclId" => self.owner = Some("AWS"),
            "category" | "Category" if value.ends_with("FirewallLog") => self.owner = Some("Azure"),
            "timestamp" | "time" | "timeStamp" => self.stamp = self.stamp.or(timestamp::any(bytes)),
            "action" => self.action = text_within(bytes, 32),
            "terminatingRuleId" | "ruleId" | "ruleName" => self.rule = text_within(bytes, 128),
            "terminatingRuleType" | "ruleSetType" | "ruleType" => {
                self.is_rate = matches!(value, "RATE_BASED" | "RateLimitRule");
            }
            // Where both stand, the first is whom the cloud believes to have asked, and the other who did.
            "clientIp" | "clientIP" if self.request.client.is_none() => self.request.client = address(bytes),
            "socketIP" => self.request.client = address(bytes),
            "httpMethod" => self.method = Some(text_within(bytes, 64)),
            "uri" | "requestUri" => self.put_target(bytes),
            "args" if !value.is_empty() => {
                self.target = self.target.take().map(|path| format!("{path}?{}", field_text(bytes)));
            }
            "hostname" | "host" => self.request.host = bare_host(value),
            _ => {}
        }
    }

    fn put_target(&mut self, uri: &[u8]) {
        self.target = Some(match split_absolute(uri) {
            Some((authority, target)) => {
                self.request.host = bare_host(&field_text(authority));
                field_text(target)
            }
            None => field_text(uri),
        });
    }

    fn is_one(&self) -> bool {
        self.owner.is_some() && self.stamp.is_some() && !self.action.is_empty()
    }

    fn refuses(&self) -> bool {
        matches!(self.action.as_str(), "BLOCK" | "Block" | "Blocked" | "block")
    }

    /// Takes the host and the ray out of the request's headers, which AWS gives as a list.
    fn put_headers(&mut self, line: &[u8]) {
        let headers = serde_json::from_slice::<WithHeaders>(line).map(|record| record.http_request.headers);
        for ListedHeader { name, value } in headers.unwrap_or_default() {
            if name.eq_ignore_ascii_case("host") {
                self.request.host = bare_host(&value);
            } else if name.eq_ignore_ascii_case("cf-ray") {
                self.request.ray = RayAtColo::parse(value.as_bytes()).map(|ray| ray.ray);
            }
        }
    }

    /// The row of a request that was refused.
    fn row(self) -> MessageLine {
        let owner = self.owner.unwrap_or_default();
        let rule = if self.is_rate { "rate rule" } else { "rule" };
        let text = format!("{owner} WAF blocks the request by {rule} {}", self.rule);
        let mut row = MessageLine { program: Some("firewall".to_owned()), ..self.request };
        match (self.method, self.target) {
            (Some(method), Some(target)) => row.request = Some((method, target)),
            (None, Some(target)) => row.target = Some(NamedTarget::Whole(target.into())),
            _ => {}
        }
        row.recognise(text.as_bytes(), None);
        row.text = text;
        row.at(self.stamp)
    }
}
