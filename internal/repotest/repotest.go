// Package repotest has tests of the repository as a whole and no other code: that every package
// has a doc comment, that go.mod is clean, that every dependency has a reason, and that the
// documentation agrees with the code.
package repotest
