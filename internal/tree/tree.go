// Package tree has no code. Its tests guard what no single package can: that
// every package explains itself, that go.mod stays clean, and that every
// dependency has its reason.
package tree
