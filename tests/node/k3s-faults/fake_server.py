"""What may answer on a server's port 6443 in place of a K3s that is well. On a control plane, with the authority of its cluster."""
import datetime
import http.server
import pathlib
import ssl
import sys
import tempfile
from email.utils import formatdate
import time

sys.path.insert(0, "/usr/local/bin/k3s")
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from standin import pki

MODE = sys.argv[1]
TLS = pathlib.Path("/var/lib/rancher/k3s/server/tls")
ADDRESS = "10.0.0.11"
DAY = datetime.timedelta(days=1)
SKEW = {"ahead": 3600, "behind": -3600}.get(MODE, 0)


def leaf(folder, names, begin, end):
    """A certificate and key in one file, by the authority in that folder."""
    authority = pki.load_certificate(folder / "server-ca.crt")
    key = ec.generate_private_key(ec.SECP256R1())
    made = (x509.CertificateBuilder().subject_name(pki.subject_of("k3s")).issuer_name(authority.subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)
            .add_extension(pki.alternative_names(names), False)
            .sign(pki.load_key(folder / "server-ca.key"), hashes.SHA256()))
    path = pathlib.Path(tempfile.mkdtemp()) / "leaf.pem"
    path.write_bytes(pki.pem(made) + pki.private_pem(key))
    return path


def certificate():
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = {"expired": (now - 2 * DAY, now - DAY), "not-yet": (now + DAY, now + 2 * DAY)}.get(MODE, (now - DAY, now + DAY))
    folder = TLS
    if MODE in ("other", "other-ca", "untrusted"):
        folder = pathlib.Path(tempfile.mkdtemp())
        pki.make_authority(folder, "server-ca")
    names = ["elsewhere.example"] if MODE == "other-name" else [ADDRESS]
    shown = folder if MODE == "other-ca" else TLS
    return leaf(folder, names, begin, end), (shown / "server-ca.crt").read_bytes()


class Fake(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if MODE == "starting":
            return self.answer(503, b"starting\n")
        if MODE == "other":
            return self.answer(404, b"<html>nothing here</html>")
        if self.path == "/cacerts":
            return self.answer(200, self.server.shown)
        if self.path == "/ping":
            return self.answer(200, b"pong")
        if MODE == "sqlite":
            return self.answer(400, b'{"kind":"Status","message":"etcd datastore disabled","code":400}')
        return self.answer(401, b"not authorized")

    def answer(self, status, body):
        self.send_response_only(status)
        self.send_header("Date", formatdate(time.time() + SKEW, usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("0.0.0.0", 6443), Fake)
file, server.shown = certificate()
if MODE != "http":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
