#!/bin/bash
# Three control planes and a worker get into one cluster by themselves, on the stand-in for K3s.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

use_k3s_standin v1.34.3+k3s1
begin_cluster 3 1
for node in $(nodes); do
  check_within 300 "$node is ready" status_says "$node" '.phase == "ready"'
done
finish
