# make run     install, upgrade the database, serve on http://localhost:8000 (PORT=9000 for another port)
# make test    install what the tests need, then run everything
# make lint    style and types
# make fuzz    the fuzzers of `make test` for longer, with new examples (FUZZ_EXAMPLES=2000 for each test)
# make mutate  take each check of the ceremonies out in turn, and see a test fail (ARGS=authentication.py for one file)
# make proof   what takes minutes: long forms of what breaks a service, mutations, the whole suite without either dialect
# make bench   measure it beside a bare Flask route (ARGS="--quick"; see bench/README.md)
# make clean   remove what was installed and built; data/ stays

PORT ?= 8000
FUZZ_EXAMPLES ?= 2000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench clean fuzz mutate proof

run: $(VENV)/.installed
	@$(BIN)/flask --app wsgi db upgrade
	@[ -n "$$PASSLINE_RP_ID" ] || echo "Open http://localhost:$(PORT) (passkeys need that name, not an address)."
	@PORT=$(PORT) PASSLINE_ORIGINS="$${PASSLINE_ORIGINS:-$$([ -n "$$PASSLINE_RP_ID" ] || echo http://localhost:$(PORT))}" \
		$(BIN)/gunicorn wsgi:app

test: $(VENV)/.installed-test
	@PATH="$(CURDIR)/$(BIN):$$PATH" tests/run

lint: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test
	$(BIN)/python -m bench $(ARGS)

fuzz: $(VENV)/.installed-test
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest -n 2 --dist worksteal tests/fuzz

mutate: $(VENV)/.installed-test
	$(BIN)/python -m tests.mutate $(ARGS)

proof: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m proof
	$(BIN)/python -m tests.mutate
	$(BIN)/python -m tests.without clerk
	$(BIN)/python -m tests.without zipline

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[postgresql]'
	@touch $@

$(VENV)/.installed-test: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed
