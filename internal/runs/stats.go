package runs

import (
	"context"
	"fmt"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// Bucket has what is known of the runs that ended within an interval.
type Bucket struct {
	Start time.Time

	Succeeded, Failed, Canceled, Interrupted int

	// P50, P90 and P99 are percentiles of the time from the first start to the end, waiting
	// included, of the runs that succeeded or failed.
	P50, P90, P99 time.Duration
}

const (
	opStats    = "count runs"
	maxBuckets = 1000
)

// Stats returns a bucket for each interval in which selected runs ended, the oldest first.
// Filter.From and Filter.To are of the end, and required; the range has at most 1,000
// intervals. Buckets begin at multiples of the interval since 1970, in UTC.
func (r *Runs) Stats(ctx context.Context, f Filter, interval time.Duration) ([]Bucket, error) {
	from, to, step := f.From.UnixMilli(), f.To.UnixMilli(), interval.Milliseconds()
	switch {
	case f.From.IsZero() || f.To.IsZero() || from >= to:
		return nil, invalid(opStats, "range", "is empty", "give a start and a later end")
	case step < 1 || (to-from)/step > maxBuckets:
		return nil, invalid(opStats, "interval", "is "+interval.String(), fmt.Sprintf("the range may have %d intervals at most", maxBuckets))
	}
	f.From, f.To = time.Time{}, time.Time{}
	where := f.where()
	where.add("finished >= %s AND finished < %s AND finished > 0", from, to)
	where.args = append(where.args, step)
	rows, err := r.db.QueryContext(ctx, fmt.Sprintf(`
		WITH ended AS (
			SELECT finished / CAST($%d AS BIGINT) AS bucket, state, finished - started AS took,
				CASE WHEN started > 0 AND state IN ('succeeded', 'failed') THEN 1 ELSE 0 END AS counts
			FROM postern_runs %s
		), ranked AS (
			SELECT bucket, state, took, counts, row_number() OVER (PARTITION BY bucket, counts ORDER BY took) AS place,
				count(*) OVER (PARTITION BY bucket, counts) AS n
			FROM ended
		)
		SELECT bucket, sum(CASE WHEN state = 'succeeded' THEN 1 ELSE 0 END), sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END),
			sum(CASE WHEN state = 'canceled' THEN 1 ELSE 0 END), sum(CASE WHEN state = 'interrupted' THEN 1 ELSE 0 END),
			coalesce(min(CASE WHEN counts = 1 AND place * 100 >= n * 50 THEN took END), 0),
			coalesce(min(CASE WHEN counts = 1 AND place * 100 >= n * 90 THEN took END), 0),
			coalesce(min(CASE WHEN counts = 1 AND place * 100 >= n * 99 THEN took END), 0)
		FROM ranked GROUP BY bucket ORDER BY bucket`, len(where.args), where.text()), where.args...)
	if err != nil {
		return nil, r.db.Failed(ctx, opStats, "", err)
	}
	defer func() { _ = rows.Close() }() // Err below has what went wrong
	var buckets []Bucket
	for rows.Next() {
		var b Bucket
		var bucket, p50, p90, p99 int64
		if err := rows.Scan(&bucket, &b.Succeeded, &b.Failed, &b.Canceled, &b.Interrupted, &p50, &p90, &p99); err != nil {
			return nil, r.db.Failed(ctx, opStats, "", err)
		}
		b.Start = database.Time(bucket * step)
		b.P50, b.P90, b.P99 = millis(p50), millis(p90), millis(p99)
		buckets = append(buckets, b)
	}
	if err := rows.Err(); err != nil {
		return nil, r.db.Failed(ctx, opStats, "", err)
	}
	return buckets, nil
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
