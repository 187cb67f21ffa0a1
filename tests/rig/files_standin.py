#!/usr/bin/env python3
"""A stand-in for a download server: files of a folder over HTTP, with ranges (RFC 9110 section 14): files_standin.py ADDRESS PORT FOLDER [BYTES_PER_SECOND]"""
import http.server
import os
import sys
import time

ADDRESS, PORT, FOLDER = sys.argv[1], int(sys.argv[2]), sys.argv[3]
RATE = int(sys.argv[4]) if len(sys.argv) > 4 else 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = os.path.join(FOLDER, os.path.basename(self.path))
        if not os.path.isfile(path):
            self.send_error(404)
            return
        size = os.path.getsize(path)
        start = 0
        asked = self.headers.get("Range", "")
        if asked.startswith("bytes="):
            start = int(asked[6:].split("-")[0])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        with open(path, "rb") as file:
            file.seek(start)
            while chunk := file.read(1 << 18):
                self.wfile.write(chunk)
                if RATE:
                    time.sleep(len(chunk) / RATE)


http.server.ThreadingHTTPServer((ADDRESS, PORT), Handler).serve_forever()
