from lab.app import App, Reply, healthy
from lab.capture import Capture
from lab.scenario import Scenario

SCENARIO = Scenario(note="A hand-written stream sends chunk sizes that are no numbers, or that are too small.",
                    causes=["invalid-chunking"], capture=Capture(compressed=True, nano=True))

HEAD = b"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def answer(asked):
    if asked.name == "/api/stream":
        return Reply(HEAD + b"40\r\n" + b'{"n":1}\n' * 8 + b"\r\nNaN\r\n" + b'{"n":2}\n' * 8 + b"\r\n0\r\n\r\n")
    if asked.name == "/api/events":
        return Reply(HEAD + b"20\r\n" + b'{"n":1}\n' * 8 + b"\r\n0\r\n\r\n")
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    return lab.traffic.browse(330, 8) + lab.traffic.sprinkle(26, 8, ["/api/stream", "/api/events"], "invalid-chunking")
