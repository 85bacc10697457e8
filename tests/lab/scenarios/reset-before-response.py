from lab.app import App, Reply, healthy
from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.scenario import Scenario

SCENARIO = Scenario(note="For some paths the application aborts the connection after it has read the request.",
                    causes=["reset-before-response"], capture=Capture(nano=True, pieces=3), edge_log=EdgeLog(offset_s=0.9))


def answer(asked):
    if asked.name.startswith("/upload"):
        return Reply(b"", "reset", wait_s=0.05)
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    return (lab.traffic.browse(330, 8)
            + lab.traffic.sprinkle(20, 8, ["/upload/avatar"], "reset-before-response", method="POST",
                                   body=b"image=" + b"A" * 3000)
            + lab.traffic.sprinkle(8, 8, ["/upload/status?id=9"], "reset-before-response"))
