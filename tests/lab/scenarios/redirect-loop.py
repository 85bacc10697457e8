from lab.nginx import Nginx
from lab.scenario import Scenario

HOST = "old.shop.example"

SCENARIO = Scenario(note="The edge fetches one host over plain HTTP (Flexible) and the origin redirects it to https, for ever.", verdict="edge",
                    causes=["redirect-loop"], failing_statuses=(301,))


def origin(lab):
    lab.serve(Nginx(lab, more_servers=f"server {{ listen 80; server_name {HOST}; return 301 https://$host$request_uri; }}"))


def traffic(lab):
    requests = lab.traffic.browse(300, 8)
    for visitor in lab.random.sample(lab.traffic.visitors, 7):
        begin = lab.random.random() * 6
        requests += [lab.traffic.request(begin + number * 0.2, visitor=visitor, path="/account/login?next=cart", host=HOST,
                                         fault="redirect-loop") for number in range(6)]
    return requests
