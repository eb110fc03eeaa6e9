# What a newcomer types: `make serve`, then `make test`. Everything else is for people who change the code.
PYTHON ?= python3
BIN := .venv/bin
STUDIO ?= studio
PORT ?= 7860

.PHONY: venv serve test test-kitsu torture lint bench clean

venv: .venv/.installed

# torch is named first: pip then finds the build for this machine's processor, and not several GB of CUDA packages.
# pip compiles with one core, and all there is: two thirds of its time. Here every core compiles what may be loaded; what
# never can be (broken on purpose, or of another Python) ends compileall with an error, which pip passes over too.
.venv/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --upgrade-strategy only-if-needed -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt -e '.[dev]'
	-@$(BIN)/python -m compileall -qq -j 0 -x '/tests?/|/transformers/models/' .venv/lib
	touch $@

serve: venv
	$(BIN)/circletake serve --demo --studio $(STUDIO) --port $(PORT)

test: venv
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# A real Kitsu: Zou in an environment of its own, with PostgreSQL and Redis (apt-get install postgresql redis-server).
test-kitsu: venv .zou/.installed
	$(BIN)/python -m tests.connectors.zou_server --zou .zou/bin -- \
		$(BIN)/python -m pytest -q -n 0 -m kitsu tests/connectors $(PYTEST_ARGS)

.zou/.installed: Makefile
	test -x .zou/bin/python || $(PYTHON) -m venv .zou
	.zou/bin/python -m pip install --quiet zou==1.0.97
	touch $@

torture: venv
	$(BIN)/python -m tests.torture $(TORTURE_ARGS)

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: venv
	$(BIN)/python -m benchmarks.sampling_speed --json
	$(BIN)/python -m benchmarks.end_to_end --json

clean:
	rm -rf .venv .zou .train .pytest_cache .mypy_cache .ruff_cache
