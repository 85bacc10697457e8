from lab.app import App, Reply, healthy
from lab.capture import Capture
from lab.edgelog import EdgeLog
from lab.scenario import Scenario

SCENARIO = Scenario(note="The application closes without a byte on some paths; the capture holds only the first 400 bytes of each packet.",
                    causes=["empty-response"], capture=Capture(snaplen=400), edge_log=EdgeLog(timestamps="rfc3339ms", offset_s=0.2))


def answer(asked):
    if asked.name == "/wishlist":
        return Reply(b"", "close", wait_s=0.01)
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    return lab.traffic.browse(330, 8) + lab.traffic.sprinkle(20, 8, ["/wishlist?user=9"], "empty-response")
