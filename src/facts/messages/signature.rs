//! What a known message is, and how the tables write one.

/// Who writes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Program {
    /// nginx.
    Nginx,
    /// Apache httpd.
    Apache,
    /// HAProxy.
    Haproxy,
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
    /// cloudflared, the tunnel's end at the origin.
    Cloudflared,
    /// The Linux kernel.
    Kernel,
    /// systemd.
    Systemd,
    /// Some application; not known which.
    Application,
}

impl Program {
    /// Whether `writer`'s log may hold this program's messages: a server's log holds those of the application behind it, and
    /// nobody but the kernel speaks for the kernel.
    pub(super) fn may_appear_in(self, writer: Program) -> bool {
        let outer = |program| {
            matches!(
                program,
                Program::Nginx | Program::Apache | Program::Haproxy | Program::Kernel | Program::Systemd
            )
        };
        self == writer || (!outer(self) && !matches!(writer, Program::Kernel | Program::Haproxy))
    }
}

/// A known message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Stable name; stands in evidence tables and never changes its meaning.
    pub id: &'static str,
    /// Who writes it.
    pub program: Program,
    /// Its wordings, each with a line as it looks in a log.
    pub wordings: &'static [(&'static str, &'static str)],
    /// Logged below the level that servers log by default: its absence proves nothing.
    pub hidden_by_default: bool,
    /// What it says, in one clause.
    pub about: &'static str,
    /// Where the wording was read.
    pub source: &'static str,
}

/// Level words of the tables: shown at the default level, or hidden below it.
#[expect(non_upper_case_globals, reason = "words of the tables")]
pub(super) const shown: bool = false;
/// See [`shown`].
#[expect(non_upper_case_globals, reason = "words of the tables")]
pub(super) const hidden: bool = true;

/// Writes a table of signatures: `"id" shown: "about" { "pattern" => "line", … }`, `hidden` for those logged at `info`.
macro_rules! signatures {
    ($program:ident, $source:expr; $( $id:literal $level:ident: $about:literal { $( $pattern:literal => $line:literal ),+ $(,)? } )+) => {
        &[ $( $crate::facts::messages::signature::Signature {
            id: $id,
            program: $crate::facts::messages::signature::Program::$program,
            wordings: &[ $( ($pattern, $line) ),+ ],
            hidden_by_default: $crate::facts::messages::signature::$level,
            about: $about,
            source: $source,
        } ),+ ]
    };
}
pub(super) use signatures;
