# unlith: every target sets itself up first (own .venv, locked dependencies, nothing global).
.DEFAULT_GOAL := help
.PHONY: help setup demo test check run verify bench lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(READY): requirements/dev.lock requirements/build.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else "error: Python 3.11 or newer is needed, this is %d.%d\n\nhint: make PYTHON=python3.12 ..." % v[:2])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { printf 'error: this Python cannot make virtual environments\n\nhint: on Debian, install the package python3-venv\n' >&2; exit 3; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock -r requirements/build.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(READY)  ## make .venv with the locked dependencies

demo: $(READY)  ## the four jobs on the shop, start to cutover and back
	@$(BIN)/python docs/tutorial/demo.py

test: $(READY)  ## the tests
	$(BIN)/python -m pytest

check: $(READY)  ## ruff, mypy strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

run: $(READY)  ## the facade on the shop, until Ctrl-C
	$(BIN)/unlith run

lock: $(READY)  ## compile the hash-pinned requirements anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade --group dev --all-extras pyproject.toml -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade requirements/build.in -o requirements/build.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade bench/requirements.in -o bench/requirements.lock

verify: $(READY)  ## Flask's and Werkzeug's own tests through the adapter, and other long proofs
	$(BIN)/python bench/each.py verify

bench: $(READY)  ## what an invocation costs, beside every peer (needs valgrind)
	$(BIN)/python bench/each.py bench

clean:  ## remove what can be made again
	rm -rf $(VENV) .unlith build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
