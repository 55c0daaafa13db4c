# make reproduce   set up .venv, run the studies joined and alone, print the verdicts, write the report to out/
# make test        set up .venv, run all checks and tests
# make serve       set up .venv, build the site and serve the live explorer at http://127.0.0.1:8000
# make site        set up .venv, run the studies and the joined model, write the site as plain files to out/site
# make calibrate   make the calibrated draws of the built-in studies again and those of the joined model (some 40 minutes); goes on where it stopped
# make challenge   calibrate them anew without each link, with wider priors, and beside a null competitor (some 40 minutes)
# make joined      join all mechanisms, ask every finding alone and joined and the predictions with 200 animals; writes out/joined.html
# make compared    compare all interventions with 100 animals again (some 10 minutes), for the site; writes src/euthymia/atlas/compared
# make trust       measure error rates of calibrations and verdicts in imagined worlds (some 15 minutes), write docs/trust.md
# make everything  all of this from nothing, then the tests; an interrupted call goes on where it stopped
# make bench       set up .venv-bench with the peers, measure the speed (some 25 minutes; quiet machine), write docs/speed.md
# make bench-quick the same in a few minutes against libRoadRunner only; writes benchmarks/results/quick.jsonl
# make picture     make the README's picture again

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH := .venv-bench
BENCH_READY := $(BENCH)/.ready

.PHONY: help setup reproduce serve site test check calibrate challenge joined compared trust everything picture bench bench-quick bench-report clean

help:
	@sed -n 's/^# //p' Makefile

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip' 2>/dev/null || { echo "The venv module is incomplete: apt-get install python3-venv"; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $(READY)

reproduce: $(READY)
	$(BIN)/euthymia joined --animals 48 --out out
	$(BIN)/euthymia reproduce --ablate --out out

serve: $(READY)
	$(BIN)/euthymia serve

site: $(READY)
	$(BIN)/euthymia site build --ablate --joined --out out/site

calibrate: $(READY)
	$(BIN)/euthymia calibrate
	$(BIN)/euthymia calibrate --joined

challenge: $(READY)
	$(BIN)/euthymia challenge

joined: $(READY)
	$(BIN)/euthymia joined --animals 200 --out out

compared: $(READY)
	$(BIN)/euthymia compare --animals 100 --out out/compared
	cp out/compared/compare.csv out/compared/compare.json src/euthymia/atlas/compared/

trust: $(READY)
	$(BIN)/python benchmarks/trust.py

everything: calibrate challenge compared trust reproduce test

picture: $(READY)
	$(BIN)/python docs/make_picture.py

$(BENCH_READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	"$(PYTHON)" -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	@touch $(BENCH_READY)

bench: $(BENCH_READY)
	$(BENCH)/bin/python benchmarks/run.py
	$(BENCH)/bin/python benchmarks/report.py

bench-quick: $(BENCH_READY)
	$(BENCH)/bin/python benchmarks/run.py --quick

bench-report: $(BENCH_READY)
	$(BENCH)/bin/python benchmarks/report.py

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check
	$(BIN)/python -m pytest

clean:
	rm -rf out $(VENV) $(BENCH) .pytest_cache .mypy_cache .ruff_cache .hypothesis
