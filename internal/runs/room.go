package runs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// TenantBounds bound the runs of one tenant, on all nodes together. Zero is no bound.
type TenantBounds struct {
	Running int // runs in progress at once
	Queued  int // queued runs; Runs.Submit refuses more
}

// ErrTenantBusy is the reason of an error: as many runs of the tenant are queued as may be.
var ErrTenantBusy = errors.New("the tenant has too many queued runs")

// boundsOf returns the bounds of a tenant. Runs without a tenant have none.
func (c *Config) boundsOf(tenant string) TenantBounds {
	if tenant == "" {
		return TenantBounds{}
	}
	if b, ok := c.Tenants[tenant]; ok {
		return b
	}
	return c.EachTenant
}

// queued counts queued runs as this node knows them: the last count of the database, and what it has
// added since.
type queued struct {
	mu      sync.Mutex
	all     int
	tenants map[string]int
	counted time.Time
}

func (c *queued) add(tenant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all++
	c.tenants[tenant]++
}

// recount makes the next request count: there may be room again.
func (c *queued) recount() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counted = time.Time{}
}

// retryLater is when a caller that was refused is asked to try again.
const retryLater = 5 * time.Second

// room returns nil if another run of a tenant may be queued, and otherwise the error of a request for that. The
// error err is that of the database.
func (r *Runs) room(ctx context.Context, of task) (full *hostapi.Error, err error) {
	c := &r.queued
	c.mu.Lock()
	defer c.mu.Unlock()
	const more = 10 // counts when it is full: refusing many requests must not cost much
	full = r.full(of)
	if age := time.Since(c.counted); full == nil && age < r.config.Poll || full != nil && age < r.config.Poll/more {
		return full, nil
	}
	c.all, c.tenants = 0, make(map[string]int)
	err = r.byIndex(ctx, opSubmit, func(q querier) error { return r.count(ctx, q, c) })
	if err != nil {
		return nil, r.db.Failed(ctx, opSubmit, "", err)
	}
	c.counted = time.Now()
	return r.full(of), nil
}

// count counts the queued runs.
func (r *Runs) count(ctx context.Context, q querier, c *queued) error {
	rows, err := q.QueryContext(ctx, `
		SELECT tenant, count(*) FROM (
			SELECT tenant FROM postern_runs WHERE turn IS NOT NULL
			UNION ALL
			SELECT tenant FROM postern_runs WHERE due IS NOT NULL AND turn IS NULL AND state = 'queued'
		) AS queued GROUP BY tenant`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	for rows.Next() {
		var tenant string
		var n int
		if err := rows.Scan(&tenant, &n); err != nil {
			return err
		}
		c.all += n
		c.tenants[tenant] = n
	}
	return rows.Err()
}

// full compares what is counted with the bounds.
func (r *Runs) full(of task) *hostapi.Error {
	e := &hostapi.Error{
		Code: hostapi.CodeOverloaded, Op: opSubmit, Name: of.name, RetryAfter: retryLater,
		Hint: "try again later; nothing was started",
	}
	bound := r.config.boundsOf(of.tenant).Queued
	switch {
	case r.queued.all >= r.config.MaxQueued:
		e.Message = fmt.Sprintf("%d runs are queued already", r.config.MaxQueued)
	case bound > 0 && r.queued.tenants[of.tenant] >= bound:
		e.Message = fmt.Sprintf("%d runs of the tenant %s are queued already", bound, of.tenant)
		e.Reason = ErrTenantBusy
	default:
		return nil
	}
	return e
}

// fullTenants returns the tenants of which no more runs may be queued, as this node knows it.
func (r *Runs) fullTenants() []string {
	r.queued.mu.Lock()
	defer r.queued.mu.Unlock()
	var full []string
	for tenant, n := range r.queued.tenants {
		if bound := r.config.boundsOf(tenant).Queued; bound > 0 && n >= bound {
			full = append(full, tenant)
		}
	}
	return full
}
