# Tools are in the user's cache folder, and shared by all checkouts. TOOLS=download or TOOLS=build says
# how one that is missing is obtained.
STACK ?= dev
CHART ?=
BASE ?= main
RELEASE ?= chat
NAMESPACE ?= chat
# Paths are UTF-8 in every locale.
export PYTHONUTF8 := 1
# Without compiled modules, each command and each preview compiles all of them.
unexport PYTHONDONTWRITEBYTECODE
python := .venv/bin/python
pytest = $(python) -m pytest -n 2 --dist loadgroup --no-loadscope-reorder
simulation = $(python) -m tools.simulation --stack '$(STACK)' $(if $(CHART),--chart '$(CHART)')
given_stack = $(if $(filter command line,$(origin STACK)),--stack '$(STACK)')
adopt = $(python) -m tools.adopt --simulated --release '$(RELEASE)' --namespace '$(NAMESPACE)' \
	$(given_stack) $(if $(CHART),--chart '$(CHART)') $(if $(AS_IS),--as-is) $(if $(YES),--yes)

.PHONY: up preview down env diff report status rehearse images adopt release generate test lint types unit engine bus tools torture bench clean

# These use the simulated cluster only.
up preview env: .venv/installed
	@$(simulation) $@

down: .venv/installed
	@$(simulation) $@
	@$(python) -m tools.diff --down

diff: .venv/installed
	@$(python) -m tools.diff --base '$(BASE)' $(given_stack) $(if $(CHART),--chart '$(CHART)')

status: .venv/installed
	@$(python) -m tools.status --simulated --stack '$(STACK)' $(if $(HTML),--html '$(HTML)')

rehearse: .venv/installed
	@$(python) -m tools.rehearse --simulated --stack '$(STACK)' --base '$(BASE)' $(if $(CHART),--chart '$(CHART)') \
		$(foreach change,$(SET),--set '$(change)')

images: .venv/installed
	@$(python) -m tools.images --stack '$(STACK)' $(if $(CHART),--chart '$(CHART)') $(if $(HAULER),--hauler)

adopt: .venv/installed
	@$(adopt)

release: .venv/installed
	@$(adopt) --return-to-helm

# Writes the files that are generated from the inputs and the catalogue; a test checks them.
generate: .venv/installed
	@$(python) -m tools.generate
	@$(python) -m ruff format --quiet

# What needs no tool runs while tools that are missing are downloaded or built.
test: lint
	@$(MAKE) --no-print-directory --jobs 2 types tools
	@$(MAKE) --no-print-directory unit bus engine

lint: .venv/installed
	$(python) -m ruff format --check
	$(python) -m ruff check

types: .venv/installed
	$(python) -m mypy

# The tools come first: a test that needs them waits for no download or build.
unit: tools
	$(pytest) -m 'not engine and not bus'

engine: tools
	$(pytest) -m engine

# Without Node.js these tests say what they need.
bus: tools tests/support/bus/node/node_modules
	$(pytest) -m bus

tests/support/bus/node/node_modules: tests/support/bus/node/package-lock.json
	@! command -v npm >/dev/null || npm ci --silent --prefix tests/support/bus/node
	@test ! -d $@ || touch $@

tools: .venv/installed
	@$(python) -m tools.toolchain >/dev/null
	@$(python) -m tests.support.go_build

# The long form of the torture tests, and all figures; takes an hour or more.
torture: .venv/installed
	TORTURE=1 $(python) -m pytest tests/torture -n 2 --dist loadfile --timeout 0
	@$(python) -m tools.bench --save
	@$(python) -m tools.bench --load --save

bench: .venv/installed
	@$(python) -m tools.bench

clean: down
	@$(python) -m tools.simulation clean
	@$(python) -m tools.toolchain --clean

.venv/installed: requirements-dev.txt
	@python3 tools/virtualenv.py $<
