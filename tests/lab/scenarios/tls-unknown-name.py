from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

OTHER = "new.shop.example"

SCENARIO = Scenario(note="nginx has no host for one name and rejects the handshake: unrecognized_name.",
                    causes=["tls-unknown-name"], capture=Capture(filter="tcp port 443 or icmp"),
                    edge=EdgeBehaviour(tls=True, strict=False, tls_maximum="1.2"))


def origin(lab):
    authority = Authority(lab)
    lab.serve(Nginx(lab, listen="listen 443 ssl;", server=authority.leaf("shop.example"),
                    more_servers=f"server {{ listen 443 ssl; server_name {OTHER}; ssl_reject_handshake on;"
                                 f" {authority.leaf(OTHER)} root {lab.www}; }}"))


def traffic(lab):
    return lab.traffic.browse(200, 8) + lab.traffic.sprinkle(26, 8, ["/", "/cart.html"], "tls-unknown-name", host=OTHER)
