"""A stand-in for OpenStack's metadata service: metadata_standin.py FOLDER

Who asks is told by the source address, as there: FOLDER/ADDRESS/openstack/latest/... is what that instance gets. A file
FOLDER/ADDRESS/status holds the status to answer with instead, a file DOCUMENT.status that of one document. One line for each request goes to standard output.
"""
import http.server
import pathlib
import socket
import sys


class Service(http.server.BaseHTTPRequestHandler):
    folder = pathlib.Path(sys.argv[1])

    def do_GET(self):
        client = self.client_address[0].split("%")[0].removeprefix("::ffff:")
        instance = self.folder / client
        document = (instance / self.path.lstrip("/")).resolve()
        status, body = 404, b""
        for told in (instance / "status", document.with_name(document.name + ".status")):
            if told.is_file() and told.is_relative_to(instance):
                status = int(told.read_text())
                break
        else:
            if document.is_relative_to(instance.resolve()) and document.is_file():
                status, body = 200, document.read_bytes()
        print(client, self.path, status, flush=True)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6  # and IPv4, mapped into it


Server(("::", 80), Service).serve_forever()
