#!/bin/bash
# What Prometheus' own tool says of our metrics, alerts and their tests. In the tree of image/monitoring.packages.
set -euo pipefail

# result NAME COMMAND...: what it prints is shown when it fails.
result() {
  local name=$1 said
  shift
  if said=$("$@" 2>&1); then echo "ok monitoring $name"; else
    printf '%s\n' "$said"
    echo "not ok monitoring $name"
  fi
}

check_metrics() { promtool check metrics <tests/data/health/metrics.prom; }

result "metrics are named and typed as Prometheus wants them" check_metrics
cd docs/monitoring
result "the rules are valid" promtool check rules alerts.yml
result "the rules do what their tests say" promtool test rules alerts_test.yml
