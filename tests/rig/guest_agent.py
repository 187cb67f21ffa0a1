"""Asks a machine's guest agent, as a hypervisor does: guest_agent.py SOCKET SECONDS COMMAND [JSON_ARGUMENTS]; prints the answer."""
import json
import socket
import sys


def main():
    path, seconds, command = sys.argv[1:4]
    request = {"execute": command}
    if len(sys.argv) > 4:
        request["arguments"] = json.loads(sys.argv[4])
    with socket.socket(socket.AF_UNIX) as agent:
        agent.settimeout(float(seconds))
        agent.connect(path)
        # Answers to what was asked before end with the one to this; 0xff is what no JSON has.
        agent.sendall(b'\xff{"execute":"guest-sync-delimited","arguments":{"id":1}}\n')
        lines = agent.makefile("rb")
        while b"\xff" not in lines.readline():
            pass
        agent.sendall(json.dumps(request).encode() + b"\n")
        print(lines.readline().decode().strip())


main()
