# make dashboard and make test each do everything from a fresh clone; make install is what they share.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
READY := .venv/.installed

.PHONY: install dashboard test check bench docs screenshots

install: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "CascadeLens needs Python 3.11 or newer; name one with make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "This Python cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --constraint constraints.txt --editable '.[all,dev]'
	touch $@

dashboard: $(READY) ## make dashboard ARGS="--port 8600"
	$(BIN)/cascadelens dashboard $(ARGS)

test: $(READY) ## make test ARGS="-m 'not slow'"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: $(READY)
	@for script in tests/benchmarks/bench_*.py; do \
		$(BIN)/python -m tests.benchmarks.$$(basename $$script .py) || exit 1; done

docs: $(READY) ## pages of the API, in api/
	$(BIN)/python -m tests.docs.api_pages

screenshots: $(READY) ## pictures of every page, light and dark, in screenshots/
	$(BIN)/python -m tests.browser.screenshots screenshots $(ARGS)
