package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/postern-dev/postern/internal/runs"
)

type statsBucket struct {
	Start       time.Time `json:"start"`
	Succeeded   int       `json:"succeeded"`
	Failed      int       `json:"failed"`
	Canceled    int       `json:"canceled"`
	Interrupted int       `json:"interrupted"`
	P50         float64   `json:"p50_s" doc:"seconds from the first start to the end, of those that succeeded or failed"`
	P90         float64   `json:"p90_s"`
	P99         float64   `json:"p99_s"`
}

func (a *api) addStats() {
	type input struct {
		Task     string    `query:"task" maxLength:"100"`
		Tenant   string    `query:"tenant" maxLength:"100"`
		From     time.Time `query:"from" doc:"ended at or after that time; default: a day before to"`
		To       time.Time `query:"to" doc:"ended before that time; default: now"`
		Interval int       `query:"interval" default:"3600" minimum:"1" doc:"seconds"`
	}
	type statsOutput struct {
		Body struct {
			Counts  map[runs.State]int `json:"counts" doc:"how many runs are in each state now"`
			Buckets []statsBucket      `json:"buckets" doc:"intervals in which runs ended, the oldest first"`
		}
	}
	huma.Register(a.huma, a.operation(http.MethodGet, "/v1/stats", "run-stats", "Count runs", huma.OperationTags("runs")), func(ctx context.Context, in *input) (*statsOutput, error) {
		f := runs.Filter{Task: in.Task, Tenant: in.Tenant}
		counts, err := a.RunCounts(ctx, callerOf(ctx), f)
		if err != nil {
			return nil, a.failed(err)
		}
		f.From, f.To = in.From, in.To
		if f.To.IsZero() {
			f.To = time.Now()
		}
		if f.From.IsZero() {
			f.From = f.To.AddDate(0, 0, -1)
		}
		buckets, err := a.RunStats(ctx, callerOf(ctx), f, time.Duration(in.Interval)*time.Second)
		if err != nil {
			return nil, a.failed(err)
		}
		out := new(statsOutput)
		out.Body.Counts, out.Body.Buckets = counts, listOf(buckets, func(b runs.Bucket) statsBucket {
			return statsBucket{b.Start, b.Succeeded, b.Failed, b.Canceled, b.Interrupted, b.P50.Seconds(), b.P90.Seconds(), b.P99.Seconds()}
		})
		return out, nil
	})
}
