"""The shop's application as WSGI, in gunicorn or in uWSGI, alone or behind a web server."""

import os
import signal

from .program import Program
from .shop import Shop

APPLICATION = r'''
import base64, json, os, random, signal, socket, struct, sys, threading, time
SHOP = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "shop.json")))
TEXT = ("<html><head><title>Shop</title></head><body><h1>Lamps</h1>" + "<p>A fine lamp for every room.</p>" * 24 + "</body></html>").encode()
POOL = threading.BoundedSemaphore(1)


class PoolTimeout(Exception):
    pass


def pooled(one):
    if not POOL.acquire(timeout=1.5):
        raise PoolTimeout("QueuePool limit of size 1 overflow 0 reached, connection timed out, timeout 1.50 "
                          "(Background on this error at: https://sqlalche.me/e/20/3o7r)")
    try:
        time.sleep(one["wait"])
    finally:
        POOL.release()


def raw(environ, one):
    time.sleep(one["wait"])
    plain = environ.get("gunicorn.socket")
    if plain is None:
        import uwsgi
        plain = socket.socket(fileno=os.dup(uwsgi.connection_fd()))
    if one["data"]:
        plain.sendall(base64.b64decode(one["data"]))
    if one["pause"]:
        time.sleep(one["pause"])
    if one["rest"]:
        plain.sendall(base64.b64decode(one["rest"]))
    if one["then"] == "reset":
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        plain.close()
    else:
        plain.shutdown(socket.SHUT_RDWR)
    raise StopIteration


def application(environ, start_response):
    name = environ["PATH_INFO"]
    one = SHOP["paths"].get(name)
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status, body, kind = "200 OK", TEXT, "text/html; charset=utf-8"
    if one and one["do"] == "raw":
        raw(environ, one)
    elif one and one["do"] == "crash":
        time.sleep(0.03)
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(1)
    elif one and one["do"] == "memory":
        held = []
        while True:
            held.append(b"x" * (4 << 20))
            time.sleep(0.004)
    elif one and one["do"] == "pool":
        pooled(one)
    else:
        time.sleep(random.uniform(0.002, 0.015) + SHOP["delay"] + (one["wait"] if one else 0))
    if name in ("/favicon.ico", "/robots.txt", "/wp-login.php"):
        status, body = "404 Not Found", b"<h1>Not Found</h1>"
    elif name.startswith("/api/"):
        body, kind = b'{"items":[{"id":101,"name":"lamp"}],"page":1}', "application/json"
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [body]
'''


class Gunicorn(Program):
    name = "gunicorn"

    def __init__(
        self,
        lab,
        shop: Shop,
        port: int = 80,
        address: str = "0.0.0.0",
        workers: int = 6,
        threads: int = 1,
        timeout_s: int = 30,
        keepalive_s: float = 2,
        backlog: int = 256,
        files_limit: int | None = None,
    ):
        super().__init__(lab)
        self.port, self.address, self.files_limit = port, address, files_limit
        self.words = ["-w", str(workers), "-t", str(timeout_s), "--backlog", str(backlog)]
        if threads > 1:
            self.words += ["-k", "gthread", "--threads", str(threads), "--keep-alive", str(round(keepalive_s))]
        self.access = os.path.join(self.log, "access.log")
        shop.write(self.folder)
        self.logs = [(self.access, "access", "gunicorn/access.log"), (os.path.join(self.log, "error.log"), "error", "gunicorn/error.log")]

    def configure(self) -> None:
        self.write("shop.py", APPLICATION)

    def command(self) -> list[str]:
        # Tabs part the fields. %(t)s is when the answer was complete, in whole seconds, and %(M)s how long it took.
        form = "%(t)s\t%(h)s\t%(m)s\t%(U)s\t%(q)s\t%(H)s\t%(s)s\t%(b)s\t%(f)s\t%(a)s\t%({cf-ray}i)s\t%(D)s\t%(p)s\t%({host}i)s\t%({x-forwarded-for}i)s\t%({remote_port}e)s"
        return [
            "gunicorn",
            "-b",
            f"{self.address}:{self.port}",
            *self.words,
            "--access-logfile",
            self.access,
            "--access-logformat",
            form,
            "--error-logfile",
            os.path.join(self.log, "error.log"),
            "--capture-output",
            "--chdir",
            self.folder,
            "--preload",
            "shop:application",
        ]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            for pid in self.group():
                os.kill(pid, signal.SIGCONT)
        super().stop()


class Uwsgi(Program):
    name = "uwsgi"

    def __init__(
        self,
        lab,
        shop: Shop,
        port: int = 80,
        address: str = "0.0.0.0",
        workers: int = 6,
        backlog: int = 100,
        protocol: str = "http",
        timeout_s: int = 0,
        buffer: int = 4096,
        files_limit: int | None = None,
    ):
        super().__init__(lab)
        self.port, self.files_limit = port, files_limit
        self.words = [
            "--http-socket" if protocol == "http" else "--socket",
            f"{address}:{port}",
            "--workers",
            str(workers),
            "--listen",
            str(backlog),
            "--buffer-size",
            str(buffer),
        ] + (["--harakiri", str(timeout_s)] if timeout_s else [])
        shop.write(self.folder)
        self.logs = [(os.path.join(self.log, "uwsgi.log"), "mixed", "uwsgi.log")]

    def configure(self) -> None:
        self.write("shop.py", APPLICATION)

    def command(self) -> list[str]:
        # The rich fields stand before the program's own line and are taken off when an incident is drawn.
        rich = "{%(epoch)|%(micros)|%(addr)|%(method)|%(uri)|%(status)|%(rsize)|%(pid)|%(var.HTTP_CF_RAY)|%(var.HTTP_HOST)|%(var.HTTP_X_FORWARDED_FOR)|%(var.REMOTE_PORT)|%(uagent)} "
        own = (
            "[pid: %(pid)|app: 0|req: %(wid)/%(count)] %(addr) () {%(vars) vars in %(pktsize) bytes} [%(ctime)] %(method) %(uri) => "
            "generated %(rsize) bytes in %(msecs) msecs (%(proto) %(status)) %(headers) headers in %(hsize) bytes (1 switches on core 0)"
        )
        return [
            "uwsgi",
            "--plugin",
            "python3",
            "--master",
            "--die-on-term",
            "--need-app",
            "--wsgi-file",
            os.path.join(self.folder, "shop.py"),
            "--logto",
            os.path.join(self.log, "uwsgi.log"),
            "--log-format",
            rich + own,
            *self.words,
        ]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            for pid in self.group():
                os.kill(pid, signal.SIGCONT)
        super().stop()
