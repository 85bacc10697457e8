from lab.app import App, Reply, healthy, page
from lab.capture import Capture
from lab.scenario import Scenario

SCENARIO = Scenario(note="The cart is kept in cookies that grow with every item; above 128 KiB of headers the edge refuses the answer.",
                    causes=["response-header-too-large"], capture=Capture(compressed=True))


def answer(asked):
    if asked.name == "/cart/view":
        items = int(asked.path.partition("items=")[2])
        return Reply(page(headers=[f"Set-Cookie: cart_{n:03d}={'lamp-%04d.' % n * 390}; Path=/; HttpOnly" for n in range(items)]))
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    growing = [f"/cart/view?items={items}" for items in (2, 6, 12, 18, 24, 30)]
    return (lab.traffic.browse(300, 8) + lab.traffic.sprinkle(18, 8, growing, None)
            + lab.traffic.sprinkle(14, 8, ["/cart/view?items=36", "/cart/view?items=41"], "response-header-too-large"))
