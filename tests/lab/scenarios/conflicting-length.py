from lab.app import App, Reply, healthy, page
from lab.scenario import Scenario

SCENARIO = Scenario(note="A cache module adds a second Content-Length with another value. Only a capture is at hand.",
                    causes=["conflicting-length"], edge_log=None)


def answer(asked):
    if asked.name.startswith("/cached/"):
        return Reply(page(headers=["X-Cache: HIT", "Content-Length: 4711"]))
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    return lab.traffic.browse(330, 8) + lab.traffic.sprinkle(26, 8, ["/cached/home", "/cached/offers"], "conflicting-length")
