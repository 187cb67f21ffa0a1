#!/usr/bin/env python3
"""Serves the agent's web page with fixed data under the agent's policy: serve.py PAGE JSON POLICY; prints its port.

/probe is the same page with a script behind it that measures it."""
import base64
import hashlib
import http.server
import sys

page, data, policy = (open(name, "rb").read() for name in sys.argv[1:4])
PROBE = b"""
setInterval(() => {
  const root = document.documentElement;
  if (root.dataset.shown) root.dataset.overflow = Math.max(0, root.scrollWidth - innerWidth);
}, 100);
"""
probe_hash = base64.b64encode(hashlib.sha256(PROBE).digest())
PAGES = {
    "/": ("text/html; charset=utf-8", page, policy),
    "/page.json": ("application/json", data, policy),
    "/probe": ("text/html; charset=utf-8", page.replace(b"</body>", b"<script>" + PROBE + b"</script></body>"),
               policy.replace(b"script-src ", b"script-src 'sha256-" + probe_hash + b"' ")),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body, allowed = PAGES.get(self.path, ("text/plain", b"no\n", policy))
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", allowed.decode().strip())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
