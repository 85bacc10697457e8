"""A real Caddy in front of an application or of files."""

import os

from .front import APPLICATION_PORT, Front, TlsHost
from .program import Program


class Caddy(Program):
    name = "caddy"

    def __init__(self, lab, front: Front):
        super().__init__(lab)
        self.front, self.port = front, front.port
        self.files_limit = front.files_limit or None
        self.logs = [
            (os.path.join(self.log, "access.log"), "access", "caddy/access.log"),
            (os.path.join(self.log, "stderr.log"), "error", "caddy/caddy.log"),
        ]

    def command(self) -> list[str]:
        return ["caddy", "run", "--config", os.path.join(self.folder, "Caddyfile"), "--adapter", "caddyfile"]

    def _tls(self, host: TlsHost) -> str:
        words = f"tls {host.base}.pem {host.base}.key {{\n"
        words += f"protocols tls{host.minimum} tls{host.maximum}\n"
        words += f"ciphers {host.ciphers}\n" if host.ciphers else ""
        words += f"client_auth {{\nmode require_and_verify\ntrusted_ca_cert_file {host.client_authority}\n}}\n" if host.client_authority else ""
        return words + "}\n"

    def _inside(self) -> str:
        front = self.front
        lines = [f"log {{\noutput file {self.log}/access.log\nformat json\n}}"]
        for path, manner in front.deny.items():
            lines.append(f"handle {path} {{\n{'respond 403' if manner == '403' else 'abort'}\n}}")
        if front.refuse_chunked:
            lines.append("@chunked header Transfer-Encoding *\nrespond @chunked 411")
        if front.application == "static":
            lines.append(f"handle {{\nroot * {self.lab.www}\ntry_files {{path}} /product.html\nfile_server\n}}")
        else:
            name = front.application_name or "127.0.0.1"
            timeout = f"response_header_timeout {front.answer_timeout_s:g}s\n" if front.answer_timeout_s < 60 else ""
            lines.append(
                f"handle {{\nreverse_proxy http://{name}:{APPLICATION_PORT} {{\ntransport http {{\ndial_timeout 2s\n{'keepalive off' + chr(10) if front.application_name else ''}{timeout}}}\n}}\n}}"
            )
        return "\n".join(lines)

    def configure(self) -> None:
        front = self.front
        if front.tls and not front.plain:
            sites = "".join(f"https://{host.name}:443 {{\n{self._tls(host)}{self._inside()}\n}}\n" for host in front.tls if not host.reject)
        else:
            sites = ""
            if front.redirect_host:
                sites += f"http://{front.redirect_host}:{front.port} {{\nlog {{\noutput file {self.log}/access.log\nformat json\n}}\nredir https://{{host}}{{uri}} 301\n}}\n"
            sites += f":{front.port} {{\n{self._inside()}\n}}\n"
        idle = f"timeouts {{\nidle {front.keepalive_s:g}s\n}}\n"
        self.write("Caddyfile", f"{{\nadmin off\nauto_https off\nservers {{\n{idle}max_header_size 8KB\n}}\n}}\n{sites}")
