# The two commands of a new user are `make run` and `make test`; everything else serves them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help install run test chromium check fuzz lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(VENV)/.installed ## create .venv with everything the server needs

run: install ## start Earshot (ARGS="--config my.toml")
	@$(BIN)/python -m server $(ARGS)

test: $(VENV)/.installed-test chromium ## set up and run every test (ARGS="-k pitch")
	@$(BIN)/python -m pytest $(ARGS)

# The browser tests drive Debian's Chromium. Only root can install it; without it they are skipped, by name.
chromium:
	@command -v chromium >/dev/null || [ -n "$$CHROMIUM" ] || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null \
	    || { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1 \
	    || echo "chromium could not be installed: the browser tests will be skipped" >&2

check: $(VENV)/.installed-test ## lint and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

fuzz: $(VENV)/.installed-test ## broken lines, killed servers and nonsense for long (EXAMPLES=5000)
	@EARSHOT_FUZZ_EXAMPLES=$(or $(EXAMPLES),5000) $(BIN)/python -m pytest tests/fuzz tests/schedules $(ARGS)

lock: $(VENV)/.installed-test ## resolve the newest dependencies into the lock files
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --upgrade --extra parquet --extra plot pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-emit-find-links --no-header --upgrade -c requirements.lock --group test \
	    --extra parquet --extra plot pyproject.toml -o requirements-test.lock

clean: ## remove the environment and caches, never data/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Earshot needs Python 3.11 or newer; $(PYTHON) is older. Try: make $(MAKECMDGOALS) PYTHON=python3.13" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
	    || { rm -rf $(VENV); echo "Python's venv module is missing. On Debian: sudo apt install python3-venv" >&2; exit 2; }

$(VENV)/.installed: requirements.lock | $(VENV)/bin/python
	@$(BIN)/python -m pip install -q --disable-pip-version-check --prefer-binary --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed-test: requirements-test.lock $(VENV)/.installed
	@$(BIN)/python -m pip install -q --disable-pip-version-check --prefer-binary --require-hashes -r requirements-test.lock
	@touch $@
