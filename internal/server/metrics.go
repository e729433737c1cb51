package server

import (
	"context"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

// metrics are what Prometheus gets. docs/SERVER.md lists them.
type metrics struct {
	registry *prometheus.Registry

	requests *prometheus.HistogramVec
	runs     *prometheus.HistogramVec
	fetches  *prometheus.HistogramVec
}

func newMetrics(version string) *metrics {
	seconds := func(name, help string, labels ...string) *prometheus.HistogramVec {
		const smallest, factor, buckets = 0.001, 4, 10 // up to 262 s
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(smallest, factor, buckets),
		}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: seconds("postern_http_request_duration_seconds", "Requests to this node.", "route", "method", "status"),
		runs:     seconds("postern_run_attempt_duration_seconds", "Attempts of runs on this node.", "task", "code"),
		fetches:  seconds("postern_token_fetch_duration_seconds", "Token fetches of this node.", "connection", "reason", "code"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "postern_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.runs, m.fetches, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// request counts a request. The label of a method that does not exist is "other": a client
// could make a time series of each.
func (m *metrics) request(r *http.Request, status int, took time.Duration) {
	method := r.Method
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(routeOf(r), method, strconv.Itoa(status)).Observe(took.Seconds())
}

// routeOf returns the pattern of a request that was served.
func routeOf(r *http.Request) string {
	switch r.Pattern {
	case "":
		return "none"
	case "/":
		return "pages"
	}
	return r.Pattern
}

func (m *metrics) tokenFetch(f hostapi.TokenFetch) {
	m.fetches.WithLabelValues(f.Connection, string(f.Reason), string(f.Code)).Observe(f.Duration.Seconds())
}

// Descriptions of what is looked up when it is asked for.
var (
	runsDesc       = prometheus.NewDesc("postern_runs", "Runs of all nodes that have not ended.", []string{"task", "state"}, nil)                          //nolint:gochecknoglobals // never changed
	queueAgeDesc   = prometheus.NewDesc("postern_runs_queue_age_seconds", "How long the first of the queued runs whose time has come waits.", nil, nil)    //nolint:gochecknoglobals // never changed
	nodesDesc      = prometheus.NewDesc("postern_nodes", "Nodes that are alive.", nil, nil)                                                                //nolint:gochecknoglobals // never changed
	connectionDesc = prometheus.NewDesc("postern_connection_state", "1 for the state of the connection.", []string{"connection", "state"}, nil)            //nolint:gochecknoglobals // never changed
	expiryDesc     = prometheus.NewDesc("postern_connection_token_expiry_seconds", "Seconds until the access token expires.", []string{"connection"}, nil) //nolint:gochecknoglobals // never changed
	engineDesc     = prometheus.NewDesc("postern_engine_running", "Tasks that the engine of this node executes.", nil, nil)                                //nolint:gochecknoglobals // never changed
	outageDesc     = prometheus.NewDesc("postern_database_outage", "1 for the reason why the database cannot be used.", []string{"reason"}, nil)           //nolint:gochecknoglobals // never changed
	unstoredDesc   = prometheus.NewDesc("postern_runs_unstored", "Runs of this node that have ended, and wait for the database to store it.", nil, nil)    //nolint:gochecknoglobals // never changed
	failedDesc     = prometheus.NewDesc("postern_scrape_errors", "What could not be looked up: 1 for each failure.", []string{"what"}, nil)                //nolint:gochecknoglobals // never changed
)

// lookup collects what the database has.
type lookup struct{ s *Server }

// Describe implements [prometheus.Collector].
func (lookup) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{runsDesc, queueAgeDesc, nodesDesc, connectionDesc, expiryDesc, engineDesc, outageDesc, unstoredDesc, failedDesc} {
		to <- d
	}
}

// Collect implements [prometheus.Collector]. What fails is told by a metric: the others
// are needed then.
func (l lookup) Collect(to chan<- prometheus.Metric) {
	const longest = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	failed := func(what string, err error) {
		value := 0.0
		if err != nil {
			value = 1
		}
		if err != nil && database.OutageOf(err) == "" {
			l.s.log.WarnContext(ctx, "metrics", "what", what, "err", err)
		}
		gauge(failedDesc, value, what)
	}
	gauge(engineDesc, float64(l.s.service.Engine.Running()))
	gauge(unstoredDesc, float64(l.s.service.Runs.Unstored()))
	failed("runs", l.runs(ctx, gauge))
	failed("connections", l.connections(ctx, gauge))
	if outage := l.s.cfg.DB.Outage(); outage != nil { // which one of the two may have shown
		gauge(outageDesc, 1, string(database.OutageOf(outage)))
	}
}

type gauge = func(d *prometheus.Desc, value float64, labels ...string)

func (l lookup) runs(ctx context.Context, gauge gauge) error {
	backlogs, err := l.s.service.Runs.Backlogs(ctx)
	if err != nil {
		return err
	}
	age := 0.0
	for _, b := range backlogs {
		gauge(runsDesc, float64(b.Runs), b.Task, string(b.State))
		if !b.Oldest.IsZero() {
			age = max(age, time.Since(b.Oldest).Seconds())
		}
	}
	gauge(queueAgeDesc, age)
	nodes, err := l.s.service.Runs.Nodes(ctx)
	gauge(nodesDesc, float64(len(nodes)))
	return err
}

func (l lookup) connections(ctx context.Context, gauge gauge) error {
	list, err := l.s.service.ConnectionList(ctx, service.Caller{Name: "metrics", Role: accounts.Viewer})
	if err != nil {
		return err
	}
	for _, c := range list {
		state := c.Status.State
		if c.Failure != nil {
			state = connection.StateFailing
		}
		gauge(connectionDesc, 1, c.Description.Name, string(state))
		if !c.Status.Expiry.IsZero() {
			gauge(expiryDesc, time.Until(c.Status.Expiry).Seconds(), c.Description.Name)
		}
	}
	return nil
}

// private returns the handler of metrics and profiles. Pages of other sites must not read
// them through the browser of an operator, so requests of pages are refused.
func (s *Server) private() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" {
			plain(w, http.StatusForbidden, "not for pages")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// execute executes an attempt, and measures it.
func (s *Server) execute(ctx context.Context, run *runs.Run, progress *runs.Progress) runs.Outcome {
	ctx, end := s.spans.run(ctx, run)
	began := time.Now()
	s.log.DebugContext(ctx, "run begins", "run", run.ID, "task", run.Task, "attempt", run.Attempt)
	outcome := s.service.Execute(ctx, run, progress)
	code, took := "", time.Since(began)
	if outcome.Err != nil {
		code = string(hostapi.CodeOf(outcome.Err))
	}
	s.metrics.runs.WithLabelValues(run.Task, code).Observe(took.Seconds())
	s.log.InfoContext(ctx, "run ends", "run", run.ID, "task", run.Task, "attempt", run.Attempt, "code", code, "waits", outcome.Wait != nil,
		"duration", took.Round(time.Microsecond))
	end(code)
	return outcome
}
