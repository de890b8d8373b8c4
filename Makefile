# GNU make 3.81 and newer. `make help` lists the targets; `make serve` is all a newcomer needs.

PYTHON ?= python3
BIN := .venv/bin
# A moved checkout, whose scripts would name the old place, has another stamp and is installed again.
PLACE := $(shell pwd | cksum | cut -d ' ' -f 1)
INSTALLED := .venv/.installed-$(PLACE)
INSTALLED_FOR_TESTS := .venv/.installed-for-tests-$(PLACE)
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
ARGS ?=

# Debian's python3 comes without ensurepip: then virtualenv, uv or the system's own pip does as well.
MAKE_VENV = $(PYTHON) -m venv .venv > /dev/null 2>&1 \
  || { rm -rf .venv; $(PYTHON) -m virtualenv --quiet .venv 2> /dev/null; } \
  || { rm -rf .venv; uv venv --quiet --seed --python $(PYTHON) .venv 2> /dev/null; } \
  || { rm -rf .venv; $(PYTHON) -m venv --without-pip .venv 2> /dev/null \
       && $(PYTHON) -m pip --quiet --python .venv/bin/python install pip 2> /dev/null; } \
  || { rm -rf .venv; echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian and Ubuntu: apt install python3-venv), virtualenv or uv." >&2; exit 1; }

export PIP_ROOT_USER_ACTION = ignore
unexport PYTHONDONTWRITEBYTECODE # each of the many processes would read all sources anew

.PHONY: help install serve test faults safety check fix bench openapi lock mutants
# what must be covered wholly (a comma would end an argument of $(if))
DOMAIN = app/graph/*,app/nodes/*

.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1: /p' Makefile | awk -F ': ' '{ printf "  make %-8s %s\n", $$1, $$2 }'

install: $(INSTALLED)  ## make .venv with the locked dependencies

serve: $(INSTALLED)  ## run everything, with embedded Postgres and Valkey (ARGS="--port 8080 --workers 2")
	@exec $(BIN)/virga serve $(ARGS)

test: $(INSTALLED_FOR_TESTS)  ## run the test suite (ARGS="-k name"; COVER=1 measures what it covers)
	@$(BIN)/pytest $(if $(COVER),--cov --cov-report=) $(ARGS)
	@$(if $(COVER),$(BIN)/coverage report --fail-under=95)
	@$(if $(COVER),$(BIN)/coverage report --include='$(DOMAIN)' --fail-under=100)

mutants: $(INSTALLED_FOR_TESTS)  ## change the domain in small ways and see that a test notices each (takes long)
	@$(BIN)/mutmut run
	@$(BIN)/mutmut results

faults: $(INSTALLED_FOR_TESTS)  ## hurt what runs in every way, and see that nothing is lost (SEED=7 repeats a run, REPORT=file keeps its figures)
	@exec env $(if $(SEED),FAULTS_SEED=$(SEED)) $(if $(REPORT),FAULTS_REPORT=$(REPORT)) $(BIN)/pytest -n 0 -m "" tests/faults $(ARGS)

safety: $(INSTALLED_FOR_TESTS)  ## take safety lines out one by one and see that a test notices each (ARGS=--list)
	@exec $(BIN)/python -m tests.mutations $(ARGS)

check: $(INSTALLED_FOR_TESTS)  ## all that CI checks besides the tests; changes nothing
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --no-cache --check .
	@$(BIN)/mypy --cache-dir .venv/.mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry .
	@$(BIN)/virga openapi --check

fix: $(INSTALLED_FOR_TESTS)  ## format, and repair what can be repaired by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(INSTALLED_FOR_TESTS)  ## measure throughput, latency and idle cost (ARGS=--quick)
	@exec $(BIN)/python bench/run.py $(ARGS)

openapi: $(INSTALLED)  ## write the documents under openapi/ from the code
	@$(BIN)/virga openapi

lock:  ## resolve the dependencies anew (needs uv)
	@command -v uv > /dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	@$(LOCK) --group build pyproject.toml --output-file requirements.lock
	@$(LOCK) --constraint requirements.lock --group dev --output-file tests/requirements.lock

# What stands in the way is said in one sentence; the question is one that every Python 3 understands.
$(INSTALLED): requirements.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || { \
	  echo "Virga needs Python 3.11 or newer, and there is no $(PYTHON): install it, or name one with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Virga needs Python 3.11 or newer, and $(PYTHON) is older: name another with make PYTHON=..." >&2; exit 1; }
	@test -e $@ || rm -rf .venv
	@test -d .venv || { echo "making .venv"; $(MAKE_VENV); }
	@echo "installing the locked dependencies (once, about a minute)"
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(INSTALLED_FOR_TESTS): $(INSTALLED) tests/requirements.lock
	@echo "installing what the tests need (once)"
	@$(PIP) install --no-deps --require-hashes -r requirements.lock -r tests/requirements.lock
	@touch $@
