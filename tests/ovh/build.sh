#!/bin/bash
# Compiles the program that reads the OpenTofu module, with Debian's Go packages and no network: build.sh OUTPUT
set -euo pipefail
export GOPATH=/usr/share/gocode GO111MODULE=off GOTOOLCHAIN=local GOCACHE=${KGNODE_CACHE:?}/go
unformatted=$(gofmt -l tests/ovh)
[[ -z $unformatted ]] || { echo "not as gofmt has it: $unformatted"; exit 1; }
go build -o "$1" ./tests/ovh
