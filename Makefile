# make install | demo | test | lint | clean | ci-system. Stages leave stamps in .venv; each runs again when what it is made from changes.
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check
# torch is installed first and by its own dependencies: which build of it fits is the machine's to say.
TORCH  := torch==2.13.0
# A python3.11, or a python3 that is one; PYTHON=... overrides.
IS_311 := 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
PYTHON := $(shell for p in python3.11 python3 python; do $$p -c $(IS_311) >/dev/null 2>&1 && echo $$p && break; done)

.PHONY: install demo test lint clean ci-system
.DELETE_ON_ERROR:

# What every verb needs, those that learn, run in parallel and serve among them.
install: $(STAMPS)/full $(STAMPS)/linli

demo: $(STAMPS)/core $(STAMPS)/linli
	$(BIN)/linli compare experiment=demo

# Lint, types and import contracts are tests too, so that they share the two workers with the rest.
test: $(STAMPS)/full $(STAMPS)/linli
	$(BIN)/python -m pytest -n 2 --dist worksteal

# The tests open reports in a browser and follow the tutorials, which use curl. Continuous integration installs both where
# it may; elsewhere those tests are skipped with the reason when one is not there.
ci-system:
	@for tool in chromium curl; do command -v $$tool >/dev/null || { \
	  if [ "$$CI" != true ]; then \
	    echo "linli's tests need $$tool: it is not on the path (Debian: apt install $$tool)" >&2; exit 1; \
	  elif ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
	    echo "linli's tests need $$tool: it is not on the path and cannot be installed without apt-get and root" >&2; exit 1; \
	  else \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$tool >/dev/null; \
	  fi; } || exit 1; done

lint: $(STAMPS)/full $(STAMPS)/linli
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(STAMPS)/venv:
	@test -x $(BIN)/python || $(or $(PYTHON),false) -c $(IS_311) 2>/dev/null || { \
	  echo "linli needs Python 3.11: $(or $(PYTHON),python3.11) is none or not on the path (make PYTHON=/path/to/one)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "linli needs Python's venv module with pip: $(PYTHON) has none (Debian: apt install python3.11-venv)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c $(IS_311) 2>/dev/null || { \
	  echo "linli needs Python 3.11: $(VENV) holds another or a broken one (make clean removes it)" >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(BIN)/python -m ensurepip >/dev/null 2>&1 || { \
	  echo "linli needs pip: $(VENV) has none (make clean removes it)" >&2; exit 1; }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/core: locks/core.txt | $(STAMPS)/venv
	$(PIP) --no-deps -r $<
	@touch $@

$(STAMPS)/torch: | $(STAMPS)/venv
	$(PIP) $(TORCH)
	@touch $@

$(STAMPS)/full: locks/full.txt | $(STAMPS)/torch
	$(PIP) --no-deps -r $<
	@touch $@

$(STAMPS)/linli: pyproject.toml | $(STAMPS)/venv
	$(PIP) --no-deps -e .
	@touch $@
