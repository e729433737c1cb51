//go:build unix

package input_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/input"
)

// TestReadEndless checks that a device that does not end is read up to the bound.
func TestReadEndless(t *testing.T) {
	t.Parallel()
	_, err := input.Read("/dev/zero", 1<<20)
	if _, ok := errors.AsType[input.TooLargeError](err); !ok || !strings.Contains(err.Error(), "is larger than 1 MiB") {
		t.Errorf("error %v", err)
	}
}
