# make demo: set up and score the example posts. make test: set up and pass the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

AXE := $(VENV)/axe/node_modules/axe-core/axe.min.js
SUDO := $(if $(filter 0,$(shell id -u)),,sudo -n)

.PHONY: demo test browser lint clean

demo: $(VENV)/.installed
	$(BIN)/autowritten score examples/posts.jsonl --format table

test: $(VENV)/.installed-dev browser lint
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# What the tests in a browser need: Debian's Chromium, and axe-core from npm. Where there is none they are skipped and say so.
browser: $(AXE)
	@{ command -v chromium && command -v chromedriver; } >/dev/null || { $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends chromium chromium-driver; } || echo "no chromium here"

$(AXE): | $(VENV)/bin/python
	@npm install --silent --no-fund --no-audit --prefix $(VENV)/axe axe-core@4.14.1 || echo "no axe-core here"

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[evaluate,train,generate,ray,dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist
