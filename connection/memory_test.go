package connection_test

import (
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/storetest"
)

func TestMemoryStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) (a, b connection.Store) {
		s := connection.NewMemoryStore()
		return s, s
	})
}
