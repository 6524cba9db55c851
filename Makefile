# make demo    see it work on real boot images
# make test    build, check, and every layer of the test suite
# make soak    what make test runs short, run long: half a day

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

SWIFT_BUILD = swift build --explicit-target-dependency-import-check error
EXECUTABLES = clsyncd content-library-server
UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
DOCS = $(DESTDIR)$(PREFIX)/share/doc/clsyncd

.PHONY: all deps build simulator check test soak demo release install clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

all: build

# The Debian packages that everything else needs.
deps:
	@scripts/install-dependencies

# Every target and every test, for debugging.
build: deps
	$(SWIFT_BUILD) --build-tests

# VMware's vCenter simulator, a peer for the tests: .build/vcsim.
simulator: deps
	@scripts/build-simulator

# What the compiler checks (warnings, imports), then the format and the rules for decision code.
check: build
	scripts/check-sources

# LAYERS="unit kills" runs only these; scripts/test-layers --list shows which tests are in which.
test: deps
	@scripts/test-layers $(LAYERS)

soak: build simulator
	scripts/soak

demo: deps
	$(SWIFT_BUILD) --product clsyncd
	$(SWIFT_BUILD) --product content-library-server
	@demo/run

# Optimised, with the Swift runtime linked in, stripped: dist/.
release: $(EXECUTABLES:%=dist/%)

dist/%: Package.swift $(shell find Sources -type f) | deps
	$(SWIFT_BUILD) --configuration release --static-swift-stdlib --product $*
	mkdir -p dist
	strip -o $@ .build/release/$*

# The configuration is the administrator's: one that is there stays.
install: release
	install -D --mode 0755 --target-directory $(DESTDIR)$(PREFIX)/bin $(EXECUTABLES:%=dist/%)
	install -D --mode 0644 --target-directory $(UNITS) systemd/clsyncd.service
	sed -i 's|/usr/bin/clsyncd|$(PREFIX)/bin/clsyncd|' $(UNITS)/clsyncd.service
	install -D --mode 0644 systemd/clsyncd.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/clsyncd.conf
	test -e $(DESTDIR)$(SYSCONFDIR)/clsyncd/clsyncd.toml \
	    || install -D --mode 0644 etc/clsyncd/clsyncd.toml $(DESTDIR)$(SYSCONFDIR)/clsyncd/clsyncd.toml
	install -D --mode 0644 --target-directory $(DOCS) README.md CHANGELOG.md LICENSE docs/architecture.md docs/reliability.md docs/server.md etc/clsyncd/clsyncd.toml

clean:
	rm -rf .build dist
