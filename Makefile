PYTHON ?= python3
BIN := .venv/bin
TRUST = hostile bodies slow_clients tokens oracle outages shutdown access_log overhead
# Leaves no process behind, even if it is terminated.
PYTEST = exec $(BIN)/python -m tests.support.sweeping $(BIN)/pytest
BY_FILE = --dist loadfile --no-loadscope-reorder
# Otherwise each of the many processes that tests start would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE
INSTALL = install --quiet --disable-pip-version-check
LOCKED = $(INSTALL) --require-hashes --no-deps --requirement

.PHONY: help setup run demo check test quick interop docs sdl migration bench trust soak mutants generated lock sbom release

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/tools ## Create .venv with Erikti and the development tools

.venv/erikti: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Erikti needs Python 3.11 or later: make PYTHON=python3.11 ...")'
	@echo "Installing Erikti in .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip $(LOCKED) requirements.lock
	@$(BIN)/pip $(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/tools: .venv/erikti requirements-dev.lock
	@echo "Installing the tools in .venv ..."
	@$(BIN)/pip $(LOCKED) requirements-dev.lock
	@touch $@

.venv/node: .venv/tools requirements-node.lock
	@echo "Installing Node.js in .venv ..."
	@$(BIN)/pip $(LOCKED) requirements-node.lock
	@touch $@

# Apart from .venv, whose packages are the product's and the tests'.
build/release: requirements-release.lock
	@$(PYTHON) -m venv --clear $@
	@$@/bin/pip $(LOCKED) requirements-release.lock
	@touch $@

# What an operator installs and nothing else.
build/product: requirements.lock build/release
	@$(PYTHON) -m venv --clear --without-pip $@
	@build/release/bin/python -m pip --python $@/bin/python $(LOCKED) requirements.lock
	@touch $@

run: .venv/erikti ## Serve the API at HOST and PORT, with demo data at the first start
	@$(BIN)/erikti demo --if-empty
	@exec $(BIN)/erikti serve

demo: .venv/erikti ## Fill an empty database with the synthetic country
	@$(BIN)/erikti demo

check: .venv/node ## Check format, lint, types, architecture, generated pages and breaking changes, as CI does first
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/pytest --quiet tests/test_architecture.py
	$(BIN)/python -m erikti.database.makemigration --check
	$(BIN)/python -m tools.docs --check
	$(BIN)/erikti sdl --check
	$(BIN)/pytest --quiet interop/test_inspector.py

test: setup ## Run all tests on SQLite and PostgreSQL, in four processes
	@# More than there are cores: tests that start servers and clients wait half of their time.
	@$(PYTEST) --numprocesses 4 $(BY_FILE) $(PYTEST_OPTIONS)

quick: setup ## Run the quick tests: no process, no PostgreSQL
	@$(PYTEST) --numprocesses 2 $(BY_FILE) -m "not process and not postgres and not slow" $(PYTEST_OPTIONS)

interop: .venv/node ## Test with third-party clients, composers and gateways (docs/interop.md); PART=http for one part
	@$(PYTEST) --numprocesses 2 --no-loadscope-reorder interop$(if $(PART),/test_$(PART).py) $(OPTIONS)

docs: setup ## Write schema/schema.graphql and every generated table in docs/
	$(BIN)/python -m tools.docs

sdl: setup ## Write schema/schema.graphql only
	$(BIN)/erikti sdl

migration: setup ## Write the migration that changed models need; NAME=forum_motto
	@$(BIN)/python -m erikti.database.makemigration $(NAME)

bench: .venv/node ## Benchmark Erikti and other servers (needs wrk); TABLES="sent cached" (docs/benchmarks.md)
	$(BIN)/python -m benchmarks $(TABLES)

mutants: setup ## List the code mutations that no test detects; PART=budget for one part
	$(BIN)/python -m benchmarks.mutants $(if $(PART),--part $(PART)) $(OPTIONS)

generated: setup ## Compare the results of both databases for thousands of generated operations; EXAMPLES=5000
	@GENERATED_EXAMPLES=$(or $(EXAMPLES),5000) $(PYTEST) -s --timeout 3600 tests/schema/test_both_databases.py tests/schema/planted.py

trust: setup ## Measure the guarantees of docs/trust.md; fail if one does not hold (needs wrk)
	@failed=; for what in $(TRUST); do \
	  echo "== $$what"; $(BIN)/python -m benchmarks.$$what || failed="$$failed $$what"; \
	done; test -z "$$failed" || { echo "does not hold:$$failed"; exit 1; }

soak: setup ## Run half an hour of mixed load; fail if memory, descriptors or connections grow
	$(BIN)/python -m benchmarks.soak --minutes 30

lock: build/release ## Resolve requirements*.lock from pyproject.toml; OPTIONS=--upgrade for the newest versions
	@build/release/bin/python -m tools.locks $(OPTIONS)

sbom: build/product ## Write build/sbom.json (CycloneDX): the packages that an operator installs
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) build/release/bin/cyclonedx-py environment --output-reproducible \
	  --pyproject pyproject.toml --output-file build/sbom.json build/product/bin/python

release: setup ## Tag the version of pyproject.toml, or list what a release still needs
	@$(BIN)/python -m tools.release
