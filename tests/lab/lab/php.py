"""A real php-fpm behind nginx, and the small scripts that misbehave in it."""
import os
import signal
import subprocess
import time

from .namespaces import die_with_parent

SCRIPTS = {
    "ok.php": "<?php usleep(random_int(2000, 15000)); echo '<html><body><h1>Shop</h1><p>',"
              " str_repeat('A fine lamp. ', 40), '</p></body></html>';",
    "slow.php": "<?php sleep((int)($_GET['s'] ?? 6)); echo 'report ready';",
    "burst.php": "<?php usleep((int)($_GET['ms'] ?? 800) * 1000); echo 'export done';",
    "crash.php": "<?php header('X-Step: render'); usleep(20000); posix_kill(posix_getpid(), 11); usleep(200000); echo 'never';",
    "memory.php": "<?php $all = []; for ($n = 0; $n < 400; $n++) { $all[] = str_repeat(chr($n), 1 << 20); } echo count($all);",
}

FASTCGI = """fastcgi_param QUERY_STRING $query_string;
fastcgi_param REQUEST_METHOD $request_method;
fastcgi_param CONTENT_TYPE $content_type;
fastcgi_param CONTENT_LENGTH $content_length;
fastcgi_param REQUEST_URI $request_uri;
fastcgi_param SERVER_PROTOCOL $server_protocol;
fastcgi_param REMOTE_ADDR $remote_addr;
"""


class Php:
    """One php-fpm pool on a unix socket."""

    def __init__(self, lab, children: int = 8, backlog: int = 128, pool: str = ""):
        self.lab, self.process = lab, None
        self.socket = os.path.join(lab.run_folder, "php8.2-fpm.sock")
        self.configuration_file = os.path.join(lab.folder, "php-fpm.conf")
        self.log = os.path.join(lab.folder, "log", "php8.2-fpm.log")
        for name, script in SCRIPTS.items():
            with open(os.path.join(lab.www, name), "w") as file:
                file.write(script)
        with open(self.configuration_file, "w") as file:
            file.write(f"""[global]
error_log = {self.log}
daemonize = no
log_level = notice

[www]
user = root
group = root
listen = {self.socket}
listen.mode = 0666
listen.backlog = {backlog}
pm = dynamic
pm.max_children = {children}
pm.start_servers = {max(1, children // 2)}
pm.min_spare_servers = 1
pm.max_spare_servers = {children}
catch_workers_output = yes
{pool}
""")

    def location(self, pattern: str, script: str, more: str = "") -> str:
        """An nginx location that runs `script` for the paths that match `pattern`."""
        params = "\n            ".join(FASTCGI.strip().splitlines())
        return f"""
        location ~ {pattern} {{
            {params}
            fastcgi_param SCRIPT_NAME /{script};
            fastcgi_param SCRIPT_FILENAME {self.lab.www}/{script};
            fastcgi_pass unix:{self.socket};
            {more}
        }}"""

    def start(self) -> "Php":
        self.process = subprocess.Popen(
            self.lab.namespaces.command("origin", "php-fpm8.2", "-R", "-F", "-n", "-d", "extension=posix.so",
                                        "-y", self.configuration_file),
            cwd=self.lab.folder, preexec_fn=die_with_parent, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 8
        while not os.path.exists(self.socket):
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError("php-fpm did not start, see " + self.log)
            time.sleep(0.02)
        return self

    def children(self) -> list[int]:
        """Process ids of the pool's children."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [int(number) for number in file.read().split()]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def keep(self) -> None:
        self.lab.keep_text(self.log, "origin/php8.2-fpm.log")
