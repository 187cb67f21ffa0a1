#!/bin/bash
# Alerts and dashboard name metrics that there are: those of the golden file of /metrics.
set -euo pipefail
source tests/lint/common.sh

readonly kGolden=tests/data/health/metrics.prom

jq -e .panels docs/monitoring/dashboard.json >/dev/null || complain docs/monitoring/dashboard.json "is no dashboard"
for file in docs/monitoring/alerts.yml docs/monitoring/alerts_test.yml docs/monitoring/dashboard.json; do
  while IFS= read -r name; do
    grep -q "^# TYPE $name " "$kGolden" || complain "$file" "names $name, which /metrics does not have"
  done < <(grep -oE '\b(kgnode|process)_[a-z0-9_]+' "$file" | sort -u)
done
while IFS= read -r alert; do
  grep -q "alertname: $alert\b" docs/monitoring/alerts_test.yml || complain docs/monitoring/alerts.yml "$alert has no test"
done < <(sed -nE 's/^ *- alert: //p' docs/monitoring/alerts.yml)
finish monitoring
