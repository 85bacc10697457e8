"""A real Apache httpd, in front of an application, of php-fpm or of files."""

import os

from .front import APPLICATION_PORT, Front, TlsHost
from .program import Program

MODULES = (
    "mpm_{mpm} authz_core authz_host dir mime alias proxy proxy_http proxy_fcgi setenvif rewrite "
    "headers remoteip reqtimeout ssl socache_shmcb env expires http2"
)
# Tabs part the fields, since the server's own escapes are not those of JSON.
FIELDS = [
    "t_us",
    "end_us",
    "addr",
    "port",
    "method",
    "uri",
    "proto",
    "status",
    "bytes",
    "referer",
    "agent",
    "ray",
    "rt_us",
    "conn_state",
    "kept",
    "pid",
    "host",
    "xff",
    "tls",
]
FORMAT = (
    r"%{usec}t\t%{end:usec}t\t%a\t%{remote}p\t%m\t%U%q\t%H\t%>s\t%b\t%{Referer}i\t%{User-Agent}i\t%{CF-Ray}i\t%D\t%X\t%k\t%P\t"
    r"%{Host}i\t%{X-Forwarded-For}i\t%{SSL_PROTOCOL}x"
)


class Apache(Program):
    name = "apache2"

    def __init__(self, lab, front: Front, php_socket: str | None = None, mpm: str = "event", header_limit: int = 8190):
        super().__init__(lab)
        self.front, self.php_socket, self.mpm, self.header_limit = front, php_socket, mpm, header_limit
        self.port = front.port
        self.files_limit = front.files_limit or None
        self.logs = [
            (os.path.join(self.log, "access.log"), "access", "apache2/access.log"),
            (os.path.join(self.log, "error.log"), "error", "apache2/error.log"),
        ]

    def command(self) -> list[str]:
        return ["apache2", "-f", os.path.join(self.folder, "apache2.conf"), "-DFOREGROUND"]

    def configure(self) -> None:
        front = self.front
        modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in MODULES.format(mpm=self.mpm).split())
        workers = front.connections or 150
        if self.mpm == "prefork":
            pool = f"StartServers {min(6, workers)}\nMinSpareServers 2\nMaxSpareServers 8\nMaxRequestWorkers {workers}\nServerLimit {workers}"
        else:
            each = min(25, workers)
            pool = (
                f"StartServers 2\nThreadsPerChild {each}\nServerLimit {max(1, workers // each)}\n"
                f"MaxRequestWorkers {max(1, workers // each) * each}\nMinSpareThreads {each}\nMaxSpareThreads {workers}"
            )
        hosts = "".join(self._host(host) for host in front.tls) if front.tls else self._host(None)
        if front.redirect_host:
            hosts += f"<VirtualHost *:{self.port}>\nServerName {front.redirect_host}\nRedirect permanent / https://{front.redirect_host}/\n</VirtualHost>\n"
        self.write(
            "apache2.conf",
            f"""ServerRoot {self.folder}
ServerName shop.example
PidFile {self.folder}/apache2.pid
DefaultRuntimeDir {self.folder}
Listen {self.port}
ListenBackLog {front.backlog}
{modules}
User www-data
Group www-data
ErrorLog {self.log}/error.log
LogLevel info
LogFormat "{FORMAT}" rich
CustomLog {self.log}/access.log rich
KeepAlive On
KeepAliveTimeout {round(front.keepalive_s * 1000)}ms
MaxKeepAliveRequests 0
LimitRequestFieldSize {self.header_limit}
Timeout 60
ProxyTimeout {front.answer_timeout_s:g}
SSLSessionCache none
GracefulShutdownTimeout 1
{pool}
TypesConfig /etc/mime.types
<Directory />
AllowOverride None
Require all granted
</Directory>
{hosts}""",
        )

    def _host(self, host: TlsHost | None) -> str:
        front, lines = self.front, []
        if host and not front.plain:
            versions = " ".join(f"+TLSv{one}" for one in ("1.2", "1.3") if host.minimum <= one <= host.maximum)
            lines += ["SSLEngine on", f"SSLCertificateFile {host.base}.pem", f"SSLCertificateKeyFile {host.base}.key", f"SSLProtocol -all {versions}"]
            lines += [f"SSLCipherSuite {host.ciphers}"] if host.ciphers else []
            lines += [f"SSLCACertificateFile {host.client_authority}", "SSLVerifyClient require"] if host.client_authority else []
        lines += ["Protocols h2 http/1.1"] if "h2" in front.alpn else []
        lines += ["RemoteIPProxyProtocol On"] if front.proxy_protocol else []
        lines += ["RewriteEngine on", "RewriteCond %{HTTP:Transfer-Encoding} .", "RewriteRule ^ - [R=411,L]"] if front.refuse_chunked else []
        for path, _ in front.deny.items():
            lines.append(f"<Location {path}>\nRequire all denied\n</Location>")
        if self.php_socket:
            lines += self._php()
        elif front.application == "static":
            lines += [
                f"DocumentRoot {self.lab.www}",
                "DirectoryIndex index.html",
                f"AliasMatch ^/product/ {self.lab.www}/product.html",
                f"AliasMatch ^/cart$ {self.lab.www}/cart.html",
                f"AliasMatch ^/api/ {self.lab.www}/cart.html",
            ]
        else:
            name = front.application_name or "127.0.0.1"
            lines += [
                "ProxyPreserveHost On",
                f"ProxyPass / http://{name}:{APPLICATION_PORT}/ retry=0 "
                + ("disablereuse=on " if front.application_name else "")
                + ("responsefieldsize=262144" if front.wide_headers else ""),
                f"ProxyPassReverse / http://{name}:{APPLICATION_PORT}/",
            ]
        return f"<VirtualHost *:{self.port}>\nServerName {host.name if host else 'shop.example'}\n" + "\n".join(lines) + "\n</VirtualHost>\n"

    def _php(self) -> list[str]:
        """Each path of the shop is a script, as site.py names them."""
        lines = [
            f"DocumentRoot {self.lab.www}",
            f'<FilesMatch "\\.php$">\nSetHandler "proxy:unix:{self.php_socket}|fcgi://localhost/"\n</FilesMatch>',
            "DirectoryIndex index.html",
        ]
        lines += [f"AliasMatch ^{path}$ {self.lab.www}/{script}" for path, script in self.lab.php_scripts.items()]
        return lines + [
            f"AliasMatch ^/product/ {self.lab.www}/ok.php",
            f"AliasMatch ^/api/ {self.lab.www}/ok.php",
            f"AliasMatch ^/cart$ {self.lab.www}/ok.php",
        ]
