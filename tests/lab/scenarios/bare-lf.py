from lab.app import App, Reply, healthy, page
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="An old script ends its header lines with LF alone, and this edge refuses that.",
                    causes=["bare-lf"], edge=EdgeBehaviour(refuse_bare_lf=True))


def answer(asked):
    if asked.name.startswith("/cgi-bin/"):
        return Reply(page(server="Apache/2.2.3").replace(b"\r\n", b"\n"))
    return healthy(asked)


def origin(lab):
    lab.serve(App(lab, answer))


def traffic(lab):
    return (lab.traffic.browse(330, 8)
            + lab.traffic.sprinkle(26, 8, ["/cgi-bin/counter.pl", "/cgi-bin/mail.pl?to=shop"], "bare-lf"))
