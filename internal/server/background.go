package server

import (
	"context"
	"errors"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/database"
)

// How often is looked for changes of other processes and of files, and for what has
// expired.
const (
	reloadEvery = 5 * time.Second
	folderEvery = time.Second
	pruneEvery  = 10 * time.Minute

	keepAliveEvery = time.Hour
)

// watch does what has to be done again and again until ctx ends.
func (s *Server) watch(ctx context.Context) {
	s.background.Go(func() { s.tellOutages(ctx) })
	s.repeat(ctx, reloadEvery, "reload connections", s.service.Connections.Reload)
	s.repeat(ctx, pruneEvery, "delete what has expired", func(ctx context.Context) error {
		_, err := s.service.Clients.Prune(ctx)
		return errors.Join(err, s.service.Accounts.Prune(ctx), s.service.Connections.Prune(ctx))
	})
	s.background.Go(func() { s.notices.run(ctx) })
	s.background.Go(func() { s.service.AwaitDevices(ctx) })
	if age := s.cfg.KeepAlive; age > 0 {
		s.repeat(ctx, min(age, keepAliveEvery), "keep refresh tokens alive", func(ctx context.Context) error { return s.service.Connections.KeepAlive(ctx, age) })
	}
	if s.cfg.Tasks == "" {
		return
	}
	folder := &catalog.FolderReader{
		Catalog: s.service.Catalog, Path: s.cfg.Tasks,
		Check: func(ctx context.Context, d catalog.Definition) error {
			_, err := s.service.Loader.Check(ctx, d)
			return err
		},
	}
	s.background.Go(func() { folder.Watch(ctx, folderEvery, s.tellChanges) })
}

func (s *Server) repeat(ctx context.Context, every time.Duration, what string, do func(context.Context) error) {
	s.background.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			if err := do(ctx); err != nil && ctx.Err() == nil && database.OutageOf(err) == "" {
				s.log.Error(what, "err", err)
			}
		}
	})
}

func (s *Server) tellChanges(changes []catalog.Change, err error) {
	if err != nil && database.OutageOf(err) == "" {
		s.log.Error("read folder of tasks", "err", err)
	}
	for _, c := range changes {
		switch e, _ := errors.AsType[*hostapi.Error](c.Err); {
		case e != nil:
			s.log.Error("task not loaded", "name", c.Name, "err", e.Detail())
		case c.Err != nil:
			s.log.Error("task not loaded", "name", c.Name, "err", c.Err)
		case c.Version == 0:
			s.log.Info("task removed", "name", c.Name)
		default:
			s.log.Info("task loaded", "name", c.Name, "version", c.Version)
		}
	}
}
