# What a person types. Every target makes the environment it needs: Python 3.11 or newer and its venv module are enough.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check format demo bench chaos chaos-selftest pictures gateway lock clean

PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
# A throw-away database for each run, beside any stack that is running. Losing it in a power cut is no loss.
BESIDE_DATABASE := $(PY) -m devstack exec --fresh --no-fsync --

# Of these, which decide about money, the tests take every branch.
EVERY_BRANCH := --cov=wallets.ledger --cov=payments.states --cov=commissions.pricing --cov=common.money --cov-branch --cov-fail-under=100

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.installed-run ## Run the whole service on this machine until Ctrl-C
	@exec $(PY) -m devstack run

demo: $(VENV)/.installed-run ## Tell the main job as a story, with every claim checked
	@exec $(PY) -m devstack demo

test: $(VENV)/.installed-dev ## Run the tests (ARGS="tests/wallets -x" to choose)
	@exec $(BESIDE_DATABASE) $(PY) -m pytest $(ARGS)

check: $(VENV)/.installed-dev ## Check format, lint, types, the import ladder, migrations and tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy .
	$(VENV)/bin/lint-imports
	$(BESIDE_DATABASE) sh -ec '$(PY) manage.py makemigrations --check --dry-run; $(PY) -m pytest $(EVERY_BRANCH)'

format: $(VENV)/.installed-dev ## Format the code and sort its imports
	$(PY) -m ruff check --fix --select I .
	$(PY) -m ruff format .

bench: $(VENV)/.installed-dev ## Measure the service against naive references (ARGS to choose)
	@exec $(PY) -m devstack exec --fresh -- $(PY) -m bench $(ARGS)

chaos: $(VENV)/.installed-dev ## Kill the service at every step and count the money (ARGS="--seed 7 --kills 1000")
	@exec $(PY) -m bench.chaos $(ARGS)

chaos-selftest: $(VENV)/.installed-dev ## Plant money bugs in copies of the code: each must turn its test red
	@exec $(BESIDE_DATABASE) $(PY) -m bench.chaos.selftest $(ARGS)

pictures: $(VENV)/.installed-dev ## Take the pictures in docs/console of the running service (needs Chromium)
	@$(PY) -m tests.browser.screenshots

gateway: $(VENV)/.installed-dev ## Write a new gateway from the skeleton (name=acme, title="Acme Pay")
	@$(PY) -m devstack.skeleton "$(name)" --title "$(title)"

lock: ## Pin every package with hashes again, after a change of requirements*.in (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv: pip install uv' >&2; exit 2; }
	uv pip compile $(LOCK_OPTIONS) requirements.in -o requirements.txt
	uv pip compile $(LOCK_OPTIONS) requirements-demo.in -o requirements-demo.txt
	uv pip compile $(LOCK_OPTIONS) requirements-dev.in -o requirements-dev.txt
LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command 'make lock'

clean: ## Remove caches and collected files; keeps .venv and the data in .data
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* .static
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# --- The environment: made from the locks, and again when they change ------------------------------------------------
$(VENV)/.installed-run: requirements.txt requirements-demo.txt | $(VENV)/.usable
	@echo 'Installing the packages …'
	@$(PIP_INSTALL) -r requirements.txt -r requirements-demo.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-demo.txt requirements-dev.txt | $(VENV)/.usable
	@echo 'Installing the packages, with those for tests …'
	@$(PIP_INSTALL) -r requirements.txt -r requirements-demo.txt -r requirements-dev.txt
	@touch $@ $(VENV)/.installed-run

.PHONY: $(VENV)/.usable
$(VENV)/.usable:
	@if $(PY) -c "import pip" 2>/dev/null; then exit 0; fi; \
	command -v $(PYTHON) >/dev/null || { echo 'Python is missing: install Python 3.11 or newer, or name one: make PYTHON=…' >&2; exit 2; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$$($(PYTHON) --version) is too old: install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2; exit 2; }; \
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo 'The venv module of Python is missing. On Debian and Ubuntu: apt install python3-venv' >&2; exit 2; }; \
	echo 'Making the Python environment $(VENV) …'; \
	if $(PY) -c '' 2>/dev/null; then $(PY) -m ensurepip >/dev/null; else rm -f $(VENV)/.installed-*; $(PYTHON) -m venv --clear $(VENV); fi
