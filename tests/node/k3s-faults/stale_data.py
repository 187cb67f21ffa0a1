"""The data of an agent that was in another cluster."""
import pathlib
import sys
import tempfile

sys.path.insert(0, "/usr/local/bin/k3s")
from standin import pki

other = pathlib.Path(tempfile.mkdtemp())
pki.make_authorities(other)
pki.make_leaf(other, "client-kubelet", "client-ca", "system:node:worker-1", ("system:nodes",))
agent = pathlib.Path("/var/lib/rancher/k3s/agent")
agent.mkdir(parents=True, exist_ok=True)
for name, source in {"server-ca.crt": "server-ca.crt", "client-kubelet.crt": "client-kubelet.crt", "client-kubelet.key": "client-kubelet.key"}.items():
    (agent / name).write_bytes((other / source).read_bytes())
