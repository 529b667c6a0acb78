# `make` alone lists the targets. The lines that begin with ## are that list.
PYTHON ?= python3
# make setup TORCH=cpu: torch without the libraries of a GPU.
TORCH ?= cuda
BIN := .venv/bin
# Threads that wait leave the core to the other notebook, and small matrices get one: two that spin take twenty times as long.
export OMP_WAIT_POLICY ?= passive
export OPENBLAS_NUM_THREADS ?= 1
# The later chapters take longest: begun first, two at once end together.
NAMES := $(basename $(notdir $(shell ls -r notebooks/*-*.py)))
LIBRARY := $(shell find polylib -name '*.py')
RUNS := $(NAMES:%=_build/run/%.ipynb)
PAGES := _config.yml _toc.yml $(shell find book -type f ! -name '*.pyc' ! -path 'book/results/*') $(wildcard book/results/benchmarks-*.json)
# A sign that the site is whole; it is no page, so that make deletes none where a build is interrupted.
SITE := _build/html/.whole

.PHONY: help book setup run pdf test unit cells alone processor links sync refresh lint bench lock clean _book _run _pdf _refresh _links
.DELETE_ON_ERROR:
.SECONDEXPANSION:

help:
	@sed -n 's/^## /  make /p' Makefile

## book      environment, every notebook that changed, the site in _build/html
## pdf       the same, and the whole book as one PDF; needs Chromium
## run       every notebook that changed, into _build/run
## refresh   the same, and the outputs into the committed notebooks
## links     the same as book, and every link of the site
book pdf run refresh links:
	@$(PYTHON) book/_tools/foreman.py $@ $(MAKE)

## setup     the environment alone, in .venv
setup: .venv/ready

.venv/ready: requirements.lock requirements-data.lock requirements-tools.lock pyproject.toml
	$(PYTHON) book/_tools/packages.py check
	$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.lock
	$(BIN)/python book/_tools/packages.py install $(TORCH)
	$(BIN)/python book/_tools/packages.py data
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . && touch $@

# A notebook is run again when its cells, polylib, its saved results or the environment changed.
_run: $(RUNS)
_build/run/%.ipynb: notebooks/%.py $(LIBRARY) $$(wildcard book/results/$$**.json) .venv/ready
	$(BIN)/python book/_tools/notebooks.py run $< $@

_book: $(SITE)
$(SITE): $(RUNS) $(PAGES) .venv/ready
	$(BIN)/python book/_tools/site_build.py _build/run _build/html && touch $@

_pdf: $(RUNS) .venv/ready
	$(BIN)/python book/_tools/site_build.py _build/run _build/html --pdf && touch $(SITE)

_refresh: $(RUNS)
	$(BIN)/python book/_tools/notebooks.py refresh $(RUNS)

## test      environment, all tests: unit, cells and alone
test: unit cells alone
AT_ONCE := -n auto --maxprocesses 2
ALONE := tests/test_colab.py::test_a_notebook_runs_alone
## unit      tests of polylib and of the book's tools, and how much of polylib they cover
unit: .venv/ready
	$(BIN)/python -m pytest tests --cov --deselect $(ALONE) $(AT_ONCE) --dist loadfile
## cells     every notebook gives its outputs again
cells: .venv/ready
	$(BIN)/python -m pytest notebooks $(AT_ONCE) --dist loadfile
## alone     every notebook runs by itself on a machine shaped like Colab's
alone: .venv/ready
	$(BIN)/python -m pytest $(ALONE) $(AT_ONCE) --maxschedchunk 1

## processor the numerical tests as on another processor; sh tests/processors.sh tries more
processor: .venv/ready
	sh tests/processors.sh --one

_links: $(SITE)
	$(BIN)/jupyter-book build _build/source --builder linkcheck --path-output _build/links

## sync      the cells of each .py into its .ipynb; outputs stay where cells did
sync: .venv/ready
	$(BIN)/python book/_tools/notebooks.py sync $(NAMES:%=notebooks/%.py)

## lint      style, and the order of polylib's rooms
lint: .venv/ready
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-cache --no-logo

## bench     speed, measured; on a quiet machine
bench: .venv/ready
	$(BIN)/python -m benchmarks.run

## lock      the locks anew, with the newest versions
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock: .venv/ready
	$(LOCK) pyproject.toml --all-extras --upgrade -o requirements.lock
	$(LOCK) requirements-data.in --no-deps -o requirements-data.lock
	$(LOCK) requirements-tools.in --constraint requirements.lock -o requirements-tools.lock

## clean     all that was built, but not the environment
clean:
	rm -rf _build
