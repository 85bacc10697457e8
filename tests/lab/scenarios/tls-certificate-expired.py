from lab.capture import Capture
from lab.certificates import Authority
from lab.nginx import Nginx
from lab.scenario import Scenario
from lab.settings import EdgeBehaviour

FILES = "files.shop.example"

SCENARIO = Scenario(note="The certificate of one host ended nine days ago; the edge is in Full (strict) and refuses it.",
                    causes=["tls-certificate-expired"], capture=Capture(filter="tcp port 443 or icmp", nano=True),
                    edge=EdgeBehaviour(tls=True, strict=True, tls_maximum="1.2"))


def origin(lab):
    authority = Authority(lab)
    lab.serve(Nginx(lab, listen="listen 443 ssl;", server=authority.leaf("shop.example"),
                    more_servers=f"server {{ listen 443 ssl; server_name {FILES};"
                                 f" {authority.leaf(FILES, first_day=-99, last_day=-9)} root {lab.www}; }}"))


def traffic(lab):
    return (lab.traffic.browse(200, 8)
            + lab.traffic.sprinkle(26, 8, ["/manual.pdf", "/prices.csv"], "tls-certificate-expired", host=FILES))
