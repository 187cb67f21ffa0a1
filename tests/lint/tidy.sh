#!/bin/bash
# clang-tidy over every compiled file; files that did not change since they passed are not looked at again.
set -euo pipefail
exec python3 tests/lint/tidy.py
