#!/bin/bash
# Every script of the project passes shellcheck.
set -euo pipefail
source tests/lint/common.sh

mapfile -t scripts < <(printf '%s\n' dev .ci/run agent/cli/kgnode.bash image/package/{postinst,prerm,postrm}; find image tests -name '*.sh' -not -path '*/data/*' | sort)
shellcheck -x "${scripts[@]}" || complain "shellcheck" "see above"
finish shellcheck
