"""The TLS port 6443: the supervisor's own paths, and the Kubernetes API behind it."""
import http.server
import json
import socket
import socketserver
import ssl
import threading
import traceback
import urllib.parse

from . import etcd, log, store as storage
from .kubeapi import ApiError, status_body

READS, WRITES = threading.BoundedSemaphore(20), threading.BoundedSemaphore(10)


class Refused(Exception):
    """An answer of the supervisor that is not the wanted one."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Identity:
    def __init__(self, user="", groups=()):
        self.user, self.groups = user, set(groups)

    def is_agent(self):
        return self.groups & {"k3s:agent", "system:nodes", "system:bootstrappers:k3s:default-node-token"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "k3s-standin"
    timeout = 120
    server_state = None  # the Server; set by listen()

    def log_message(self, *_):
        pass

    def setup(self):
        # The handshake belongs to this thread: one who does not finish it holds nobody else up.
        self.request.settimeout(20)
        self.request.do_handshake()
        super().setup()

    def peer(self):
        return f"{self.client_address[0]}:{self.client_address[1]}"

    def identity(self):
        certificate = self.request.getpeercert()
        if certificate:
            fields = [pair for group in certificate["subject"] for pair in group]
            return Identity(next((value for key, value in fields if key == "commonName"), ""),
                            [value for key, value in fields if key == "organizationName"])
        return self.server_state.authenticate(self.headers.get("Authorization", ""), self.peer())

    def send(self, code, body=b"", kind="application/json"):
        data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode() + b"\n"
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def body(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > 3 << 20:
            raise Refused(413, "request is too large")
        return self.rfile.read(length)

    def handle_request(self):
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        try:
            self.answer(parts.path, query)
        except Refused as error:
            log.say("HTTP_SEND_ERR", code=error.code, peer=self.peer(), cause=error)
            self.send(error.code, status_body(error.code, str(error)))
        except ApiError as error:
            self.send(error.code, status_body(error.code, str(error), error.reason))
        except storage.Unavailable:
            self.send(500, status_body(500, "etcdserver: request timed out"))
        except etcd.EtcdError as error:
            self.send(500, status_body(500, str(error)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # An object of a shape nobody expected: the caller's fault, and a traceback for whoever has to look.
            traceback.print_exc()
            self.send(400, status_body(400, f"cannot be understood: {error!r}"))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_request

    def answer(self, path, query):
        state, body = self.server_state, self.body()
        if not state.handlers:
            raise Refused(503, "starting")
        if path == "/cacerts":
            return self.send(200, state.file("server-ca.crt"), "text/plain")
        if path == "/ping":
            return self.send(200, "pong", "text/plain")
        if path.startswith(("/v1-k3s/", "/db/")):
            return self.limited(path, body)
        if path.startswith("/static/"):
            raise Refused(404, "404 page not found")
        return self.kubernetes(path, query, body)

    def limited(self, path, body):
        limit = READS if self.command == "GET" else WRITES
        if not limit.acquire(blocking=False):
            raise Refused(429, "too many requests, please try again later")
        try:
            code, answer, kind = self.server_state.serve(self, path, body)
        finally:
            limit.release()
        self.send(code, answer, kind)

    def kubernetes(self, path, query, body):
        state = self.server_state
        if not state.api_ready:
            raise Refused(503, "apiserver not ready")
        user = self.kubernetes_user()
        if path in ("/readyz", "/livez", "/healthz"):
            return self.health(path, query)
        if path == "/version":
            return self.send(200, state.version_info())
        if not path.startswith(("/api/", "/apis/")):
            raise ApiError(404, "NotFound", "the server could not find the requested resource")
        if not state.may(user, self.command, path, query):
            raise ApiError(403, "Forbidden", f'User "{user.user}" cannot {self.command.lower()} {path}')
        document = json.loads(body) if body else {}
        self.send(*state.objects.serve(self.command, path, query, document, self.headers.get("Content-Type", "")))

    def kubernetes_user(self):
        """The API server itself knows certificates only."""
        if not self.request.getpeercert():
            raise ApiError(401, "Unauthorized", "Unauthorized")
        return self.identity()

    def health(self, path, query):
        checks = self.server_state.health(path)
        good = all(checks.values())
        lines = [f"[{'+' if well else '-'}]{name} {'ok' if well else 'failed: reason withheld'}" for name, well in checks.items()]
        summary = f"{path[1:]} check {'passed' if good else 'failed'}"
        text = "\n".join([*lines, summary]) + "\n" if "verbose" in query or not good else "ok"
        self.send(200 if good else 500, text, "text/plain")


class Listener(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # a peer that went away, or whose certificate does not verify


def listen(state, address, port):
    handler = type("Handler", (Handler,), {"server_state": state})
    listener_type = type("Listener", (Listener,), {"address_family": socket.AF_INET6 if ":" in address else socket.AF_INET})
    try:
        listener = listener_type((address, port), handler)
    except OSError:
        raise log.fail("CMP_LISTENER", address=f"{'' if address in ('0.0.0.0', '::') else address}:{port}") from None
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(f"{state.tls}/serving-kube-apiserver.crt", f"{state.tls}/serving-kube-apiserver.key")
    secured.load_verify_locations(f"{state.tls}/client-ca.crt")
    secured.verify_mode = ssl.CERT_OPTIONAL
    listener.socket = secured.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    return listener
