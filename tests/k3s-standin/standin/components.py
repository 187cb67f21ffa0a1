"""What the real one gives the parts of Kubernetes in it: their arguments as its log has them, settings, kubeconfigs.

The arguments are those of 1.34, sorted, `--name=value`; the operator's own take the place of K3s'.
"""
import json
import pathlib

import yaml

from . import log, pki

SUITES = ",".join(f"TLS_ECDHE_{kind}_WITH_{cipher}" for cipher in ("AES_256_GCM_SHA384", "AES_128_GCM_SHA256", "CHACHA20_POLY1305")
                  for kind in ("ECDSA", "RSA"))


def say(line, own, given):
    """Logs how a part runs."""
    merged = {**own, **dict(text.partition("=")[::2] for text in given)}
    log.say(line, arguments=" ".join(f"--{name}={value}" for name, value in sorted(merged.items())))


def write_kubeconfig(path, url, authority, certificate):
    pki.write(path, json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "local",
        "clusters": [{"name": "local", "cluster": {"server": url, "certificate-authority": str(authority)}}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "user"}}],
        "users": [{"name": "user", "user": {"client-certificate": str(certificate), "client-key": str(certificate.with_suffix(".key"))}}]}))


def write_server_kubeconfigs(server):
    url = f"https://127.0.0.1:{server.options['https-listen-port']}"
    for name in ("admin", "controller", "scheduler"):
        write_kubeconfig(server.folder / f"cred/{name}.kubeconfig", url, server.tls / "server-ca.crt", server.tls / f"client-{name}.crt")


def say_apiserver(server):
    tls, options = server.tls, server.options
    issuer = f"https://kubernetes.default.svc.{options['cluster-domain']}"
    own = {
        "advertise-address": options.text("advertise-address") or server.addresses[0], "advertise-port": options["https-listen-port"],
        "allow-privileged": "true", "anonymous-auth": "false", "api-audiences": f"{issuer},k3s", "authorization-mode": "Node,RBAC",
        "bind-address": "127.0.0.1", "cert-dir": tls / "temporary-certs", "client-ca-file": tls / "client-ca.crt",
        "egress-selector-config-file": server.folder / "etc/egress-selector-config.yaml", "enable-admission-plugins": "NodeRestriction",
        "enable-aggregator-routing": "true", "enable-bootstrap-token-auth": "true",
        "kubelet-certificate-authority": tls / "server-ca.crt", "kubelet-client-certificate": tls / "client-kube-apiserver.crt",
        "kubelet-client-key": tls / "client-kube-apiserver.key", "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
        "profiling": "false", "proxy-client-cert-file": tls / "client-auth-proxy.crt", "proxy-client-key-file": tls / "client-auth-proxy.key",
        "requestheader-allowed-names": "system:auth-proxy", "requestheader-client-ca-file": tls / "request-header-ca.crt",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-", "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User", "secure-port": 6444, "service-account-issuer": issuer,
        "service-account-key-file": tls / "service.key", "service-account-signing-key-file": tls / "service.current.key",
        "service-cluster-ip-range": ",".join(options.list("service-cidr", True) or ["10.43.0.0/16"]),
        "service-node-port-range": "30000-32767", "storage-backend": "etcd3", "tls-cert-file": tls / "serving-kube-apiserver.crt",
        "tls-cipher-suites": SUITES, "tls-private-key-file": tls / "serving-kube-apiserver.key"}
    if server.store.kind == "etcd":
        own |= {"etcd-servers": "https://127.0.0.1:2379", "etcd-cafile": tls / "etcd/server-ca.crt",
                "etcd-certfile": tls / "etcd/client.crt", "etcd-keyfile": tls / "etcd/client.key"}
    if options.get("secrets-encryption"):
        own["encryption-provider-config"] = server.folder / "cred/encryption-config.json"
    say("running_apiserver", own, options.list("kube-apiserver-arg"))


def say_controllers(server):
    options, cred = server.options, server.folder / "cred"
    common = lambda name, port: {
        "authentication-kubeconfig": cred / f"{name}.kubeconfig", "authorization-kubeconfig": cred / f"{name}.kubeconfig",
        "bind-address": "127.0.0.1", "kubeconfig": cred / f"{name}.kubeconfig", "profiling": "false", "secure-port": port}
    signing = {f"cluster-signing-{name}-{kind}-file": server.tls / f"{authority}.{suffix}"
               for name, authority in (("kube-apiserver-client", "client-ca"), ("kubelet-client", "client-ca"),
                                       ("kubelet-serving", "server-ca"), ("legacy-unknown", "server-ca"))
               for kind, suffix in (("cert", "nochain.crt"), ("key", "key"))}
    say("running_controllers", common("controller", 10257) | signing | {
        "allocate-node-cidrs": "true", "cluster-cidr": ",".join(options.list("cluster-cidr", True) or ["10.42.0.0/16"]),
        "configure-cloud-routes": "false", "controllers": "*,tokencleaner", "root-ca-file": server.tls / "server-ca.crt",
        "service-account-private-key-file": server.tls / "service.current.key",
        "service-cluster-ip-range": ",".join(options.list("service-cidr", True) or ["10.43.0.0/16"]),
        "use-service-account-credentials": "true"}, options.list("kube-controller-manager-arg"))
    say("running_scheduler", common("scheduler", 10259), options.list("kube-scheduler-arg"))


def say_proxy(node):
    say("running_proxy", {
        "cluster-cidr": node.options.text("cluster-cidr") or "10.42.0.0/16", "conntrack-max-per-core": 0,
        "conntrack-tcp-timeout-close-wait": "0s", "conntrack-tcp-timeout-established": "0s", "healthz-bind-address": "127.0.0.1",
        "hostname-override": node.name, "kubeconfig": node.folder / "kubeproxy.kubeconfig", "proxy-mode": "iptables"},
        node.options.list("kube-proxy-arg"))


def say_kubelet(node):
    """Most of it is in a file since 1.32."""
    folder = node.folder / "etc/kubelet.conf.d"
    pki.write(folder / "00-k3s-defaults.conf", yaml.safe_dump({
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"cacheTTL": "2m0s", "enabled": True},
                           "x509": {"clientCAFile": str(node.folder / "client-ca.crt")}},
        "authorization": {"mode": "Webhook"}, "clusterDomain": "cluster.local", "failSwapOn": False,
        "healthzBindAddress": "127.0.0.1", "staticPodPath": str(node.folder / "pod-manifests"),
        "tlsCertFile": str(node.folder / "serving-kubelet.crt"), "tlsPrivateKeyFile": str(node.folder / "serving-kubelet.key")}))
    say("running_kubelet", {
        "cloud-provider": "external", "config-dir": folder, "containerd": "/run/k3s/containerd/containerd.sock",
        "hostname-override": node.name, "kubeconfig": node.folder / "kubelet.kubeconfig", "node-ip": ",".join(node.addresses),
        "node-labels": "", "read-only-port": 0}, node.options.list("kubelet-arg"))
