// Package load has one test: a service of many tenants on one engine, which runs tasks in both
// languages while scripts, connections and tenants are replaced, holds thousands of tasks at
// once, cancels them, and is shut down under load. It uses the public packages only, and real
// servers on loopback.
//
// The test is short by default, for CI. The long form takes minutes, needs 12,000 descriptors
// (ulimit -n), and writes its progress:
//
//	make load
package load
