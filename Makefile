# make run: from a fresh clone to a running platform. Needs Python 3.11 or newer, nothing else.
PYTHON ?= python3
BIN := .venv/bin
# Compiled once, not by each of the platform's processes at each of its starts.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run sandbox install dev test test-long thorough platform faults generated mutants lint openapi examples bench drill sbom check-all check-python

run: install
	@$(BIN)/python -m vca.install
	@$(BIN)/vca up

# A throw-away deployment with a clock of its own, for the tests of frontends (docs/sandbox.md).
sandbox: install
	@$(BIN)/python -m vca.install
	@$(BIN)/vca sandbox

install: check-python .venv/installed

dev: check-python .venv/installed-dev

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "make: cần Python >= 3.11; $(PYTHON) cũ hơn hoặc không có, hãy đặt PYTHON=/path/to/python3.11" >&2; \
	    echo "make: Python >= 3.11 is needed ($(PYTHON) is older or missing); set PYTHON=/path/to/python3.11" >&2; exit 2; }

.venv/bin/python:
	@echo "  · môi trường Python .venv / Python environment .venv"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "make: không tạo được .venv trong $(CURDIR) (quyền ghi? mô-đun venv?)" >&2; \
	  echo "make: .venv cannot be made in $(CURDIR) (no permission to write? no venv module?)" >&2; exit 2; }

# $(call packages,FILE): uv when it is there; else pip. It says how much and how far (vca/packages.py).
# The project itself is put on the path.
define packages
	@$(BIN)/python -m vca.packages $(1) || { \
	  echo "make: không cài được gói của $(1): xem dòng trên (không có mạng, hay gói không có bản cho máy này: $$(uname -sm))" >&2; \
	  echo "make: the packages of $(1) cannot be installed, see above (no network, or no wheel for this machine: $$(uname -sm))" >&2; exit 2; }
	@$(BIN)/python -m vca.install
endef

.venv/installed: requirements.lock | .venv/bin/python
	$(call packages,requirements.lock)
	@touch $@

.venv/installed-dev: requirements-dev.lock | .venv/bin/python
	$(call packages,requirements-dev.lock)
	@touch $@ .venv/installed

test: dev
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder -m "not browser and not generated and not faults and not platform and not thorough"

# The demo loaded, plans at thousands of rows; every hot operation, document of a loan, figure and many made-up lives in a second way.
thorough: dev
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder -m thorough

# Journeys through the whole platform as real processes, and pages of the guide followed in a copy of the tree.
platform: dev
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder -m "platform and not browser and not generated and not faults"

# Real processes killed, flooded and raced; backups damaged; PostgreSQL dies again and again. Some eight minutes.
faults: dev
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder -m faults

# The last three at once, as CI has them after `make test`: what they share is made once.
test-long: dev
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder -m "(thorough or platform or faults) and not browser and not generated"

# Requests made up from the contract. VCA_GENERATED_EVERYTHING=1: every operation at every edge, some ten minutes.
generated: dev
	@$(BIN)/python -m pytest -m generated

# All that is slow as well, after what .ci/run has: run before an issue is closed.
check-all: dev
	@.ci/check-all

# Changes to the money code, timelines and periods that a test must notice: a seeded sample of what mutmut makes.
mutants: dev
	@$(BIN)/python -m tests.mutants

lint: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@! grep -rnE '# fmt: (skip|off)' --include='*.py' bench kernel migrations services tests vca || { echo 'make: the formatter decides the layout' >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports

openapi: dev
	@$(BIN)/vca openapi

# An example of every request and every answer, recorded from the demo into openapi/examples. A minute.
examples: dev
	@$(BIN)/python -m tests.contract.examples

bench: dev
	@$(BIN)/python -m bench

# What the product is made of, as CycloneDX, read off an environment of requirements.lock alone. Half a minute.
sbom: dev
	@tools/packages/sbom

# The database fails over, is recovered to a moment and is restored, under load (docs/high-availability.md). Some five minutes.
MINUTES ?= build/drill/minutes.md
drill: dev .venv/drill/installed
	@command -v etcd >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq etcd-server >/dev/null; } || { \
	  echo "make: thiếu etcd; hãy cài gói etcd-server (apt-get install etcd-server)" >&2; \
	  echo "make: etcd is missing; install the package etcd-server (apt-get install etcd-server)" >&2; exit 2; }
	@mkdir -p $(dir $(MINUTES))
	@VCA_DRILL_PATRONI=$(CURDIR)/.venv/drill/bin/patroni $(BIN)/python -m tests.drill $(MINUTES)

# Patroni in an environment of its own, some of it built here: nothing else needs it.
.venv/drill/installed: tests/drill/requirements.txt | .venv/bin/python
	@echo "  · Patroni cho diễn tập / for the drill"
	@$(BIN)/python -m venv .venv/drill
	@.venv/drill/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/drill/requirements.txt
	@touch $@
