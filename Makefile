# The first Python that is new enough; scripts/install.py says so when there is none.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && exit; done; echo python3)
IN_VENV = .venv/bin/python -m
# Most tests wait for something, so there are more processes than cores; each keeps whole files.
TESTS = $(IN_VENV) pytest -n auto --dist loadfile --no-loadscope-reorder --durations=20

# What is typed after these reaches the shell as the value of a variable, never as a part of its
# command: neither make nor the shell reads anything in it.
override CODE := $(value CODE)
override TO := $(value TO)
override FROM := $(value FROM)
export CODE TO FROM

.PHONY: run reload invite install test test-long chaos backup restore bench load soak screenshots pins clean

run: install
	@.venv/bin/python app.py

# The lock file of the data folder holds the supervisor's process id.
reload:
	@kill -USR2 "$$(cat "$${QUEUEUP_DATA:-data}/queueup.lock")"

invite:
	@$(IN_VENV) queueup invite "$$CODE"

install:
	@$(PYTHON) scripts/install.py

test:
	@$(PYTHON) scripts/install.py tests
	$(IN_VENV) ruff check .
	$(IN_VENV) ruff format --check .
	$(IN_VENV) mypy
	$(TESTS)

# Tests that take long by nature: chaos, whole evenings, thousands of generated inputs.
test-long:
	@$(PYTHON) scripts/install.py tests
	$(TESTS) -m long

# How long faults are injected; the whole run takes a minute or two longer.
CHAOS_MINUTES ?= 5

chaos:
	@$(PYTHON) scripts/install.py tests
	CHAOS_MINUTES=$(CHAOS_MINUTES) $(IN_VENV) pytest -s -m long tests/chaos

backup:
	@$(IN_VENV) queueup backup "$$TO"

restore: install
	@$(IN_VENV) queueup restore "$$FROM"

bench:
	@$(PYTHON) scripts/install.py tests bench
	$(IN_VENV) bench

# DURATION (s), GUESTS, QUEUES and SOCKETS make it shorter or smaller; so do ABUSE_S and ABUSERS the
# part of `load` in which clients misbehave. It fails if that breaks a promise to honest clients.
soak load:
	@$(PYTHON) scripts/install.py tests
	$(IN_VENV) bench $@

screenshots:
	@$(PYTHON) scripts/install.py tests
	$(IN_VENV) scripts.screenshots

pins:
	@$(PYTHON) scripts/install.py tests
	$(IN_VENV) scripts.pins $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv node_modules static/vendor .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find static -name '*.gz' -delete
