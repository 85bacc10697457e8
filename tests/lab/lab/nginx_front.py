"""nginx in front of an application, with a log from which every field can be read."""

import os
import signal

from . import nginx
from .front import APPLICATION_PORT, Front, TlsHost
from .nginx import Nginx
from .php import FASTCGI

nginx.LOG_FORMATS["rich"] = """log_format shop escape=json '{"t":$msec,"addr":"$remote_addr","port":"$remote_port",'
        '"method":"$request_method","uri":"$request_uri","line":"$request","proto":"$server_protocol","status":$status,"bytes":$body_bytes_sent,'
        '"referer":"$http_referer","agent":"$http_user_agent","ray":"$http_cf_ray","host":"$host","rt":"$request_time",'
        '"uct":"$upstream_connect_time","uht":"$upstream_header_time","urt":"$upstream_response_time",'
        '"ustatus":"$upstream_status","uaddr":"$upstream_addr","conn":$connection,"connreq":$connection_requests,'
        '"xff":"$http_x_forwarded_for","length":$request_length,"pid":$pid,"tls":"$ssl_protocol"}';"""


class NginxFront(Nginx):
    name = "nginx"

    def __init__(self, lab, front: Front, locations: str = ""):
        self.front = front
        inside = "".join(self._denial(path, manner) for path, manner in front.deny.items()) + locations + self._root(lab)
        listen = (
            f"listen {front.port}{' ssl' if front.tls and not front.plain else ''}{' http2' if 'h2' in front.alpn else ''} backlog={front.backlog}"
            f"{' proxy_protocol' if front.proxy_protocol else ''};"
        )
        first, more = (front.tls[0], front.tls[1:]) if front.tls else (None, [])
        http = "limit_req_zone $binary_remote_addr zone=each:1m rate=%dr/s;" % front.limit_per_client if front.limit_per_client else ""
        if front.application_name:
            http += " resolver 127.0.0.53 ipv6=off valid=1s; resolver_timeout 2s;"
        redirect = (
            f"server {{ {listen} server_name {front.redirect_host}; return 301 https://$host$request_uri; }}".replace(f" backlog={front.backlog}", "")
            if front.redirect_host
            else ""
        )
        super().__init__(
            lab,
            inside,
            shop=False,
            access="rich",
            error_level="info",
            workers=front.workers,
            keepalive_s=front.keepalive_s,
            http=http,
            server=self._tls(first) + self._checks(),
            listen=listen,
            more_servers=redirect + "".join(self._host(lab, host, inside) for host in more),
            kept=(),
            main=f"worker_rlimit_nofile {front.files_limit};" if front.files_limit else "",
            connections=front.connections or 768,
        )
        self.ports = [front.port]

    @staticmethod
    def _denial(path: str, manner: str) -> str:
        action = {"403": "deny all;", "close": "return 444;", "reset": "reset_timedout_connection on; return 444;"}[manner]
        return f"location = {path} {{ {action} }}\n"

    def _checks(self) -> str:
        checks = f" limit_req zone=each burst={self.front.limit_per_client} nodelay;" if self.front.limit_per_client else ""
        return checks + (" if ($http_transfer_encoding) { return 411; }" if self.front.refuse_chunked else "")

    def _root(self, lab) -> str:
        front, timeout = self.front, f"{self.front.answer_timeout_s:g}s"
        if front.application == "static":
            return nginx.SHOP.format(www=lab.www)
        if front.application == "uwsgi":
            params = FASTCGI.replace("fastcgi_param", "uwsgi_param") + "".join(
                f"uwsgi_param {name} {value};"
                for name, value in (
                    ("PATH_INFO", "$document_uri"),
                    ("SERVER_NAME", "$server_name"),
                    ("SERVER_PORT", "$server_port"),
                    ("REMOTE_PORT", "$remote_port"),
                )
            )
            return f"location / {{ {params} uwsgi_pass 127.0.0.1:{APPLICATION_PORT}; uwsgi_read_timeout {timeout}; }}"
        if front.application == "php":
            return ""
        target = f"http://127.0.0.1:{APPLICATION_PORT}"
        begin = ""
        if front.application_name:
            begin, target = f"set $application {front.application_name};", f"http://$application:{APPLICATION_PORT}"
        wide = "proxy_buffer_size 512k; proxy_buffers 4 512k; proxy_busy_buffers_size 512k;" if front.wide_headers else ""
        return (
            f"location / {{ {begin} proxy_pass {target}; proxy_set_header Host $host; proxy_set_header CF-Ray $http_cf_ray; "
            f"proxy_set_header X-Forwarded-For $http_x_forwarded_for; proxy_read_timeout {timeout}; {wide} }}"
        )

    def _tls(self, host: TlsHost | None) -> str:
        if host is None or self.front.plain:
            return ""
        versions = " ".join(f"TLSv{one}" for one in ("1.2", "1.3") if host.minimum <= one <= host.maximum)
        words = f"ssl_certificate {host.base}.pem; ssl_certificate_key {host.base}.key; ssl_protocols {versions}; ssl_session_cache off;"
        if host.ciphers:
            words += f" ssl_ciphers {host.ciphers};"
        if host.client_authority:
            words += f" ssl_client_certificate {host.client_authority}; ssl_verify_client on;"
        return words + (" ssl_reject_handshake on;" if host.reject else "")

    def _host(self, lab, host: TlsHost, inside: str) -> str:
        ssl = "" if self.front.plain else " ssl"
        return f"server {{ listen 443{ssl}; server_name {host.name}; {self._tls(host)} {inside} }}\n"

    def children(self) -> list[int]:
        return self.workers()

    def group(self) -> list[int]:
        return [self.process.pid, *self.workers()]

    def signal(self, number: int) -> None:
        for pid in self.group():
            os.kill(pid, number)

    def stop(self) -> None:
        self.signal(signal.SIGCONT) if self.process and self.process.poll() is None else None
        super().stop()

    def keep(self) -> None:
        for name, kind in (("access.log", "access"), ("error.log", "error")):
            self.lab.keep_log(os.path.join(self.log, name), kind, self.name, f"nginx/{name}")
