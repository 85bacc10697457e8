from lab.app import App, Reply, healthy, page
from lab.scenario import Scenario

SCENARIO = Scenario(note="The application itself answers 500 and 503, complete and correct; the edge passes them on.",
                    causes=["origin-error-status"])


def answer(asked):
    if asked.name == "/checkout":
        return Reply(page("500 Internal Server Error", b"<h1>Something went wrong</h1>"), wait_s=0.04)
    if asked.name == "/account":
        return Reply(page("503 Service Unavailable", b"<h1>Maintenance</h1>", headers=("Retry-After: 120",)))
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer, log="origin/app/access.log"))


def traffic(lab):
    return lab.traffic.browse(330, 8) + lab.traffic.sprinkle(30, 8, ["/checkout?step=3", "/account"], "origin-error-status")
