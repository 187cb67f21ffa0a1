"""A stand-in for the provider's DHCP server: dhcp_standin.py LINK SERVER ROUTER MAC=ADDRESS...

Leases are as OVHcloud gives them: a single host (/32) whose router is outside of it, and a route of its own to the
metadata service (RFC 3442).
"""
import ipaddress
import socket
import struct
import sys

METADATA = "169.254.169.254"
COOKIE = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
FIXED = struct.Struct("!4B I 2H 4s 4s 4s 4s 16s 192x 4s")


def packed(address):
    return ipaddress.ip_address(address).packed


def option(code, value):
    return bytes([code, len(value)]) + value


def message_type(options):
    """The value of option 53, or None."""
    at = 0
    while at + 1 < len(options) and options[at] != 255:
        if options[at] == 0:
            at += 1
            continue
        if options[at] == 53:
            return options[at + 2]
        at += 2 + options[at + 1]
    return None


def make_reply(request, kind, address, server, router):
    _, htype, hlen, _, xid, _, flags, ciaddr, _, _, _, hardware, _ = FIXED.unpack(request[: FIXED.size])
    routes = bytes([32]) + packed(METADATA) + packed(router) + bytes([0]) + packed(router)
    options = [
        option(53, bytes([kind])),
        option(54, packed(server)),
        option(51, struct.pack("!I", 86400)),
        option(1, packed("255.255.255.255")),
        option(3, packed(router)),
        option(121, routes),
        b"\xff",
    ]
    head = FIXED.pack(2, htype, hlen, 0, xid, 0, flags, ciaddr, packed(address), packed(server), b"\0" * 4, hardware, COOKIE)
    return head + b"".join(options)


def main():
    link, server, router, *pairs = sys.argv[1:]
    leases = {mac: address for mac, address in (pair.split("=") for pair in pairs)}
    replies = {DISCOVER: OFFER, REQUEST: ACK}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.encode())
        udp.bind(("", 67))
        while True:
            request = udp.recv(4096)
            if len(request) <= FIXED.size:
                continue
            kind = replies.get(message_type(request[FIXED.size :]))
            mac = request[28:34].hex(":")
            if kind is None or mac not in leases:
                continue
            print(f"{'offer' if kind == OFFER else 'lease'} {leases[mac]} to {mac}", flush=True)
            udp.sendto(make_reply(request, kind, leases[mac], server, router), ("255.255.255.255", 68))


main()
