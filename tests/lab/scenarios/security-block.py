from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

SCENARIO = Scenario(note="A rule in nginx closes (444) on some paths; TLS 1.3, and the secrets to read it are at hand.",
                    causes=["security-block"], capture=Capture(filter="tcp port 443 or icmp"),
                    edge=EdgeBehaviour(tls=True, keylog=True))


def origin(lab):
    lab.serve(Nginx(lab, "location ~ ^/(xmlrpc.php|feed/) { return 444; }", listen="listen 443 ssl;",
                    server=Authority(lab).leaf("shop.example"), keep_configuration=True))


def traffic(lab):
    return lab.traffic.browse(210, 8) + lab.traffic.sprinkle(26, 8, ["/xmlrpc.php", "/feed/atom"], "security-block")
