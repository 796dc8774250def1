# make run: from a fresh clone to a running platform. Needs Python 3.11 or newer, nothing else.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run install dev test lint openapi bench check-python

run: install
	@$(BIN)/vca up

install: check-python .venv/installed

dev: check-python .venv/installed-dev

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "make: Python >= 3.11 is needed ($(PYTHON) is older or missing); set PYTHON=/path/to/python3.11" >&2; exit 2; }

.venv/bin/python:
	@$(PYTHON) -m venv .venv

# uv when it is there; else pip. The project itself is put on the path; nothing of it is built.
.venv/installed: requirements.lock | .venv/bin/python
	@echo "  · gói Python / packages"
	@if command -v uv >/dev/null 2>&1; then VIRTUAL_ENV=.venv uv pip sync -q requirements.lock; \
	  else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.lock; fi
	@$(BIN)/python -m vca.install
	@touch $@

.venv/installed-dev: requirements-dev.lock | .venv/bin/python
	@echo "  · gói Python cho phát triển / packages for development"
	@if command -v uv >/dev/null 2>&1; then VIRTUAL_ENV=.venv uv pip sync -q requirements-dev.lock; \
	  else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock; fi
	@$(BIN)/python -m vca.install
	@touch $@ .venv/installed

test: dev
	@$(BIN)/python -m pytest -n 2 -m "not browser and not platform"
	@$(BIN)/python -m pytest -m "platform and not browser"

lint: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

openapi: dev
	@$(BIN)/vca openapi

bench: dev
	@$(BIN)/python -m bench
