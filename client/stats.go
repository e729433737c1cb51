package client

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// StatsQuery says what [Client.Stats] counts.
type StatsQuery struct {
	Task     string        // "": all
	Tenant   string        // "": all
	From, To time.Time     // of the end of runs; To itself is not in the range. Zero: the day before To; now
	Interval time.Duration // of a bucket, in whole seconds. 0: an hour
}

// Stats are numbers of runs.
type Stats struct {
	Counts  map[string]int `json:"counts"`  // runs by the state that they are in now
	Buckets []StatsBucket  `json:"buckets"` // intervals in which runs ended, the oldest first
}

// StatsBucket counts the runs that ended in an interval. The percentiles are seconds from the first start to the end,
// of those that succeeded or failed.
type StatsBucket struct {
	Start       time.Time `json:"start"`
	Succeeded   int       `json:"succeeded"`
	Failed      int       `json:"failed"`
	Canceled    int       `json:"canceled"`
	Interrupted int       `json:"interrupted"`
	P50         float64   `json:"p50_s"`
	P90         float64   `json:"p90_s"`
	P99         float64   `json:"p99_s"`
}

// Stats counts runs.
func (c *Client) Stats(ctx context.Context, q StatsQuery) (*Stats, error) {
	interval := ""
	if q.Interval > 0 {
		interval = strconv.Itoa(int(q.Interval / time.Second))
	}
	return ask[Stats](ctx, c, request{
		method: http.MethodGet, path: []string{"stats"}, query: queryOf("task", q.Task, "tenant", q.Tenant, "from", timeText(q.From), "to", timeText(q.To), "interval", interval),
	})
}
