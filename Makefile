# SPDX-License-Identifier: BSD-3-Clause
# make run and make test work on a fresh machine with Python >= 3.11, gcc, make and git: what is
# missing is installed or named, and marsdisk goes into .venv here. Nothing else is touched.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test build dev slurm dist dist-test checked sanitized fuzz validation clean

# A cluster's PYTHONPATH would put its packages before those of .venv.
unexport PYTHONPATH

ARGS ?=

help:  ## this list
	@echo "make TARGET [PYTHON=python3.12] [FC=gfortran-13]"
	@sed -n 's/^\([a-z-]*\):.*  ## /  \1\t/p' $(firstword $(MAKEFILE_LIST))

run:  ## the standard run: namelists/standard.nml into output/
	@tools/bootstrap.sh
	@.venv/bin/marsdisk-run namelists/standard.nml --force

test:  ## all tests; ARGS="-k cascade" goes to pytest
	@tools/bootstrap.sh test
	@.venv/bin/python -m pytest -q $(ARGS)

build:  ## compile and install marsdisk into .venv, run nothing
	@tools/bootstrap.sh
	@echo "marsdisk is in $(CURDIR)/.venv/bin"

dev:  ## editable install for developers (recompiles on import: not for clusters or job arrays)
	@tools/bootstrap.sh dev

slurm:  ## tests of job arrays on Slurm itself, one node; as root on Debian, else skipped
	@tools/bootstrap.sh test
	@MARSDISK_TEST_SLURM=1 .venv/bin/python -m pytest -q -rs \
	  tests/test_slurm.py tests/test_modulefile.py $(ARGS)

dist:  ## source archive and manylinux wheel of the last commit into dist/
	@tools/bootstrap.sh dist

dist-test: dist  ## make dist, and try the wheel where there is no compiler
	@tools/bootstrap.sh test
	@MARSDISK_TEST_DIST=dist .venv/bin/python -m pytest -q -rs tests/test_dist.py $(ARGS)

checked:  ## tests of the core with bounds and floating-point exceptions checked; ARGS as in test
	@tools/bootstrap.sh test
	@tools/watched.sh checked $(ARGS)

sanitized:  ## the same with gcc's address and undefined-behaviour sanitizers
	@tools/bootstrap.sh test
	@tools/watched.sh sanitized $(ARGS)

fuzz:  ## ten thousand random namelists and tables; MARSDISK_FUZZ=N for another number
	@tools/bootstrap.sh test
	@MARSDISK_FUZZ=$${MARSDISK_FUZZ:-10000} .venv/bin/python -m pytest -q tests/test_fuzz.py $(ARGS)

validation:  ## runs, tables and figures of docs/validation.md (5 to 10 minutes on two cores)
	@tools/bootstrap.sh test
	@.venv/bin/python docs/validate.py $(ARGS)

clean:  ## remove .venv, build and caches; output stays
	@rm -rf .venv build dist .pytest_cache .hypothesis .ruff_cache
	@find fortran pydriver tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
