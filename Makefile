# Two commands matter: `make demo` runs the main job, `make test` runs the tests. Each sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
PIP := PIP_CONSTRAINT=constraints.txt $(BIN)/pip install --quiet --disable-pip-version-check
# As a path of Python's: mypy and editors do not look through the finder that setuptools installs otherwise.
EDITABLE := --config-settings editable_mode=compat
# Two processes test at once: threads of linear algebra inside each would only wait for each other.
TEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m
export MPLBACKEND ?= Agg

.PHONY: help demo test check coverage matrix lint lab notebooks bench docs pictures site clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      fit CDNOW, compare five strategies of a beauty brand for a year, write the report"
	@echo "make test      run the tests"
	@echo "make lab       open the notebooks"
	@echo "make notebooks run the notebooks again and keep what they show"
	@echo "make check     ruff, types and the quick tests: under a minute, before every commit"
	@echo "make coverage  run the tests and show which lines of sim and models they run"
	@echo "make matrix    the quick tests on each Python found, with the newest libraries"
	@echo "make site      the documentation as a site: build/site/index.html"
	@echo "make docs      write the schema and the generated reference pages again"
	@echo "make pictures  draw the pictures of docs/policies.md again"
	@echo "make bench     measure speed and memory against peers"
	@echo "make lint      ruff, mypy and the contracts on imports"

.venv/installed: pyproject.toml setup.py constraints.txt
	@echo "Setting up .venv (once, a minute or two) ..."
	$(PYTHON) -m venv .venv
	$(PIP) $(EDITABLE) -e '.[dev]'
	@touch $@

.venv/installed-docs: .venv/installed
	$(PIP) $(EDITABLE) -e '.[docs]'
	@touch $@

demo: .venv/installed
	$(BIN)/siyu demo

test: .venv/installed
	$(TEST) $(UNDER) pytest

check: lint
	$(TEST) pytest -m "unit and not slow" --durations=5

# The second run is the simulator as plain Python: compiled functions leave no trace of the lines that they run.
coverage: .venv/installed
	$(BIN)/coverage erase
	$(MAKE) --no-print-directory test UNDER='coverage run -m'
	NUMBA_DISABLE_JIT=1 $(TEST) coverage run -m pytest -m plain
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage html --quiet
	$(BIN)/coverage report --skip-covered --sort=cover

matrix:
	PYTHONS="$(PYTHONS)" $(PYTHON) tests/matrix.py

lint: .venv/installed
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

lab: .venv/installed
	$(PIP) $(EDITABLE) -e '.[lab]'
	$(BIN)/jupyter lab notebooks

notebooks: .venv/installed
	$(BIN)/python -m docs.notebooks

bench: .venv/installed
	$(BIN)/python -m benchmarks

docs: .venv/installed
	$(BIN)/python -m docs.generate

pictures: .venv/installed
	$(BIN)/python -m docs.pictures

# Warnings are errors, and nothing is fetched.
site: .venv/installed-docs
	$(BIN)/python -m sphinx -c docs -b html -W --keep-going -n -q -d .cache/doctrees . build/site
	@echo "build/site/index.html"

clean:
	rm -rf .venv results .cache build docs/api
