from lab.app import App, Reply, healthy, page
from lab.scenario import Scenario

SCENARIO = Scenario(note="A debug module puts control bytes into a header, and a template prints a line without a colon.",
                    causes=["invalid-header"], edge_log=None)


def answer(asked):
    if asked.name == "/search":
        return Reply(page(headers=["X-Debug-Query: lamp\x00\x01round"]))
    if asked.name == "/blog/latest":
        return Reply(page(headers=["Notice Undefined index author in /srv/app/blog.php on line 41"]))
    if asked.name == "/blog/archive":
        return Reply(page(headers=["X-Powered-By: Shop/4.2", "X Cache Key: blog-archive"]))
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    return (lab.traffic.browse(330, 8)
            + lab.traffic.sprinkle(30, 8, ["/search?q=lamp", "/blog/latest", "/blog/archive"], "invalid-header"))
