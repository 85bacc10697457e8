"""An origin of one family: a web server, an application, or one in front of the other, serving the same shop."""

import os
import signal

from .apache import Apache
from .caddy import Caddy
from .front import APPLICATION_PORT, Front
from .haproxy import HAProxy
from .nginx_front import NginxFront
from .node import Node
from .php import Php
from .python_servers import Gunicorn, Uwsgi
from .shop import Behaviour, PlainApp, Shop

ALONE = ("python", "node", "gunicorn", "uwsgi")
# The web server's name alone means: with the lab's own small server as application behind it.
PROXIES = (
    "nginx",
    "apache",
    "haproxy",
    "caddy",
    "nginx+node",
    "nginx+gunicorn",
    "nginx+uwsgi",
    "haproxy+gunicorn",
    "haproxy+nginx",
    "caddy+node",
    "apache+gunicorn",
)
PHP = ("nginx+php", "apache+php")
FILES = ("nginx+files", "apache+files", "caddy+files")
RELAYED = ("haproxy-tcp",)
FAMILIES = ALONE + PROXIES + PHP + FILES + RELAYED
WEB_SERVERS = {"nginx": NginxFront, "apache": Apache, "caddy": Caddy}


def proxies_of(*fronts: str) -> tuple:
    """The families in which one of these web servers speaks HTTP to an application."""
    return tuple(family for family in PROXIES if family.partition("+")[0] in fronts)


class Site:
    """`edge_side` is the program that the edge talks to, `application` the one behind it or the same."""

    def __init__(self, lab, family: str, shop: Shop, front: Front | None = None, *, start: bool = True, **application):
        self.lab, self.family, self.shop, self.front = lab, family, shop, front or Front()
        self.servers: list = []
        name, _, behind = family.partition("+")
        if family in ALONE:
            self.application = self._application(name, 80 if not self.front.tls else 443, "0.0.0.0", application)
        elif family in FILES:
            self.front.application, self.application = "static", None
        elif family in PHP:
            self.front.application, self.application = "php", self._php(application)
        elif family == "haproxy+nginx":
            self.application = self._application("python", APPLICATION_PORT + 1, "127.0.0.1", application)
            middle = Front()
            self.servers = [self.application, _MiddleNginx(lab, middle)]
        else:
            if behind == "uwsgi":
                self.front.application = "uwsgi"
                application = {"protocol": "uwsgi"} | application
            self.application = self._application(behind or "python", APPLICATION_PORT, "127.0.0.1", application)
        if not self.servers and self.application:
            self.servers = [self.application]
        if family not in ALONE:
            self.servers.append(self._web_server(name))
        self.edge_side = self.servers[-1]
        if start:
            lab.serve(*self.servers)

    def _application(self, name: str, port: int, address: str, options: dict):
        if name == "python":
            return PlainApp(self.lab, self.shop, port, address, **options)
        if name == "node":
            front = self.front
            tls = {"tls": [vars(host) for host in front.tls], "plain": front.plain, "alpn": list(front.alpn)} if port == 443 else {}
            # On loopback the address must be the same as the web server's, which is no IPv6.
            return Node(self.lab, self.shop, port, address, **({"keepalive": front.keepalive_s} if address == "0.0.0.0" else {}) | tls | options)
        return {"gunicorn": Gunicorn, "uwsgi": Uwsgi}[name](self.lab, self.shop, port, address, **options)

    def _web_server(self, name: str):
        if name == "nginx":
            return NginxFront(self.lab, self.front, self._php_locations() if self.family == "nginx+php" else "")
        if name == "apache":
            return Apache(self.lab, self.front, self.application.socket if self.family == "apache+php" else None)
        if name in ("haproxy", "haproxy-tcp"):
            return HAProxy(self.lab, self.front, "tcp" if name == "haproxy-tcp" else "http")
        return Caddy(self.lab, self.front)

    def _php(self, options: dict) -> Php:
        php = Php(self.lab, **options)
        self.lab.php_scripts = {}
        for number, (path, one) in enumerate(self.shop.paths.items()):
            script = f"page{number}.php"
            with open(os.path.join(self.lab.www, script), "w") as file:
                file.write(_php_script(one))
            self.lab.php_scripts[path] = script
        return php

    def _php_locations(self) -> str:
        each = [self.application.location(f"^{path}$", script) for path, script in self.lab.php_scripts.items()]
        static = f"location /static/ {{ root {self.lab.www}; }} location = /favicon.ico {{ return 404; }} location = /robots.txt {{ return 404; }}"
        timeout = f"fastcgi_read_timeout {self.front.answer_timeout_s:g}s;"
        return "".join(each) + static + self.application.location("/", "ok.php") + timeout

    # What faults do to it

    def stall(self, on: bool) -> None:
        """The edge's side accepts nothing and answers nothing, or goes on."""
        if isinstance(self.edge_side, PlainApp):
            (self.edge_side.accepting.clear if on else self.edge_side.accepting.set)()
            return
        for pid in self.edge_side.group():
            os.kill(pid, signal.SIGSTOP if on else signal.SIGCONT)

    def kill_workers(self, number: int = signal.SIGSEGV) -> None:
        """The workers of the edge's side die, with what they were doing."""
        for pid in self.edge_side.children():
            os.kill(pid, number)


class _MiddleNginx(NginxFront):
    """nginx as the second hop, on the port where an application would be."""

    def __init__(self, lab, front: Front):
        super().__init__(lab, front)
        self.configuration = (
            self.configuration.replace(f"127.0.0.1:{APPLICATION_PORT}", f"127.0.0.1:{APPLICATION_PORT + 1}")
            .replace("listen 80 ", f"listen 127.0.0.1:{APPLICATION_PORT} ")
            .replace("server_name shop.example;", "server_name _;")
        )
        self.ports = []

    def start(self):
        super().start()
        self.lab.wait_for_loopback(APPLICATION_PORT)
        return self


def _php_script(one: Behaviour) -> str:
    wait = f"usleep({round(one.wait_s * 1e6)});"
    if one.do == "crash":
        return f"<?php {wait} header('X-Step: render'); usleep(20000); posix_kill(posix_getpid(), 11); usleep(200000);"
    if one.do == "memory":
        return f"<?php {wait} $all = []; for ($n = 0; $n < 400; $n++) {{ $all[] = str_repeat(chr($n), 1 << 20); usleep(1000); }} echo count($all);"
    if one.do == "raw" and one.data.startswith(b"HTTP/1.1 "):
        head, _, body = one.data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = "".join(f"header({line!r}, false);" for line in lines[1:] if line.lower().startswith(("set-cookie", "x-", "link")))
        return f"<?php {wait} http_response_code({lines[0][9:12]}); {headers} echo {body.decode('latin-1')!r};"
    return f"<?php {wait} usleep(random_int(2000, 15000)); echo '<html><body><h1>Shop</h1>', str_repeat('<p>A fine lamp.</p>', 40), '</body></html>';"
