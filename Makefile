# Needs only Python 3.11-3.14, make and git. `make help` lists the targets.
#
# Flags (make book SOURCE=yahoo UNIVERSE="AAPL MSFT") count only from the command line, not from the
# environment. They reach Python as environment variables STUDY_*, with $(value ...), so that neither make
# nor the shell ever interprets what stands in them.

FLAGS := PROFILE SOURCE UNIVERSE START END DATA VENDOR REFRESH JOBS SET CHAPTERS FAST CASES PORT PYTHON BASE_PYTHON EXECUTOR SCHEDULER NETWORKS ID AGAINST

define pass_flag
ifeq ($$(origin $(1)),command line)
export STUDY_$(1) := $$(value $(1))
else
unexport STUDY_$(1)
endif
unexport $(1)
endef
$(foreach flag,$(FLAGS),$(eval $(call pass_flag,$(flag))))

# A variable that is no flag would be ignored, and another book built than the one that was meant: it is
# refused before any work. make's own variables may be given. Names only are looked at, never values;
# a name reaches the shell inside single quotes.
OF_MAKE := SHELL MAKE MAKEFLAGS
given := $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
unknown := $(filter-out $(FLAGS) $(OF_MAKE),$(given))

# Of the names $(2) the one that fewest changes of single letters make of $(1), upper or lower case; none if
# they are half of its letters or more.
quoted = '$(subst ','\'',$(1))'
nearest = $(shell awk ' \
  function least(a, b) { return a < b ? a : b } \
  function changes(a, b,  i, j, d) { \
    for (i = 0; i <= length(a); i++) for (j = 0; j <= length(b); j++) \
      d[i, j] = !i ? j : !j ? i : least(least(d[i - 1, j], d[i, j - 1]) + 1, \
        d[i - 1, j - 1] + (substr(a, i, 1) != substr(b, j, 1))); \
    return d[length(a), length(b)] } \
  BEGIN { name = toupper(ARGV[1]); fewest = length(name) / 2; \
    for (k = 2; k < ARGC; k++) { n = changes(name, toupper(ARGV[k])); if (n < fewest) { fewest = n; found = ARGV[k] } } \
    print found }' $(call quoted,$(1)) $(2))
meant = $(foreach near,$(call nearest,$(1),$(2)), (did you mean $(near)?))
ifneq ($(unknown),)
$(error $(foreach name,$(unknown),$(name) is not a flag$(call meant,$(name),$(FLAGS));) the flags are $(FLAGS))
endif

# An active environment (PYTHON=python) is used as it is; otherwise .venv is made from the lock file.
ifeq ($(origin PYTHON),command line)
python := "$$STUDY_PYTHON"
environment :=
else
python := .venv/bin/python
environment := environment
endif

# The code of this checkout runs, whatever is installed.
export PYTHONPATH := $(CURDIR)/src
supported := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))

.DEFAULT_GOAL := help
TARGETS := help book claim pdf test golden reference verify bench mutants fuzz kills same lint serve clean
.PHONY: $(TARGETS) environment

# What is no target is refused with the nearest one; make alone would only say that it has no rule.
unmade := $(filter-out $(TARGETS) environment,$(MAKECMDGOALS))
ifneq ($(unmade),)
$(error $(foreach name,$(unmade),$(name) is not a target$(call meant,$(name),$(TARGETS));) the targets are $(TARGETS))
endif

help: ## list the targets and flags
	@echo "Targets:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile
	@echo "Flags of book and claim:"
	@echo "  PROFILE=smoke|study|paper|my.yml  SOURCE=packaged|yahoo|french|file|synthetic  DATA=prices.csv"
	@echo "  UNIVERSE=\"AAPL MSFT XOM\"   START=2015-01-01  END=2020-12-31      REFRESH=1"
	@echo "  VENDOR=yahoo   whose prices DATA holds, where they cannot be recognised"
	@echo "  SET=\"arima.window=100\"     JOBS=2  EXECUTOR=local|dask  SCHEDULER=tcp://host:8786"
	@echo "  NETWORKS=each|batched   one after the other on processors, or side by side on a card"
	@echo "Other flags: ID=lstm-beats-arima (claim)  AGAINST=papers (verify)"
	@echo "  FAST=1 (test)  CHAPTERS=\"data arima\" (golden)  CASES=500 (fuzz, kills)  PORT=8000 (serve)"
	@echo "  PYTHON=python uses an active environment  BASE_PYTHON=python3.12 makes .venv with it"

book: $(environment) ## build the book: build/html/index.html
	@$(python) -m portfolio_study book

claim: $(environment) ## measure and judge one claim without the book (ID=lstm-beats-arima)
	@$(python) -m portfolio_study claim

pdf: $(environment) ## print the built book as one PDF (needs Chromium): build/book.pdf
	@$(python) -m portfolio_study pdf

test: $(environment) ## run all tests but the mutants; FAST=1: the inner loop
	@case "$$STUDY_FAST" in \
	  1|yes|true) chosen="not golden and not slow";; \
	  ""|0|no|false) chosen="";; \
	  *) echo "error: FAST must be 1 or 0, got '$$STUDY_FAST'" >&2; exit 2;; \
	esac; \
	$(python) -m pytest -q -n "$${STUDY_JOBS:-2}" --dist loadfile --ignore=tests/mutants -m "$$chosen"

golden: $(environment) ## execute the chapters anew for the regression tests (CHAPTERS=...)
	@$(python) -m portfolio_study golden

reference: $(environment) ## store the results of the published run (no prices) in book/reference
	@$(python) -m portfolio_study reference

verify: $(environment) ## compare the published run with the stored reference, or with another run (AGAINST=...)
	@$(python) -m portfolio_study verify

bench: $(environment) ## measure the speed of the estimators: build/bench.json
	@$(python) -m benchmarks

mutants: $(environment) ## break the code on purpose and see that the tests notice
	@$(python) -m pytest -q tests/mutants

fuzz: $(environment) ## write and load 10000 odd price files: none may be misread (CASES=500)
	@$(python) tests/fuzz/run.py --cases "$${STUDY_CASES:-10000}" --jobs "$${STUDY_JOBS:-2}"

kills: $(environment) ## kill 100 builds at random moments, and refuse and damage what they write (CASES=20)
	@$(python) -m pytest -q tests/kills
	@$(python) tests/kills/campaign.py --cases "$${STUDY_CASES:-100}"

same: $(environment) ## build with one worker, with two and on Dask, each from nothing: equal bit for bit
	@$(python) tests/same_bits/compare_builds.py

lint: $(environment) ## check style and types
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy

serve: $(environment) ## show the site at http://127.0.0.1:8000/
	@$(python) -m portfolio_study serve

clean: ## delete everything that was built (not .venv, nor the stored prices in build/snapshots)
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name snapshots -exec rm -rf {} +
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis

environment:
	@for candidate in "$${STUDY_BASE_PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14 python; do \
	  if [ -n "$$STUDY_BASE_PYTHON" ] || "$$candidate" -c '$(supported)' 2>/dev/null; then \
	    exec "$$candidate" -I src/portfolio_study/publishing/environment.py .venv; fi; \
	done; \
	echo "error: no Python 3.11 to 3.14 found: install one, or name it with BASE_PYTHON=..." >&2; exit 2
