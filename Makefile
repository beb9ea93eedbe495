# The face of the project. `make up` and `make test` need Python 3.11, Go and package registries.
STACK ?= dev
CHART ?=
python := .venv/bin/python
simulation = $(python) -m tools.simulation --stack '$(STACK)' $(if $(CHART),--chart '$(CHART)')

.PHONY: up preview down env test lint types unit bench clean

up preview down env: .venv/installed
	@$(simulation) $@

test: lint types unit

lint: .venv/installed
	$(python) -m ruff format --check
	$(python) -m ruff check

types: .venv/installed
	$(python) -m mypy

unit: .venv/installed
	$(python) -m pytest

bench: .venv/installed
	@$(python) -m tools.bench

clean: .venv/installed
	@$(simulation) down
	@$(python) -m tools.toolchain --clean

.venv/installed: requirements-dev.txt
	@python3 -m venv .venv
	@$(python) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
