#!/bin/bash
# What OpenTofu, or Terraform, says of the module where one of them is installed: its layout, and its validity where the provider can be had.
set -euo pipefail
tofu=$(command -v tofu || command -v terraform) || { echo "skip ovh tofu # neither tofu nor terraform is installed; Debian has neither"; exit 0; }
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r image/ovh "$work/module"
cd "$work/module"

if "$tofu" fmt -check -diff -recursive; then echo "ok ovh fmt"; else echo "not ok ovh fmt"; fi
if ! "$tofu" init -backend=false -no-color >"$work/init" 2>&1; then
  cat "$work/init"
  echo "skip ovh validate # the OpenStack provider cannot be had here: $(basename "$tofu") init -backend=false fails"
elif "$tofu" validate -no-color; then echo "ok ovh validate"; else echo "not ok ovh validate"; fi
