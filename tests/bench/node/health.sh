#!/bin/bash
# What watching a node costs: the agent of a server and of a worker that have joined, all of it on, beside what others watch a node with,
# in the same node and at the same time. Memory is of all processes of the service, CPU of its control group.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/bench/figure.sh
source tests/bench/figure.sh
readonly kTopic=health kProducts=(kgnode prometheus-node-exporter monit)
# shellcheck source=tests/bench/compare.sh
source tests/bench/compare.sh

# Prometheus asks every 15 s; monit wakes every 120 s and, as Debian configures it, checks nothing. The agent makes its full check every 300 s.
readonly kScrapeSeconds=15 kSeconds=300 kScrapes=40
health_toml='secret = "00112233445566778899aabbccddeeff"
page = true'

agent() { node_exec cp-1 "$@"; }
cpu() { agent awk '$1 == "usage_usec" { print $2 }' "/sys/fs/cgroup/system.slice/$1.service/cpu.stat"; }
address_of() { case $1 in kgnode) echo "$(vrack_address cp-1):9180" ;; prometheus-node-exporter) echo 127.0.0.1:9100 ;; esac; }
serves() { [[ -n $(address_of "$1") ]]; }
scrape() { agent curl --silent --fail --show-error --max-time 10 --output /dev/null "http://$(address_of "$1")/metrics"; }

scrape_cost() {
  local before count
  before=$(cpu "$1")
  for ((count = 0; count < kScrapes; count++)); do scrape "$1"; done
  measure scrape_cpu ms "$1" "$(calculate "($(cpu "$1") - $before) / 1000 / $kScrapes")"
}

watch_cost() {
  local product passed
  declare -A before=()
  for product in "${kProducts[@]}"; do before[$product]=$(cpu "$product"); done
  for ((passed = 0; passed < kSeconds; passed += kScrapeSeconds)); do
    for product in "${kProducts[@]}"; do ! serves "$product" || scrape "$product"; done
    sleep "$kScrapeSeconds"
  done
  for product in "${kProducts[@]}"; do
    measure watch_cpu % "$product" "$(calculate "($(cpu "$product") - ${before[$product]}) / 10000 / $kSeconds" %.3f)"
  done
}

use_k3s_standin
KGNODE_NODE_TREE=$("$checkout/image/tree.sh" health-peers "$checkout"/image/{node,k3s-standin,health-peers}.packages)
begin_cluster 1 1 >&2
for node in cp-1 worker-1; do wait_for 300 is_ready "$node"; done
for product in "${kProducts[@]:1}"; do
  echo "version $product $(agent dpkg-query -W -f '${Version}' "$product")"
  agent sh -c 'rm "/etc/systemd/system/$1.service" && systemctl daemon-reload && systemctl start "$1.service"' - "$product"
done
echo "note load of this machine: $(cut -d ' ' -f 1-3 /proc/loadavg), $(nproc) processors"
sleep 15
for product in "${kProducts[@]}"; do ! serves "$product" || scrape_cost "$product"; done
watch_cost
for product in "${kProducts[@]}"; do
  budget=
  [[ $product != kgnode ]] || budget=16
  read -ra values < <(memory_of "$product.service")
  measure rss MiB "$product" "${values[0]}" "$budget"
  measure pss MiB "$product" "${values[1]}"
done
agent() { node_exec worker-1 "$@"; }
read -ra values < <(memory_of kgnode.service)
figure health_rss_kgnode_worker "${values[0]}" MiB 16
table
((missed == 0))
