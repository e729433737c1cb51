package embedding

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// staff is a directory of the program. Lookups that it does not have are denied.
type staff struct {
	hostapi.BaseDirectory
	byID map[int64]hostapi.User
}

func (s staff) User(_ context.Context, id int64) (hostapi.User, bool, error) {
	user, ok := s.byID[id]
	return user, ok, nil
}

func withDirectory(s staff) *runtime.Engine {
	return runtime.New(runtime.Config{Directory: s})
}
