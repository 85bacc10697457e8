from lab.app import App, Reply, healthy
from lab.capture import Capture
from lab.scenario import Scenario

SCENARIO = Scenario(note="For some paths the application closes the connection without a byte.",
                    causes=["empty-response"], capture=Capture(compressed=True))


def answer(asked):
    if asked.name in ("/account/orders", "/account/invoice"):
        return Reply(b"", "close", wait_s=0.03)
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer, log="origin/app/access.log"))


def traffic(lab):
    return (lab.traffic.browse(330, 8)
            + lab.traffic.sprinkle(28, 8, ["/account/orders?page=2", "/account/invoice"], "empty-response"))
