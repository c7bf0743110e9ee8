# Two commands on a fresh machine: make session, make test. They need Python 3.10 or newer and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: session test test-root test-anywhere check format lint types clean bench soak

session: $(VENV)/installed
	@mkdir -p output
	@$(BIN)/voiceguide build foot-massage -o output/foot-massage.mp3

# The tests of one room: make test ROOM=audio. With the long ones, as in `make check`: make test LONG=yes
test: $(VENV)/tested
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 $(if $(LONG),,-m "not long") $(if $(ROOM),tests/$(ROOM))

# The tests under twenty conditions: another user, folder, locale, busy cores ... Four hours on two cores; see tests/anywhere.
test-anywhere: $(VENV)/tested
	$(BIN)/python -m tests.anywhere.run $(if $(ROOM),--room $(ROOM))

# The tests that mount small disks. Run this after `make test`, as root.
test-root: $(VENV)/tested
	$(BIN)/python -m pytest -m needs_root

check: LONG := yes
check: $(VENV)/checked lint types test

lint: $(VENV)/checked
	$(BIN)/ruff format --check voiceguide tests
	$(BIN)/ruff check voiceguide tests

types: $(VENV)/checked
	$(BIN)/mypy

format: $(VENV)/checked
	$(BIN)/ruff format voiceguide tests
	$(BIN)/ruff check --fix voiceguide tests

$(VENV)/installed: pyproject.toml
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing, once ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[play,serve]'
	@touch $@

$(VENV)/tested: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/checked: $(VENV)/tested
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,check]'
	@touch $@

bench: $(VENV)/tested
	$(BIN)/python -m tests.benchmarks.run

# The full version of tests/reliability, an hour or two; docs/reliability.md has the figures of the last run.
soak: $(VENV)/tested
	$(BIN)/python -m tests.reliability.soak 500
	$(BIN)/python -m tests.reliability.edits 500
	$(BIN)/python -m tests.reliability.script_edits 10000
	$(BIN)/python -m tests.reliability.phone_taps 500
	$(BIN)/python -m tests.reliability.honest 200
	$(BIN)/python -m tests.reliability.faults 100
	$(BIN)/python -m tests.reliability.catalogue
	VOICEGUIDE_KILLS=1000 VOICEGUIDE_FAULTS=all $(BIN)/python -m pytest -s tests/reliability tests/catalogue/test_faults.py tests/languages/test_readings.py tests/speech/test_pyttsx3.py tests/speech/test_hibari.py tests/audio/test_mix_keys.py
	$(BIN)/python -m tests.reliability.fuzz 1000000 100000
	$(BIN)/python -m tests.support.kokoro_weights $(VENV)/kokoro
	VOICEGUIDE_KOKORO_WEIGHTS=$(CURDIR)/$(VENV)/kokoro $(BIN)/python -m pytest tests/speech/test_engine_contract.py -k kokoro
	VOICEGUIDE_DAMAGES=all $(BIN)/python -m pytest tests/verification
	VOICEGUIDE_KITS=all $(BIN)/python -m pytest tests/phone/test_assembled_sessions.py
	VOICEGUIDE_BROWSERS=all $(BIN)/python -m pytest tests/web/test_an_evening.py
	VOICEGUIDE_ROUTINES=all $(BIN)/python -m pytest tests/end_to_end/test_bundled_audio.py tests/docs/test_docs.py tests/docs/test_python_page.py

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
