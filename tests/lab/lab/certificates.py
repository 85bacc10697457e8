"""Certificates for the TLS scenarios, made with openssl: an authority that the edge trusts, and leaves."""
import os
import time

from .namespaces import run

CONFIGURATION = """[ca]
default_ca = lab
[lab]
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


class Authority:
    """A certificate authority in the run's folder. `file` holds its certificate."""

    def __init__(self, lab):
        self.folder = os.path.join(lab.folder, "authority")
        os.makedirs(self.folder)
        self.file = os.path.join(self.folder, "authority.pem")
        self._new_key_and_request("authority", "/CN=Example Public CA R3", "-x509", "-out", self.file, "-days", "3650")
        for name, content in (("index.txt", ""), ("serial", "1000\n"),
                              ("openssl.cnf", CONFIGURATION.format(folder=self.folder))):
            with open(os.path.join(self.folder, name), "w") as file:
                file.write(content)
        lab.authorities = self.file

    def _new_key_and_request(self, name: str, subject: str, *more: str) -> None:
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject,
            "-keyout", os.path.join(self.folder, name + ".key"), *more)

    def leaf(self, host: str, first_day: int = -30, last_day: int = 60, issuer: str = "authority", more: str = "") -> str:
        """Issues a certificate for a host, valid between two days counted from today. Gives nginx's directives for it."""
        base = os.path.join(self.folder, host)
        self._new_key_and_request(host, f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-out", base + ".csr",
                                  *(["-addext", more] if more else []))
        dates = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + day * 86400)) for day in (first_day, last_day)]
        run("openssl", "ca", "-batch", "-notext", "-config", os.path.join(self.folder, "openssl.cnf"),
            "-cert", os.path.join(self.folder, issuer + ".pem"),
            "-keyfile", os.path.join(self.folder, issuer + ".key"), "-in", base + ".csr", "-out", base + ".pem",
            "-startdate", dates[0], "-enddate", dates[1])
        return self._directives(host)

    def leaf_of_intermediate(self, host: str) -> str:
        """A leaf signed by an intermediate authority whose certificate the server does not send."""
        self.leaf("intermediate.example", more="basicConstraints=critical,CA:TRUE")
        return self.leaf(host, issuer="intermediate.example")

    def self_signed(self, host: str) -> str:
        """A certificate that vouches for itself."""
        self._new_key_and_request(host, f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-x509", "-days", "365",
                                  "-out", os.path.join(self.folder, host + ".pem"))
        return self._directives(host)

    def _directives(self, host: str) -> str:
        base = os.path.join(self.folder, host)
        return f"ssl_certificate {base}.pem; ssl_certificate_key {base}.key;"
