//! Messages of whatever server or application writes them into the stream of its requests: a container's two outputs make one log, and of a
//! server that was well for a while the beginning of it shows requests alone.

use crate::logs::format::{apache_error, application, nginx_error, php_fpm};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
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
        let row = nginx_error::parse_line(line)
            .or_else(|| apache_error::parse_line(line))
            .or_else(|| php_fpm::parse_line(line))
            .or_else(of_application);
        let cause = || Some(Parsed::Cause(application::parse_text(application::exception(line)?)));
        row.map(Parsed::Message).or_else(cause).unwrap_or(Parsed::Skip(Skip::Unparsed))
    }
}
