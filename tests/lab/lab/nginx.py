"""A real nginx in the origin namespace."""
import os
import signal
import subprocess
import time

from .namespaces import die_with_parent

# How sites write the ray, and one layout without it.
LOG_FORMATS = {
    "combined": None,
    "ray": """log_format shop '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
        '"$http_referer" "$http_user_agent" "$http_cf_ray" rt=$request_time uct=$upstream_connect_time '
        'uht=$upstream_header_time urt=$upstream_response_time us=$upstream_status ua=$upstream_addr '
        'rp=$remote_port c=$connection r=$connection_requests';""",
    "short": """log_format shop '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
        '"$http_referer" "$http_user_agent" $http_cf_ray';""",
    "json": """log_format shop escape=json '{"time":"$time_iso8601","msec":"$msec","remote_addr":"$remote_addr",'
        '"remote_port":"$remote_port","method":"$request_method","uri":"$request_uri","status":"$status",'
        '"bytes_sent":"$bytes_sent","request_length":"$request_length","request_time":"$request_time",'
        '"upstream_addr":"$upstream_addr","upstream_status":"$upstream_status",'
        '"upstream_response_time":"$upstream_response_time","connection":"$connection",'
        '"connection_requests":"$connection_requests","cf_ray":"$http_cf_ray","host":"$host",'
        '"user_agent":"$http_user_agent","forwarded_for":"$http_x_forwarded_for"}';""",
}

SHOP = """
        root {www};
        index index.html;
        location = / {{ try_files /index.html =404; }}
        location /product/ {{ try_files /product.html =404; }}
        location = /cart {{ try_files /cart.html =404; }}
        location /static/ {{ expires 1h; }}
        location /api/ {{ default_type application/json; return 200 '{{"items":[{{"id":101,"name":"lamp"}}],"page":1}}'; }}
"""


class Nginx:
    """One nginx. `locations` is added to (or, with `shop=False`, stands instead of) the static shop."""

    def __init__(self, lab, locations: str = "", *, shop: bool = True, access: str | None = "ray",
                 error_level: str = "error", workers: int = 1, keepalive_s: int = 65, http: str = "", server: str = "",
                 listen: str = "listen 80 backlog=511;", more_servers: str = "",
                 kept: tuple = ("access.log", "error.log"), keep_configuration: bool = False, main: str = "",
                 connections: int = 768, zone: str = "UTC0"):
        self.lab, self.process = lab, None
        self.kept, self.keep_configuration, self.zone = kept, keep_configuration, zone
        self.folder = os.path.join(lab.folder, "nginx")
        self.log = os.path.join(lab.folder, "log", "nginx")
        self.ports = [443] if "443" in listen else [80]
        for folder in (self.folder, self.log):
            os.makedirs(folder, exist_ok=True)
        body = (SHOP.format(www=lab.www) if shop else "") + locations
        log_format = LOG_FORMATS.get(access) or ""
        log_name = "combined" if access == "combined" else "shop"
        access_log = f"access_log {self.log}/access.log {log_name};" if access else "access_log off;"
        self.configuration = f"""user root;
worker_processes {workers};
pid {lab.run_folder}/nginx.pid;
error_log {self.log}/error.log {error_level};
{main}

events {{
    worker_connections {connections};
}}

http {{
    types {{ text/html html; text/css css; application/javascript js; image/svg+xml svg; image/jpeg jpg; }}
    default_type text/html;
    client_body_temp_path {self.folder}/body;
    proxy_temp_path {self.folder}/proxy;
    fastcgi_temp_path {self.folder}/fastcgi;
    uwsgi_temp_path {self.folder}/uwsgi;
    scgi_temp_path {self.folder}/scgi;
    {log_format}
    {access_log}
    keepalive_timeout {keepalive_s};
    sendfile on;
    tcp_nopush on;
    {http}

    server {{
        {listen}
        server_name shop.example;
        {server}
{body}
    }}
    {more_servers}
}}
"""

    @property
    def configuration_file(self) -> str:
        return os.path.join(self.folder, "nginx.conf")

    def start(self) -> "Nginx":
        self._write_configuration()
        self.process = subprocess.Popen(
            self.lab.namespaces.command("origin", "nginx", "-c", self.configuration_file, "-p", self.folder,
                                        "-e", f"{self.log}/error.log", "-g", "daemon off;"),
            cwd=self.folder, env=os.environ | {"TZ": self.zone}, preexec_fn=die_with_parent, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.lab.folder, "nginx.stderr"), "ab"))
        for port in self.ports:
            self.lab.wait_for_port(port, self.process)
        return self

    def _write_configuration(self) -> None:
        with open(self.configuration_file, "w") as file:
            file.write(self.configuration)

    def workers(self) -> list[int]:
        """Process ids of the worker processes."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [int(number) for number in file.read().split()]

    def reload(self, before: str, after: str) -> None:
        """Changes the configuration and lets nginx read it."""
        self.configuration = self.configuration.replace(before, after)
        self._write_configuration()
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        time.sleep(0.02)

    def keep(self) -> None:
        """Puts logs, and on request the configuration, into the incident."""
        for name in self.kept:
            path = os.path.join(self.log, name)
            if os.path.exists(path):
                self.lab.keep_text(path, f"origin/nginx/{name}")
        if self.keep_configuration:
            self.lab.keep_text(self.configuration_file, "origin/etc/nginx.conf")
