# make demo: set up, score the example posts, name accounts and campaign, write report.html.
# make test: set up and pass the tests. make browser: what the tests in a browser need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

AXE := $(VENV)/axe/node_modules/axe-core/axe.min.js
SUDO := $(if $(filter 0,$(shell id -u)),,sudo -n)

.PHONY: demo test browser lint clean

demo: $(VENV)/.installed
	@mkdir -p build
	$(BIN)/autowritten score examples/town.jsonl -o build/town.jsonl --restart
	$(BIN)/autowritten accounts build/town.jsonl --quiet
	$(BIN)/autowritten campaigns build/town.jsonl --quiet
	$(BIN)/autowritten report build/town.jsonl -o report.html --shade 5 --quiet
	@echo "$(CURDIR)/report.html"

test: $(VENV)/.installed-dev lint
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
