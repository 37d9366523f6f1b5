# CXR Portal. A fresh machine needs Python 3.11 or newer and make; `make help` lists the commands.
# A step whose inputs did not change is skipped: stamp files in .venv/ and in the data folder tell.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# From the command line or the environment, else from .env, else the default.
from_env_file = $(shell sed -n 's/^$(1)=//p' .env 2>/dev/null | tail -n 1)
PORT ?= $(or $(call from_env_file,PORT),8000)
DATA ?= ../shared/data
DATA_DIR ?= $(or $(call from_env_file,DATA_DIR),var)
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
DJANGO_SETTINGS_MODULE ?= cxrportal.settings.dev
export PORT DATA_DIR DJANGO_SETTINGS_MODULE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The first interpreter that is new enough. `make PYTHON=/path/to/python run` names another.
NEW_ENOUGH := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo $$p && break; done)

# What each step depends on.
MIGRATIONS := $(wildcard */migrations/*.py */*/migrations/*.py)
STATIC := $(shell find static -type f -o -type d 2>/dev/null)
# A database that is gone, or stands elsewhere than in the data folder, is always brought up to date.
ELSEWHERE := $(or $(DATABASE_URL),$(call from_env_file,DATABASE_URL))
PREPARE := $(if $(and $(wildcard $(DATA_DIR)/db.sqlite3),$(if $(ELSEWHERE),,yes)),,always)

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- run -----------------------------------------------------------------------------------------
.PHONY: run
run: $(DATA_DIR)/.seeded $(DATA_DIR)/.static ## Start everything on http://localhost:8000 (PORT=... for another port)
	@echo "CXR Portal starts on http://localhost:$(PORT) (Ctrl-C stops it)"
	@PATH="$(CURDIR)/$(BIN):$$PATH" PYTHONUNBUFFERED=1 exec $(BIN)/honcho start --port $(PORT)

.PHONY: install
install: $(BIN)/.base ## Virtual environment and pinned packages

.PHONY: migrate
migrate: $(DATA_DIR)/.migrated ## Bring the database up to date

.PHONY: always
always:

$(DATA_DIR)/.migrated: $(BIN)/.base $(MIGRATIONS) $(PREPARE)
	@mkdir -p $(DATA_DIR)
	$(PY) manage.py migrate --no-input --verbosity 0
	@touch $@

$(DATA_DIR)/.static: $(BIN)/.base $(STATIC)
	@mkdir -p $(DATA_DIR)
	$(PY) manage.py collectstatic --no-input --clear --verbosity 0
	@touch $@

# Prints the logins the first time it runs.
$(DATA_DIR)/.seeded: $(DATA_DIR)/.migrated
	$(PY) manage.py seed_demo
	@touch $@

.PHONY: shell
shell: install ## Python with Django loaded
	$(PY) manage.py shell

.PHONY: demo-real
demo-real: install ## Upload the radiographs in DATA=DIR to the running portal and tell what became of each
	@[ -d "$(DATA)" ] || { echo "$(DATA) is no folder. Say where the files are: make demo-real DATA=DIR"; exit 2; }
	$(PY) manage.py demo_real "$(DATA)" --url "http://localhost:$(PORT)"

# --- check ---------------------------------------------------------------------------------------
.PHONY: test
test: $(BIN)/.dev node-tools ## Everything that has to pass (LINT=no leaves out the checks of `make lint`)
	@$(PY) scripts/checks.py $(if $(filter no,$(LINT)),,lint) tests services browser js

.PHONY: lint
lint: $(BIN)/.dev ## Style, types, import rules, migrations, deployment settings
	@$(PY) scripts/checks.py lint

.PHONY: node-tools
node-tools: ## The HTML validator, from npm where there is npm; without it its test is skipped
	@command -v npm >/dev/null || { echo "no npm: the HTML of the pages is not validated"; exit 0; }; \
		[ tests/node/node_modules/.package-lock.json -nt tests/node/package-lock.json ] || \
		npm ci --prefix tests/node --no-audit --no-fund --loglevel=error || \
		echo "npm could not install the HTML validator: the HTML of the pages is not validated"

.PHONY: bench
bench: $(BIN)/.dev ## Upload-to-findings latency and page times on this machine
	$(PY) -m pytest tests/benchmarks -p no:xdist -s --durations=0

.PHONY: screenshots
screenshots: $(BIN)/.dev ## The pictures in docs/images, taken anew from a demo portal of their own
	$(PY) -m scripts.screenshots docs/images

.PHONY: lighthouse
lighthouse: $(BIN)/.dev ## Lighthouse scores of home, worklist and reading room, on a demo portal of their own
	@command -v npm >/dev/null || { echo "Lighthouse comes from npm, and there is no npm here."; exit 2; }
	npm ci --prefix scripts/lighthouse --no-audit --no-fund --loglevel=error
	$(PY) -m scripts.page_scores build/lighthouse

.PHONY: format
format: $(BIN)/.dev ## Let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# --- dependencies --------------------------------------------------------------------------------
.PHONY: lock
lock: $(BIN)/.dev ## Write requirements/{base,dev}.txt anew from the .in files (UPGRADE=yes takes newer versions)
	@for name in base dev; do \
		$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
			--generate-hashes --excludes requirements/excludes.txt --custom-compile-command "make lock" \
			$(if $(filter yes,$(UPGRADE)),--upgrade) requirements/$$name.in -o requirements/$$name.txt; \
	done

# Step one: torch in the build this machine is set up for. Step two: everything else by its hash.
$(BIN)/.torch: requirements/torch.txt requirements/torchvision.txt
	@[ -n "$(PYTHON)" ] || { \
		echo "CXR Portal needs Python 3.11 or newer with its venv module; found: $$(python3 --version 2>&1)."; \
		echo "On Debian or Ubuntu: apt install python3 python3-venv. Or name one: make PYTHON=/path/to/python run"; \
		exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is not Python 3.11 or newer with venv."; exit 1; }
	@[ -x $(PY) ] || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install -qq -r requirements/torch.txt
	$(PY) -m pip install -qq --no-deps -r requirements/torchvision.txt
	@touch $@

$(BIN)/.base: $(BIN)/.torch requirements/base.txt
	$(PY) -m pip install -qq --no-deps --require-hashes -r requirements/base.txt
	@touch $@

$(BIN)/.dev: $(BIN)/.base requirements/dev.txt
	$(PY) -m pip install -qq --no-deps --require-hashes -r requirements/dev.txt
	$(PY) -m pip check
	@touch $@

.PHONY: clean
clean: ## Remove caches and reports; data (var/) and the environment (.venv/) stay
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -path ./$(VENV) -prune -o -path ./var -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
