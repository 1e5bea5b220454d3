# Two commands do all their own set-up: `make demo` and `make test`.
# They need Python 3.11 or newer with venv, git and make, and the configured package index.

PYTHON ?= $(shell scripts/find-python)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test installs check lint format types imports benchmarks clean

demo: $(VENV)/.installed  ## From a bare machine to a served model, on real data.
	$(BIN)/bringup up examples/mnist

test: $(VENV)/.installed-dev  ## The test suite.
	scripts/test

installs: $(VENV)/.installed-dev  ## Real installs of all frameworks in one environment, and of some alone.
	scripts/nightly-installs --ci

check: lint types imports test  ## All that CI asks.

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

imports: $(VENV)/.installed-dev
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmarks: $(VENV)/.installed-dev  ## Measure the budgets, side by side with the alternatives.
	scripts/benchmarks

clean:
	rm -rf $(VENV) examples/*/.bringup examples/*/runs tests/runtime/.bringup tests/runtime/runs

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
