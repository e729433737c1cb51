package conformance

import (
	"context"
	"errors"

	"github.com/postern-dev/postern/hostapi"
)

type givenDirectory struct {
	Users  []hostapi.User  `json:"users"`
	Groups []hostapi.Group `json:"groups"`
}

// asked is a directory of the embedding program, which lists nothing and fails for 666.
type asked struct {
	hostapi.BaseDirectory
	static *hostapi.StaticDirectory
}

func (d asked) User(ctx context.Context, id int64) (hostapi.User, bool, error) {
	if id == 666 {
		return hostapi.User{}, false, errors.New("postgres://admin:secret@db: connection refused")
	}
	return d.static.User(ctx, id)
}

func (d asked) UserByEmail(ctx context.Context, email string) (hostapi.User, bool, error) {
	return d.static.UserByEmail(ctx, email)
}

func (d asked) Group(ctx context.Context, id int64) (hostapi.Group, bool, error) {
	return d.static.Group(ctx, id)
}

func (d asked) Members(ctx context.Context, group int64, leaders bool) ([]hostapi.User, error) {
	return d.static.Members(ctx, group, leaders)
}
