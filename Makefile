# The verbs. Each sets up what it needs, skips what is done, and can be run in a fresh clone.

.PHONY: help demo build test check sim sim-night planted crash-points fuzz bench pace pictures format fresh clean

help:
	@echo "make demo      try it: shop page and Slack sandbox in one process, no account"
	@echo "make test      unit, scenario, conformance and browser tests"
	@echo "make check     the same under ASan+UBSan and TSan, and the style checks"
	@echo "make sim       200 seeds of the simulation (SEEDS=, FROM=; SEED=n replays one)"
	@echo "make planted   proves that the simulation finds mistakes planted on purpose"
	@echo "make fuzz      every fuzz target for a minute (SECONDS=600: for longer)"
	@echo "make bench     the figures, beside their peers"
	@echo "make pace      pace under load beside what is possible: docs/pace.md and its picture"
	@echo "make build     build/release/deskbell"
	@echo "make pictures  refresh the pictures of README"
	@echo "make format    clang-format over the C++ sources"
	@echo "make fresh     prove demo and test in a minimal Debian 12 (root, debootstrap)"

build:
	@tools/setup build
	@tools/build release deskbell

demo: build
	@exec build/release/deskbell demo $(DEMO_ARGS)

test:
	@tools/setup test
	@tools/test

check:
	@tools/setup check
	@tools/check

sim:
	@tools/setup test
	@if [ -n "$(SEED)" ]; then tools/sim seed $(SEED) $(SIM_ARGS); else tools/sim seeds $(or $(SEEDS),200) $(or $(FROM),1) $(SIM_ARGS); fi

sim-night:
	@tools/setup test
	@tools/sim seeds $(or $(SEEDS),10000) $(or $(FROM),1) --twice --probes $(SIM_ARGS)

planted:
	@tools/setup test
	@tools/sim planted $(or $(BUG),all) $(SIM_ARGS)

crash-points:
	@tools/setup test
	@tools/sim points $(SIM_ARGS)

fuzz:
	@tools/setup check
	@tools/fuzz $(or $(SECONDS),60)

bench:
	@tools/setup test
	@tools/build release
	@bench/run

pace:
	@tools/setup test
	@tools/build release pace
	@build/release/bin/pace >build/pace.json
	@node sim/pace/figure.mjs build/pace.json

pictures:
	@tools/setup test
	@tools/build release deskbell
	@DESKBELL_PICTURES=docs/pictures tools/browser-test

format:
	@clang-format-19 -i $$(git ls-files '*.cpp' '*.hpp')

fresh:
	@tools/fresh

clean:
	rm -rf build
