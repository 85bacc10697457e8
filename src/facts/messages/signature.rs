//! What is known of a message, and how the tables write it.

/// Who writes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Program {
    /// nginx.
    Nginx,
    /// Apache httpd.
    Apache,
    /// HAProxy.
    Haproxy,
    /// Caddy or Traefik: proxies written in Go, whose error texts are those of its library.
    GoProxy,
    /// lighttpd.
    Lighttpd,
    /// Varnish.
    Varnish,
    /// Squid.
    Squid,
    /// Apache Traffic Server.
    TrafficServer,
    /// LiteSpeed and OpenLiteSpeed.
    LiteSpeed,
    /// stunnel.
    Stunnel,
    /// hitch.
    Hitch,
    /// php-fpm's master process.
    PhpFpm,
    /// PHP itself.
    Php,
    /// gunicorn.
    Gunicorn,
    /// uWSGI.
    Uwsgi,
    /// Node.js.
    Node,
    /// A Java virtual machine.
    Java,
    /// A Go program.
    Go,
    /// Puma and other Ruby servers.
    Ruby,
    /// uvicorn and what runs on it.
    Uvicorn,
    /// waitress.
    Waitress,
    /// Passenger.
    Passenger,
    /// ASP.NET Core with Kestrel.
    Dotnet,
    /// supervisord.
    Supervisor,
    /// fail2ban.
    Fail2ban,
    /// A database, as the application that talks to it reports it.
    Database,
    /// OpenSSL or Go's TLS, as any program reports it.
    OpenSsl,
    /// cloudflared, the end of a tunnel at the origin.
    Cloudflared,
    /// A Worker at the edge, as the trace of its invocations tells.
    Worker,
    /// The Linux kernel.
    Kernel,
    /// systemd.
    Systemd,
    /// An application; which one is not known.
    Application,
}

impl Program {
    /// Whether the log of `writer` may hold messages of this program. Messages of servers, of the kernel and of systemd stand in their own
    /// logs alone. Those of applications also stand in the log of the server in front, but not in that of HAProxy or of the kernel. What OpenSSL says of
    /// a handshake HAProxy hands on as it is (`ssl_fc_err_str`).
    pub(super) fn may_appear_in(self, writer: Program) -> bool {
        let outer = |program| {
            matches!(
                program,
                Program::Nginx
                    | Program::Apache
                    | Program::Haproxy
                    | Program::GoProxy
                    | Program::Lighttpd
                    | Program::Varnish
                    | Program::TrafficServer
                    | Program::LiteSpeed
                    | Program::Stunnel
                    | Program::Hitch
                    | Program::Kernel
                    | Program::Systemd
                    | Program::Fail2ban
                    | Program::Worker
            )
        };
        self == writer
            || self == Program::OpenSsl && writer == Program::Haproxy
            || (!outer(self) && !matches!(writer, Program::Kernel | Program::Haproxy))
    }
}

/// A known message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its stable name. It is written into evidence tables, so its meaning never changes.
    pub id: &'static str,
    /// Who writes it.
    pub program: Program,
    /// Its wordings, each with a line as it looks in a log.
    pub wordings: &'static [(&'static str, &'static str)],
    /// What it says, in one clause.
    pub about: &'static str,
    /// The document or source code that has the wording.
    pub source: &'static str,
}

/// Writes a table of signatures: `"id": "about" { "pattern" => "line", … }`.
macro_rules! signatures {
    ($program:ident, $source:expr; $( $id:literal: $about:literal { $( $pattern:literal => $line:literal ),+ $(,)? } )+) => {
        &[ $( $crate::facts::messages::signature::Signature {
            id: $id,
            program: $crate::facts::messages::signature::Program::$program,
            wordings: &[ $( ($pattern, $line) ),+ ],
            about: $about,
            source: $source,
        } ),+ ]
    };
}
pub(super) use signatures;
