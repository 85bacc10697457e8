from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="Nothing is broken: TLS 1.3 in Full (strict), nobody can read the capture.",
                    capture=Capture(filter="tcp port 443 or icmp", form="pcapng", compressed=True),
                    edge=EdgeBehaviour(tls=True, strict=True))


def origin(lab):
    lab.serve(Nginx(lab, listen="listen 443 ssl;", server=Authority(lab).leaf("shop.example"), access="json"))


def traffic(lab):
    return lab.traffic.browse(220, 7)
