# make book: environment, every notebook by papermill, the site in _build/html.    make test: environment, all tests.
PYTHON ?= python3
BIN := .venv/bin
NAMES := $(basename $(notdir $(wildcard notebooks/[0-9]*.py)))
LIBRARY := $(shell find polylib -name '*.py')
RUNS := $(NAMES:%=_build/run/%.ipynb)
PAGES := _config.yml _toc.yml $(shell find book -type f ! -name '*.pyc' ! -path 'book/results/*') $(wildcard book/results/benchmarks-*.json)

.PHONY: book setup run pdf test unit cells alone links sync refresh lint bench lock clean
.DELETE_ON_ERROR:
.SECONDEXPANSION:

book: _build/html/index.html

setup: .venv/ready

.venv/ready: requirements.lock requirements-data.lock pyproject.toml
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 14), f"python 3.11 to 3.13 is needed, got {sys.version}"'
	$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r requirements-data.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . && touch $@

# A notebook is run again when its cells, polylib, its saved results or the environment changed.
run: $(RUNS)
_build/run/%.ipynb: notebooks/%.py $(LIBRARY) $$(wildcard book/results/$$**.json) .venv/ready
	$(BIN)/python book/_tools/notebooks.py run $< $@

_build/html/index.html: $(RUNS) $(PAGES) .venv/ready
	$(BIN)/python book/_tools/site_build.py _build/run _build/html

# The site with the whole book as one PDF; needs Chromium.
pdf: $(RUNS) .venv/ready
	$(BIN)/python book/_tools/site_build.py _build/run _build/html --pdf

# unit: what polylib and the book's tools do, and how much of polylib that covers. cells: every notebook gives its outputs
# again. alone: every notebook runs by itself on a machine shaped like Colab's.
test: unit cells alone
ALONE := tests/test_colab.py::test_a_notebook_alone_runs_and_replaces_nothing
unit: .venv/ready
	$(BIN)/python -m pytest tests --cov --deselect $(ALONE)
cells: .venv/ready
	$(BIN)/python -m pytest notebooks
alone: .venv/ready
	$(BIN)/python -m pytest $(ALONE)

links: _build/html/index.html
	$(BIN)/jupyter-book build _build/source --builder linkcheck --path-output _build/links

# The committed pair: sync carries cells from .py to .ipynb and keeps outputs; refresh also runs them.
sync: .venv/ready
	$(BIN)/python book/_tools/notebooks.py sync $(NAMES:%=notebooks/%.py)
refresh: $(RUNS)
	$(BIN)/python book/_tools/notebooks.py refresh $(RUNS)

lint: .venv/ready
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-cache --no-logo

bench: .venv/ready
	$(BIN)/python benchmarks/run.py

LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock: .venv/ready
	$(LOCK) pyproject.toml --all-extras --upgrade -o requirements.lock
	$(LOCK) requirements-data.in --no-deps -o requirements-data.lock

clean:
	rm -rf _build
