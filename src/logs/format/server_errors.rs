//! Messages of whatever server or application writes them into the stream of its requests: a container's two outputs make one log, and of a
//! server that was well for a while the beginning of it shows requests alone. And messages of web servers among those of an application, whose lines
//! begin alike.

use crate::logs::format::go_proxy::GoProxy;
use crate::logs::format::{apache_error, application, nginx_error, php_fpm};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::text::clock::LineClock;

/// The format. It is never proposed for a text: it stands beside a format of requests.
#[derive(Clone, Copy, Debug)]
pub struct ServerErrors;

impl LineFormat for ServerErrors {
    type Memory = ();

    fn id(&self) -> &'static str {
        "server_errors"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        // An application's line of any form begins with an instant, and so may what is cut of a request's: it says how grave it is, or is known.
        let of_application = || {
            let row = application::of_whole_line(line)?;
            (row.level.is_some() || row.signature.is_some()).then_some(row)
        };
        let row = of_web_server(line).or_else(|| php_fpm::parse_line(line)).or_else(of_application);
        let row = row.or_else(|| known_without_instant(line));
        let cause = || Some(Parsed::Cause(application::parse_text(application::exception(line)?)));
        row.map(Parsed::Message).or_else(cause).unwrap_or(Parsed::Skip(Skip::Unparsed))
    }
}

/// A message that is known by its words (uWSGI's, Node's). A request's line, which a visitor may have written them into, is none.
fn known_without_instant(line: &[u8]) -> Option<MessageLine> {
    if application::exception(line).is_some() || memchr::memmem::find(line, b" HTTP/").is_some() {
        return None;
    }
    let row = application::parse_text(line);
    row.signature.is_some().then_some(row)
}

/// A message of nginx, of Apache, or one of Caddy's that is known by its words.
fn of_web_server(line: &[u8]) -> Option<MessageLine> {
    let known_of_caddy = || GoProxy::Caddy.message(line).filter(|row| row.signature.is_some());
    nginx_error::parse_line(line).or_else(|| apache_error::parse_line(line)).or_else(known_of_caddy)
}

/// Messages of nginx, Apache and Caddy alone. It is never proposed for a text: it is asked before a format that reads any line with an instant, and knows nothing
/// of what these servers say behind it.
#[derive(Clone, Copy, Debug)]
pub struct WebServerErrors;

impl LineFormat for WebServerErrors {
    type Memory = ();

    fn id(&self) -> &'static str {
        "web_server_errors"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        of_web_server(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Message)
    }
}
