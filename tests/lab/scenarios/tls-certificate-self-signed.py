from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

OTHER = "intern.shop.example"

SCENARIO = Scenario(note="One host shows a certificate that it signed itself; the edge is in Full (strict).",
                    causes=["tls-certificate-self-signed"], capture=Capture(filter="tcp port 443 or icmp"),
                    edge=EdgeBehaviour(tls=True, strict=True, tls_maximum="1.2"))


def origin(lab):
    authority = Authority(lab)
    lab.serve(Nginx(lab, listen="listen 443 ssl;", server=authority.leaf("shop.example"),
                    more_servers=f"server {{ listen 443 ssl; server_name {OTHER}; {authority.self_signed(OTHER)} root {lab.www}; }}"))


def traffic(lab):
    return lab.traffic.browse(200, 8) + lab.traffic.sprinkle(26, 8, ["/", "/cart.html"], "tls-certificate-self-signed", host=OTHER)
