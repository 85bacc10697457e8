"""What the application behind an origin does on some of its paths, the same for each language that it is written in."""

import base64
import json
import os
from dataclasses import dataclass, field

from .app import App, Asked, Reply, healthy, page

READY = "ok"


@dataclass
class Behaviour:
    """What happens when a path is asked for.

    `do`: "ok" (the shop's page), "raw" (these bytes, then "keep", "close" or "reset"), "crash" (the process dies of
    SIGSEGV), "memory" (it takes more and more), "pool" (it wants a connection of a small pool, which others hold).
    """

    do: str = READY
    data: bytes = b""
    then: str = "keep"
    wait_s: float = 0.0
    rest: bytes = b""
    pause_s: float = 0.0


@dataclass
class Shop:
    """Paths that misbehave (by their name, without a query) and how; all others are healthy."""

    paths: dict[str, Behaviour] = field(default_factory=dict)
    delay_s: float = 0.0  # of each healthy answer, besides its own

    def write(self, folder: str) -> str:
        """The table as a file, for applications in other languages."""
        path = os.path.join(folder, "shop.json")
        table = {
            name: {
                "do": one.do,
                "data": base64.b64encode(one.data).decode(),
                "then": one.then,
                "wait": one.wait_s,
                "rest": base64.b64encode(one.rest).decode(),
                "pause": one.pause_s,
            }
            for name, one in self.paths.items()
        }
        with open(path, "w") as file:
            json.dump({"paths": table, "delay": self.delay_s}, file)
        return path

    def answer(self, asked: Asked) -> Reply:
        """As the lab's own small server answers."""
        one = self.paths.get(asked.name)
        if one is None or one.do != "raw":
            reply = healthy(asked)
            reply.wait_s += self.delay_s + (one.wait_s if one else 0)
            return reply
        return Reply(one.data, one.then, one.wait_s, one.rest, one.pause_s)


class PlainApp(App):
    """The lab's own small server as the shop's application, with its log in a form that all fields can be read from."""

    def __init__(self, lab, shop: Shop, port: int = 80, address: str = "0.0.0.0", **more):
        super().__init__(lab, shop.answer, port=port, address=address, **more)
        self.rows: list[str] = []

    def _log(self, asked: Asked, reply: Reply) -> None:
        import time

        head = reply.data[:12]
        status = int(head[9:12]) if head[:5] == b"HTTP/" and head[9:12].isdigit() else 0
        self.rows.append(
            json.dumps(
                {
                    "t": time.time(),
                    "addr": asked.peer,
                    "port": asked.port,
                    "method": asked.method,
                    "uri": asked.path,
                    "status": status,
                    "bytes": len(reply.data + reply.rest),
                    "agent": asked.headers.get("user-agent", ""),
                    "ray": asked.headers.get("cf-ray", ""),
                    "host": asked.headers.get("host", ""),
                    "rt": reply.wait_s,
                    "xff": asked.headers.get("x-forwarded-for", ""),
                }
            )
        )

    def keep(self) -> None:
        path = os.path.join(self.lab.folder, "log", "python-access.json")
        with open(path, "w") as file:
            file.writelines(row + "\n" for row in self.rows)
        self.lab.keep_log(path, "access", "python", "app/access.log")


def failing_page(status: str, text: str = "Something went wrong") -> bytes:
    return page(status, f"<html><body><h1>{text}</h1></body></html>".encode())
