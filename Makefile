# SPDX-License-Identifier: Apache-2.0
# Thin: CMake builds, scripts do the rest. `make help` lists the targets.
PREFIX ?= /usr/local
DESTDIR ?=
BUILD := build/release
.DEFAULT_GOAL := build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 22

build: ## installs what is missing, builds build/release/logwash and liblogwash.{a,so}
	@scripts/setup build
	@mkdir -p build
	@cmake --preset release -DLOGWASH_TESTS=$$(pkg-config --exists cmocka && echo ON || echo OFF) >$(BUILD).configure.log 2>&1 \
	    || { cat $(BUILD).configure.log >&2; exit 1; }
	@cmake --build $(BUILD) --target logwash logwash_static logwash_shared

demo: build ## the service on an embedded broker with sample logs
	@$(BUILD)/logwash demo

demo-kafka: build ## the same, exactly once, on a real Apache Kafka
	@scripts/setup kafka
	@cmake --build $(BUILD) --target kafka_tool
	@scripts/demo-kafka $(BUILD)

test: ## everything but the long tier; at most 15 minutes on two cores
	@tests/run

test-long: ## test, and what does not fit into it
	@tests/run --long

bench: ## speed, as ratios to memcpy and to plain PCRE2 in one run
	@scripts/setup bench
	@bench/run

bench-guard-refresh: ## writes bench/guard.txt: the counts of instructions that CI compares with
	@scripts/setup bench
	@bench/guard --refresh

install: build ## into $(DESTDIR)$(PREFIX)
	@cmake -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX) >/dev/null
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD)

format: ## clang-format on all C files
	@scripts/setup lint
	@scripts/format --write

clean: ## removes build/
	rm -rf build

.PHONY: help build demo demo-kafka test test-long bench bench-guard-refresh install format clean
