package egress

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/fairqueue"
)

// hostQueues bounds the requests to one host and port, of a network and of those derived
// from it. Tenants take turns.
type hostQueues struct {
	bounds fairqueue.Bounds

	mu    sync.Mutex
	hosts map[string]*hostQueue // by host:port
}

// hostQueue is the queue of one host, while there are requests to it.
type hostQueue struct {
	*fairqueue.Queue

	users int // requests in progress or waiting
}

// newHostQueues returns nil if cfg has no bound.
func newHostQueues(cfg Config) *hostQueues {
	if cfg.MaxRequestsPerHost <= 0 {
		return nil
	}
	waiting := cfg.MaxWaiting
	if waiting <= 0 {
		waiting = int(^uint(0) >> 1) // no maximum
	}
	return &hostQueues{
		bounds: fairqueue.Bounds{Running: cfg.MaxRequestsPerHost, Waiting: waiting}, hosts: make(map[string]*hostQueue),
	}
}

// enter waits until a request of that tenant to host may be sent; then leave must follow.
func (h *hostQueues) enter(ctx context.Context, host, tenant string) (leave func(), err error) {
	h.mu.Lock()
	q := h.hosts[host]
	if q == nil {
		q = &hostQueue{Queue: fairqueue.New(h.bounds)}
		h.hosts[host] = q
	}
	q.users++
	h.mu.Unlock()
	done := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if q.users--; q.users == 0 {
			delete(h.hosts, host)
		}
	}
	if err := q.Enter(ctx, tenant); err != nil {
		done()
		return nil, err
	}
	return func() { q.Leave(tenant); done() }, nil
}

// enqueue waits until req may be sent; then the function that it returns must be called.
func (c *Client) enqueue(req *http.Request, tenant string) (leave func(), err error) {
	if c.perHost == nil {
		return func() {}, nil
	}
	ctx := req.Context()
	progressOf(ctx).reach(queueing)
	leave, err = c.perHost.enter(ctx, destination(req.URL), tenant)
	progressOf(ctx).reach(waiting)
	if errors.Is(err, fairqueue.ErrFull) {
		return nil, errPoolOverloaded
	}
	return leave, err
}

// errPoolOverloaded is the error of a request that may not even wait.
var errPoolOverloaded = errors.New("too many requests are waiting")

func overloaded(req *http.Request) *hostapi.Error {
	e := failure(hostapi.CodeOverloaded, req, "too many requests are waiting for others to end", "try again later, or raise MaxWaiting of the egress.Config")
	e.Reason = ErrPoolFull
	return e
}
