from lab.app import App, Reply, healthy, page
from lab.edgelog import EdgeLog
from lab.nginx import Nginx
from lab.scenario import Scenario

SCENARIO = Scenario(note="The application's headers exceed nginx's proxy buffer on some pages; nginx answers 502.",
                    causes=["upstream-header-too-big"], edge_log=EdgeLog(timestamps="rfc3339", form="array", compressed=False))


def answer(asked):
    if asked.name == "/account":
        return Reply(page(headers=[f"Set-Cookie: flag_{n}={'on-' * 60}; Path=/" for n in range(30)]))
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer, port=9000, address="127.0.0.1"))
    lab.serve(Nginx(lab, "location / { proxy_pass http://127.0.0.1:9000; proxy_buffer_size 4k; }", shop=False,
                    keep_configuration=True))


def traffic(lab):
    return lab.traffic.browse(330, 8) + lab.traffic.sprinkle(26, 8, ["/account?tab=flags"], "upstream-header-too-big")
