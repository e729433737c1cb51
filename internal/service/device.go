package service

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/database"
)

// An authorization on another device, RFC 8628, is waited for by one node: it polls the authorization server. The
// node holds it for a moment at a time, so that another one goes on if it ends.
const (
	deviceEvery = time.Second // how often a node looks for those that none holds
	deviceHeld  = 15 * time.Second
	deviceRenew = 5 * time.Second
)

// authorizeDevice begins to authorize a connection on another device.
func (s *Service) authorizeDevice(ctx context.Context, caller Caller, name string) (Authorization, error) {
	c := s.Connections
	d, err := c.AuthorizeDevice(ctx, name)
	if err != nil {
		return Authorization{}, err
	}
	sealed, err := c.SealDeviceAuthorization(d)
	if err != nil {
		return Authorization{}, err
	}
	a := Authorization{ID: hashOf(rand.Text()), State: AuthorizationPending, Expires: d.Expires}
	a.shows(d)
	stored := a
	stored.Expires = d.Expires.Add(authorizationKept) // how it ended can be asked for
	return a, s.beginAuthorization(ctx, caller, name, stored, true, sealed)
}

// shows sets what the user needs.
func (a *Authorization) shows(d *connection.DeviceAuthorization) {
	a.UserCode, a.VerificationURI, a.VerificationURIComplete = d.UserCode, d.VerificationURI, d.VerificationURIComplete
	a.Expires = d.Expires
}

// describeDevice sets what the user of a pending authorization needs. One that cannot be resumed stays pending until
// the node that waits for it has stored why.
func (s *Service) describeDevice(ctx context.Context, a *Authorization, sealed []byte) {
	if d, err := s.Connections.ResumeDeviceAuthorization(ctx, sealed); err == nil {
		a.shows(d)
	}
}

// AwaitDevices waits for authorizations on other devices until ctx ends, and for the end of what it has begun.
func (s *Service) AwaitDevices(ctx context.Context) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	tick := time.NewTicker(deviceEvery)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		attempts, err := s.takeDevices(ctx)
		for _, a := range attempts {
			waiting.Go(func() { s.awaitDevice(ctx, a) })
		}
		text := ""
		if err != nil && ctx.Err() == nil {
			if text = err.Error(); text != last && database.OutageOf(err) == "" { // told once while it lasts
				s.Log.ErrorContext(ctx, "wait for devices", "err", err)
			}
		}
		last = text
	}
}

// deviceAttempt is an authorization on another device that this node holds.
type deviceAttempt struct {
	id, connection, actor string
	sealed                []byte
}

// takeDevices holds pending authorizations that no node holds.
func (s *Service) takeDevices(ctx context.Context) ([]deviceAttempt, error) {
	const op = "wait for devices"
	db := s.Connections.cfg.DB
	free := "device = 1 AND status = $1 AND held_until < " + db.Dialect.Now
	var some bool
	if err := db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM postern_service_authorizations WHERE "+free+")", AuthorizationPending).Scan(&some); err != nil {
		return nil, db.Failed(ctx, op, "", err)
	}
	if !some {
		return nil, nil
	}
	rows, err := db.QueryContext(ctx, "UPDATE postern_service_authorizations SET held_until = "+db.Dialect.Now+" + CAST($2 AS BIGINT) WHERE "+free+
		" RETURNING id, connection, actor, sealed", AuthorizationPending, deviceHeld.Milliseconds())
	if err != nil {
		return nil, db.Failed(ctx, op, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var attempts []deviceAttempt
	for rows.Next() {
		var a deviceAttempt
		if err := rows.Scan(&a.id, &a.connection, &a.actor, &a.sealed); err != nil {
			return attempts, db.Failed(ctx, op, "", err)
		}
		attempts = append(attempts, a)
	}
	if err := rows.Err(); err != nil {
		return attempts, db.Failed(ctx, op, "", err)
	}
	return attempts, nil
}

// awaitDevice waits for the user and stores how it ended.
func (s *Service) awaitDevice(ctx context.Context, a deviceAttempt) {
	c := s.Connections
	holding, release := context.WithCancel(ctx)
	var held sync.WaitGroup
	held.Go(func() { s.holdDevice(holding, a.id) })
	d, err := c.ResumeDeviceAuthorization(ctx, a.sealed)
	if err == nil {
		err = c.AwaitDevice(connection.WithActor(ctx, a.actor), d)
	}
	release()
	held.Wait()
	after := context.WithoutCancel(ctx)
	if err != nil && ctx.Err() != nil { // another node goes on
		_, err = c.cfg.DB.ExecContext(after, "UPDATE postern_service_authorizations SET held_until = 0 WHERE id = $1", a.id)
	} else {
		err = s.endAuthorization(after, a.id, a.connection, err)
	}
	if err != nil {
		s.Log.ErrorContext(after, "an authorization has ended, and that cannot be stored", "connection", a.connection, "err", err)
	}
}

// holdDevice keeps other nodes from waiting too, until ctx ends.
func (s *Service) holdDevice(ctx context.Context, id string) {
	db := s.Connections.cfg.DB
	tick := time.NewTicker(deviceRenew)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		_, err := db.ExecContext(ctx, "UPDATE postern_service_authorizations SET held_until = "+db.Dialect.Now+" + CAST($2 AS BIGINT) WHERE id = $1", id, deviceHeld.Milliseconds())
		if err == nil || ctx.Err() != nil {
			continue
		}
		if err = db.Failed(ctx, "wait for devices", "", err); database.OutageOf(err) == "" {
			s.Log.WarnContext(ctx, "wait for devices", "err", err)
		}
	}
}
