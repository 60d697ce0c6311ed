# SPDX-License-Identifier: BSD-3-Clause
# make run and make test work on a fresh machine with Python >= 3.11, gcc, make and git: what is
# missing is installed or named, and marsdisk goes into .venv here. Nothing else is touched.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test build dev clean

# A cluster's PYTHONPATH would put its packages before those of .venv.
unexport PYTHONPATH

ARGS ?=

help:  ## this list
	@echo "make TARGET [PYTHON=python3.12] [FC=gfortran-13]"
	@sed -n 's/^\([a-z]*\):  ## /  \1\t/p' $(firstword $(MAKEFILE_LIST))

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

clean:  ## remove .venv, build and caches; output stays
	@rm -rf .venv build dist .pytest_cache .hypothesis .ruff_cache
	@find fortran pydriver tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
