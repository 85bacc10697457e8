"""A real HAProxy in front of an application or of another web server."""

import os

from .front import APPLICATION_PORT, Front
from .program import Program


class HAProxy(Program):
    name = "haproxy"

    def __init__(self, lab, front: Front, mode: str = "http", check: bool = False):
        super().__init__(lab)
        self.front, self.mode, self.check = front, mode, check
        self.port = front.port
        self.files_limit = front.files_limit or None
        self.logs = [(os.path.join(self.log, "stdout.log"), "access", "haproxy.log")]

    def command(self) -> list[str]:
        return ["haproxy", "-W", "-db", "-f", os.path.join(self.folder, "haproxy.cfg")]

    def _bind(self) -> str:
        front = self.front
        bind = f"bind 0.0.0.0:{front.port} backlog {front.backlog}" + (" accept-proxy" if front.proxy_protocol else "")
        if not front.tls or front.plain:
            return bind
        lines = []
        for host in front.tls:
            with open(host.base + ".pem") as one, open(host.base + ".key") as two:
                pair = self.write(host.name + ".both.pem", one.read() + two.read())
            words = [f"ssl-min-ver TLSv{host.minimum}", f"ssl-max-ver TLSv{host.maximum}"]
            words += [f"ciphers {host.ciphers}"] if host.ciphers else []
            words += [f"ca-file {host.client_authority} verify required"] if host.client_authority else []
            if not host.reject:
                lines.append(f"{pair} [{' '.join(words)}] {host.name}\n")
        return (
            bind
            + f" ssl crt-list {self.write('list.txt', ''.join(lines))}"
            + (" strict-sni" if any(h.reject for h in front.tls) else "")
            + (f" alpn {','.join(front.alpn)}" if front.alpn else "")
        )

    def _rules(self) -> str:
        front, lines = self.front, []
        for path, manner in front.deny.items():
            lines.append(
                f"http-request {'deny deny_status 403' if manner == '403' else 'silent-drop' if manner == 'drop' else 'reject'} if {{ path {path} }}"
            )
        if front.limit_per_client:
            lines += [
                "stick-table type ip size 100k expire 10s store http_req_rate(1s)",
                "http-request track-sc0 src",
                f"http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt {front.limit_per_client} }}",
            ]
        if front.refuse_chunked:
            lines.append("http-request return status 411 content-type text/plain string Length_Required if { req.hdr(transfer-encoding) -m found }")
        if front.redirect_host:
            lines.append(f"redirect scheme https code 301 if {{ hdr(host) -i {front.redirect_host} }}")
        return "\n    ".join(lines)

    def configure(self) -> None:
        front, http = self.front, self.mode == "http"
        server = f"server app1 {front.application_name or '127.0.0.1'}:{APPLICATION_PORT}"
        server += " resolvers local init-addr none" if front.application_name else ""
        server += " check inter 400 fall 2 rise 1" if self.check else ""
        server += f" maxconn {front.connections}" if front.connections else ""
        captures = (
            "capture request header CF-Ray len 32\n    capture request header Host len 64\n    capture request header User-Agent len 160"
            if http
            else ""
        )
        self.write(
            "haproxy.cfg",
            f"""global
    log stdout format iso local0 info
    maxconn 2000
    {'tune.bufsize 300000' if front.wide_headers else ''}
    {'tune.http.maxhdr 2000' if front.wide_headers else ''}
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode {self.mode}
    log global
    option {'httplog' if http else 'tcplog'}
    timeout connect 2s
    timeout client 60s
    timeout server {round(front.answer_timeout_s * 1000)}ms
    timeout queue 1500ms
    {f'timeout http-keep-alive {round(front.keepalive_s * 1000)}ms' if http else ''}
    retries 1
{'resolvers local' if front.application_name else ''}
{'    nameserver dns1 127.0.0.53:53' if front.application_name else ''}
{'    hold nx 200ms' if front.application_name else ''}
frontend web
    {self._bind()}
    {captures}
    {self._rules() if http else ''}
    default_backend shop
backend shop
    {server}
""",
        )
