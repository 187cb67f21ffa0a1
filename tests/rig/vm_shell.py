"""Runs a command in the shell that a machine of the rig has on its second serial port: vm_shell.py SOCKET SECONDS COMMAND...

What the command prints goes to standard output, its status is the exit status; 125 when the machine did not answer in time.
"""
import base64
import os
import re
import socket
import sys
import time


def quote(word):
    return "'" + word.replace("'", "'\\''") + "'"


class Shell:
    def __init__(self, path, seconds):
        self.deadline = time.monotonic() + seconds
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.received = b""

    def send(self, text):
        self.socket.settimeout(max(0.1, self.deadline - time.monotonic()))
        self.socket.sendall(text.encode())

    def read_until(self, pattern):
        """What came before the pattern, and its match. Raises TimeoutError at the deadline, ConnectionError at the end."""
        while True:
            match = re.search(pattern, self.received)
            if match:
                before, self.received = self.received[:match.start()], self.received[match.end():]
                return before, match
            self.socket.settimeout(max(0.01, self.deadline - time.monotonic()))
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionError("the machine is gone")
            self.received += chunk


def run(path, seconds, command):
    shell = Shell(path, seconds)
    mark = base64.b16encode(os.urandom(6)).decode()
    # Only what this call has asked for counts: echoes and the answer to a command that was given up carry another mark, or are cut
    # in two by the quotes. With a pipe at its end a command does not take the port for a person's terminal.
    code = base64.b64encode(" ".join(map(quote, command)).encode()).decode()
    # Control-C ends what an earlier call has given up.
    shell.send(f"\x03\n stty -echo -onlcr; export PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 TERM=dumb; printf '%s%s\\n' BEGIN {mark}; "
               f"{{ ( eval \"$(echo {code} | base64 -d)\" ) </dev/null 2>&1; printf '%s%s %d.\\n' END {mark} $?; }} | cat\n")
    shell.read_until(f"BEGIN{mark}\r?\n".encode())
    output, end = shell.read_until(rf"END{mark} (\d+)\.".encode())
    sys.stdout.buffer.write(output)
    return int(end[1])


def main():
    path, seconds, *command = sys.argv[1:]
    try:
        status = run(path, float(seconds), command)
    except (OSError, ConnectionError) as error:
        print(f"vm_shell: {path}: {error or 'no answer in time'}", file=sys.stderr)
        status = 125
    sys.stdout.flush()
    sys.exit(status)


main()
