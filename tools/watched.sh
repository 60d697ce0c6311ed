#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The tests of the core, with a core that is watched while it runs: a build of its own, in
# build/checked or build/sanitized, used with the packages of .venv (tools/bootstrap.sh test).
#
#   tools/watched.sh checked      bounds, shapes, pointers; what is not set is a signalling NaN;
#                                 an invalid operation, a division by zero or an overflow ends the
#                                 process (tests/conftest.py)
#   tools/watched.sh sanitized    addresses and undefined behaviour, as gcc's sanitizers see them
#
# More arguments go to pytest in place of the tests below. Linux and gcc.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=${1:-}
shift || true
python=$PWD/.venv/bin/python
site=$PWD/build/$mode
FC=$(sed -n 2p .venv/.choices 2>/dev/null || true) # as chosen with make build FC=...
export FC=${FC:-gfortran}

arguments=(-q)
for name in physics jacobian limits edges lamp cascade numerics oracle orbit orbit_watch \
  orbit_series orbit_standstill tides extreme; do
  arguments+=("tests/test_$name.py")
done
if (($#)); then arguments=("$@"); fi

# -O1: the vectoriser computes both sides of a merge, and what is not taken may well be 1/0.
setup=(-Dbuildtype=debug -Doptimization=1)
case $mode in
  checked)
    setup+=("-Dfortran_args=-fcheck=all,no-array-temps -finit-real=snan -finit-integer=-2147483647 \
-finit-derived")
    # Memory is not zero when it is new.
    environment=(MARSDISK_TRAPS=1 MALLOC_PERTURB_=1)
    ;;
  sanitized)
    setup+=(-Db_sanitize=address,undefined -Db_lundef=false
      -Dfortran_args=-fno-omit-frame-pointer)
    # Leaks: Python keeps much of what it has allocated until the end.
    environment=("LD_PRELOAD=$("$FC" -print-file-name=libasan.so) \
$("$FC" -print-file-name=libubsan.so)" "ASAN_OPTIONS=detect_leaks=0:log_path=$site/report"
      "UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:log_path=$site/report")
    ;;
  *)
    echo "usage: tools/watched.sh checked|sanitized [PYTEST ARGUMENT...]" >&2
    exit 2
    ;;
esac

rm -rf "$site"
pip() { PIP_USER=0 "$python" -m pip install --disable-pip-version-check --quiet "$@"; }
pip "pip>=23.1"   # older ones keep the last of several settings
pip --no-deps --target "$site" \
  "${setup[@]/#/--config-settings=setup-args=}" .

result=0
env PYTHONPATH="$site" "${environment[@]}" "$python" -m pytest "${arguments[@]}" || result=$?
for report in "$site"/report*; do # pytest would keep to itself what a sanitizer prints
  if [[ -e $report ]]; then cat "$report" && result=1; fi
done
exit "$result"
