package runtime

import (
	"context"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
)

// directory is the Directory of one run: that of the embedding program, with errors and
// panics that name it.
type directory struct {
	hostapi.BaseDirectory
	run  *run
	next hostapi.Directory
}

func (r *run) Directory() hostapi.Directory {
	if r.directory == nil {
		return new(hostapi.StaticDirectory)
	}
	return directory{run: r, next: r.directory}
}

// ask calls a method of the directory. A lookup may be a query of a database, so each
// counts as a call of a function, unless it is one of a static list.
func ask[T any](ctx context.Context, d directory, op string, lookup func() (T, error)) (T, error) {
	var none T
	if _, static := d.next.(*hostapi.StaticDirectory); !static {
		if err := d.run.countCall(ctx, op); err != nil {
			return none, err
		}
	}
	defer d.run.wait(time.Now())
	found, err := lookupRecovered(op, lookup)
	if err != nil {
		return none, foreign(ctx, op, "the directory failed", err)
	}
	return found, nil
}

func lookupRecovered[T any](op string, lookup func() (T, error)) (found T, err error) {
	defer callback.Recover(op, "the directory", &err)
	return lookup()
}

// found is a result that may be none.
type found[T any] struct {
	value T
	ok    bool
}

func (d directory) User(ctx context.Context, id int64) (hostapi.User, bool, error) {
	u, err := ask(ctx, d, "findUser", func() (f found[hostapi.User], err error) {
		f.value, f.ok, err = d.next.User(ctx, id)
		return f, err
	})
	return u.value, u.ok, err
}

func (d directory) UserByEmail(ctx context.Context, email string) (hostapi.User, bool, error) {
	u, err := ask(ctx, d, "findUser", func() (f found[hostapi.User], err error) {
		f.value, f.ok, err = d.next.UserByEmail(ctx, email)
		return f, err
	})
	return u.value, u.ok, err
}

func (d directory) Group(ctx context.Context, id int64) (hostapi.Group, bool, error) {
	g, err := ask(ctx, d, "findGroup", func() (f found[hostapi.Group], err error) {
		f.value, f.ok, err = d.next.Group(ctx, id)
		return f, err
	})
	return g.value, g.ok, err
}

func (d directory) GroupsByName(ctx context.Context, name string) ([]hostapi.Group, error) {
	return ask(ctx, d, "findGroup", func() ([]hostapi.Group, error) { return d.next.GroupsByName(ctx, name) })
}

func (d directory) Members(ctx context.Context, group int64, leaders bool) ([]hostapi.User, error) {
	return ask(ctx, d, "findMembers", func() ([]hostapi.User, error) { return d.next.Members(ctx, group, leaders) })
}

func (d directory) Subgroups(ctx context.Context, group int64) ([]hostapi.Group, error) {
	return ask(ctx, d, "findSubgroups", func() ([]hostapi.Group, error) { return d.next.Subgroups(ctx, group) })
}
