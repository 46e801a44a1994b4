# Everything a developer types. Kept to what GNU make 3.81 knows: macOS has no newer one.
#
#   make demo PYTHON=/path/to/python3.13      chooses the interpreter
#   make test PYTEST="-k gutters -x"          passes options on to pytest

VENV   ?= .venv
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$python"; break; }; done)
PYTEST ?=
BENCH  ?=

BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
BUILT_FROM := pyproject.toml setup.py tracer/minicov_tracer/version.py $(wildcard tracer/csrc/*.[ch] minicov_lsp/csrc/*.[ch] minicov_lsp/csrc/*/*.[ch])

.PHONY: help venv demo test bench benchstarts benchstore benchserver lint types layers docs clean python
.DEFAULT_GOAL := help

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

venv: $(STAMP) ## make the virtual environment and build the tracer

demo: $(STAMP) ## run a sample project's tests through the language server and show its gutter
	@$(BIN)/python docs/demo

test: $(STAMP) ## run everything that needs no system package
	$(BIN)/python -P -m pytest -q -m 'not editor and not network' $(PYTEST)

bench: $(STAMP) ## compare what measuring costs with other tools, in one table (BENCH="--rounds 3")
	$(BIN)/python tests/bench/overhead.py $(BENCH)

benchstarts: $(STAMP) ## compare what measuring adds to the start of a child process (BENCH="--rounds 50")
	$(BIN)/python tests/bench/starts.py $(BENCH)

benchstore: $(STAMP) ## print the store's figures beside coverage.py's (BENCH="--tests 2000")
	$(BIN)/python tests/bench/store.py $(BENCH)

benchserver: $(STAMP) ## measure the language server on a large workspace (BENCH="--folder DIR" keeps it)
	$(BIN)/python tests/bench/server.py $(BENCH)

lint: $(STAMP) ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## check types
	$(BIN)/mypy
	$(BIN)/mypy docs/demo docs/generate.py

layers: $(STAMP) ## check that no layer imports one above it
	$(BIN)/lint-imports

docs: $(STAMP) ## write the generated parts of the documentation anew
	$(BIN)/python docs/generate.py

clean: ## remove the virtual environment and everything built
	rm -rf $(VENV) build .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find minicov_lsp tracer docs tests -name '*.so' -o -name '__pycache__' -prune | xargs rm -rf

# For .ci/run: the interpreter that is chosen.
python:
	@echo "$(PYTHON)"

# Three things can be missing on a fresh machine; each is told in one line. A half-made
# environment (interrupted, or of a Python that is gone) is made anew.
$(STAMP): $(BUILT_FROM)
	@test -n "$(PYTHON)" || { echo "minicov needs Python 3.11 or later, and none is on PATH: install one, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "minicov needs Python 3.11 or later, and $(PYTHON) is not one: say make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module: on Debian or Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "Making $(VENV) ..."; "$(PYTHON)" -m venv --clear $(VENV); }
	@echo "Building minicov into $(VENV) with $$($(BIN)/python --version) (about a minute the first time) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -c 'import sys, importlib.util as i; \
	  n = "minicov_tracer._monitoring" if sys.version_info >= (3, 12) else "minicov_tracer._settrace"; \
	  i.find_spec(n) or print("The C core was not built (is there a C compiler?): the core in Python takes over. It measures the same, slower.")'
	@touch $@
