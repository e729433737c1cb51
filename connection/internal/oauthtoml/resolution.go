package oauthtoml

import (
	"context"
	"errors"
)

// resolution resolves the secrets of one connection, once. Callers that come meanwhile
// wait: a host may have to ask another server for a secret.
type resolution struct {
	read  func(context.Context) (*Connection, error)
	turn  chan struct{} // full while one caller resolves
	whole *Connection   // nil: not resolved yet
}

func newResolution(read func(context.Context) (*Connection, error)) *resolution {
	return &resolution{read: read, turn: make(chan struct{}, 1)}
}

var errStillWaiting = errors.New("another caller is still resolving the secrets")

// known returns the connection with its secrets, if they have been resolved; otherwise nil.
func (r *resolution) known() *Connection {
	if r == nil {
		return nil
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
		return r.whole
	default: // they are being resolved
		return nil
	}
}

// get returns the connection with its secrets. The error is [errStillWaiting] if ctx ends
// while another caller resolves them. A failure is not kept: the next caller tries again.
func (r *resolution) get(ctx context.Context) (*Connection, error) {
	select {
	case r.turn <- struct{}{}:
	default:
		select {
		case r.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, errStillWaiting
		}
	}
	defer func() { <-r.turn }()
	if r.whole == nil {
		whole, err := r.read(ctx)
		if err != nil {
			return nil, err
		}
		r.whole = whole
	}
	return r.whole, nil
}
