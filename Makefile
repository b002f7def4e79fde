# Every target sets up what it needs; see README.md. PRESET picks another build: make test PRESET=asan
PRESET ?= release
BUILD := build/$(PRESET)
JOBS ?= $(shell nproc)
.DEFAULT_GOAL := help
.PHONY: help demo build test test-fast lint analyze format conformance sim fuzz faults refresh-kills bench quota-proof clean configure setup-build setup-run setup-test setup-lint setup-fuzz

help: ## Show this list
	@echo 'Switchboard: make targets'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'
	@echo 'Variables: PRESET=release|dev|asan|tsan|coverage  DEMO=once (end after the story)  JOBS=n  TESTS=regex'

demo: build setup-run ## Connect a sandbox company, let two calls happen, show the story (DEMO=once ends by itself)
	@DEMO=$(DEMO) tools/demo $(BUILD)/bin

build: configure ## Build switchboard and aircall-sandbox into build/release/bin
	@cmake --build $(BUILD) -j $(JOBS) --target switchboard aircall-sandbox

test: configure setup-run setup-test ## Build and run every test (TESTS=regex for some)
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --preset $(PRESET) -j $$(($(JOBS) + 1)) $(if $(TESTS),-R '$(TESTS)')  # one more, as many wait for others

test-fast: configure ## Build and run the tests that need no database, browser or process
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --preset $(PRESET) -j $(JOBS) -L 'unit|golden|tidy'

lint: configure setup-lint ## Check format, clang-tidy and the house rules; all at zero
	@cmake --build $(BUILD) -j $(JOBS) --target switchboard_proto
	@JOBS=$(JOBS) tools/lint $(BUILD)

analyze: configure setup-lint ## The slow half of clang-tidy: its static analyzer
	@cmake --build $(BUILD) -j $(JOBS) --target switchboard_proto
	@JOBS=$(JOBS) CHECKS='-*,clang-analyzer-*' tools/lint $(BUILD)

format: setup-lint ## Rewrite all C++ with clang-format
	@git ls-files '*.h' '*.cc' | xargs clang-format-14 -i

conformance: build setup-run setup-test ## The language's conformance kit (SWITCHBOARD_CTK) and our own scenarios (SCENARIOS=regex)
	@SWITCHBOARD_BIN=$(abspath $(BUILD))/bin/switchboard SANDBOX_BIN=$(abspath $(BUILD))/bin/aircall-sandbox \
	  node tests/conformance/language/run.mjs $(if $(SCENARIOS),'$(SCENARIOS)')

sim: configure ## Histories in virtual time (SEEDS=1000 of them, or SEEDS=17..17 again)
	@cmake --build $(BUILD) -j $(JOBS) --target simulation_test twoway_simulation_test
	@SIM_SEEDS=$(or $(SEEDS),1000) $(BUILD)/bin/simulation_test --gtest_filter='Simulation.Holds*'
	@SIM_SEEDS=$(or $(SEEDS),1000) $(BUILD)/bin/twoway_simulation_test --gtest_filter='TwoWaySimulation.Holds*'

fuzz: setup-build setup-fuzz ## Inputs that a fuzzer makes, at the parsers and the door (SECONDS=60 each, TARGET=yaml, SEED=1 for the same again)
	@SECONDS_EACH=$(or $(SECONDS),60) SEED=$(SEED) JOBS=$(JOBS) tools/fuzz $(TARGET)

faults: build setup-run ## Three engines on one database while processes die (MINUTES=10, SEED=n for one again)
	@cmake --build $(BUILD) -j $(JOBS) --target faults_test
	@FAULTS_MINUTES=$(or $(MINUTES),10) FAULTS_SEED=$(SEED) $(BUILD)/bin/faults_test

refresh-kills: build setup-run setup-test ## kill -9 at every point of a token's renewal (KILLS=200, SEED=n for the same again)
	@cmake --build $(BUILD) -j $(JOBS) --target refresh_kills_test
	@KILLS=$(or $(KILLS),200) KILLS_SEED=$(SEED) $(BUILD)/bin/refresh_kills_test

bench: build setup-run ## Measure, as ratios against plain SQL (BENCH=full: a million runs wait; BENCH_JSON=file)
	@cmake --build $(BUILD) -j $(JOBS) --target switchboard-bench
	@BENCH=$(BENCH) BENCH_JSON=$(BENCH_JSON) $(BUILD)/bin/switchboard-bench

quota-proof: build setup-run ## How a quota is used by real processes, in real time, beside the simulated table (MINUTES=3, and twelve to settle)
	@cmake --build $(BUILD) -j $(JOBS) --target switchboard-bench
	@$(BUILD)/bin/switchboard-bench --only quota --real-time $(or $(MINUTES),3)

clean: ## Remove what was built (installed packages stay)
	rm -rf build

configure: setup-build
	@[ -f $(BUILD)/build.ninja ] || cmake --preset $(PRESET) --log-level=WARNING

setup-build setup-run setup-test setup-lint setup-fuzz: setup-%:
	@tools/setup $*
