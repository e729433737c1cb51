package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"mime"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/runs"
)

// RunRequest is what a run is asked to do.
type RunRequest struct {
	Task    string
	Version int64 // 0: the active one, when the run is accepted

	Data  map[string]any // values of data items: JSON, with numbers as json.Number
	Files []File         // of data items; several of one item are a list

	Webhook *WebhookRequest // for a task that is one

	Priority  int           // 1 to 4; 0: that of the task
	Timeout   time.Duration // of each attempt; 0: the limit of the task
	NotBefore time.Time
	Key       string // idempotency key; "": none
}

// File is a file of a data item.
type File struct {
	Item        string `json:"item"`
	Name        string `json:"name"`
	ContentType string `json:"content_type,omitempty" doc:"default: application/octet-stream"`
	Content     []byte `json:"content"`
}

// WebhookRequest is the HTTP request to a webhook.
type WebhookRequest struct {
	Method string              `json:"method"`
	URL    string              `json:"url"`
	Header map[string][]string `json:"header"`
	Body   []byte              `json:"body"`
}

// input is what a run has as its Input.
type input struct {
	Data    json.RawMessage `json:"data,omitempty"`
	Files   []File          `json:"files,omitempty"`
	Webhook *WebhookRequest `json:"webhook,omitempty"`
}

// Start stores a run of a task. It is refused if the task or its data are not valid.
func (s *Service) Start(ctx context.Context, caller Caller, r RunRequest) (*runs.Run, error) {
	if err := caller.may("start run", accounts.Author); err != nil {
		return nil, err
	}
	request, err := s.request(ctx, caller.Actor(), r)
	if err != nil {
		return nil, err
	}
	return s.Runs.Submit(ctx, request, runs.ByAPI)
}

// request checks a RunRequest, and returns it as one of package runs.
func (s *Service) request(ctx context.Context, actor string, r RunRequest) (runs.Request, error) {
	if r.Version != 0 { // it may still be loaded
		if _, err := s.Catalog.Describe(ctx, r.Task, r.Version); err != nil {
			return runs.Request{}, err
		}
	}
	loaded, err := s.Loader.Load(ctx, r.Task, r.Version)
	if err != nil {
		return runs.Request{}, err
	}
	if _, err := s.prepare(ctx, loaded, r.Data, r.Files); err != nil {
		return runs.Request{}, err
	}
	in := input{Files: r.Files, Webhook: r.Webhook}
	if len(r.Data) > 0 {
		if in.Data, err = json.Marshal(r.Data); err != nil {
			return runs.Request{}, invalid("start run", r.Task, "the data cannot be stored", "")
		}
	}
	encoded, err := json.Marshal(in)
	if err != nil {
		return runs.Request{}, err
	}
	request := withOptions(runs.Request{
		Task: r.Task, Version: strconv.FormatInt(loaded.Definition.Version, 10), Actor: actor, Input: encoded,
		Timeout: r.Timeout, NotBefore: r.NotBefore, Key: r.Key,
	}, loaded.Definition.Options)
	request.Priority = cmp.Or(r.Priority, request.Priority)
	return request, nil
}

// withOptions returns a request with the options of its task.
func withOptions(q runs.Request, o catalog.Options) runs.Request {
	begin, per, _ := o.Rate.Parse() // it was checked when it was registered
	q.Tenant, q.Priority, q.Concurrency, q.Rate = o.Tenant, o.Priority, o.Concurrency, runs.Rate{Runs: begin, Per: per}
	q.Attempts, q.Safe = o.Retries+1, o.RetryUnsafe
	return q
}

// versionOf returns the version of the task that a run uses; 0: the active one.
func versionOf(q runs.Request) int64 {
	version, err := strconv.ParseInt(q.Version, 10, 64)
	if err != nil {
		return 0 // "", of a schedule
	}
	return version
}

// InputOf returns what a run, or a schedule, was asked to do.
func InputOf(q runs.Request) (RunRequest, error) {
	r := RunRequest{Task: q.Task, Version: versionOf(q), Priority: q.Priority, Timeout: q.Timeout}
	if len(q.Input) == 0 {
		return r, nil
	}
	var in input
	if err := json.Unmarshal(q.Input, &in); err != nil {
		return r, err
	}
	var err error
	r.Files, r.Webhook = in.Files, in.Webhook
	r.Data, err = in.values()
	return r, err
}

// Run returns a run.
func (s *Service) Run(ctx context.Context, caller Caller, id string) (*runs.Run, error) {
	if err := caller.mayRead("find run", accounts.Viewer); err != nil {
		return nil, err
	}
	return s.Runs.Get(ctx, id)
}

// Hold returns why a run has not begun.
func (s *Service) Hold(ctx context.Context, caller Caller, run *runs.Run) (runs.Hold, error) {
	if err := caller.mayRead("find run", accounts.Viewer); err != nil {
		return runs.Hold{}, err
	}
	return s.Runs.Hold(ctx, run)
}

// Wait returns a run when it has ended, or as it is at the end of d.
func (s *Service) Wait(ctx context.Context, caller Caller, id string, d time.Duration) (*runs.Run, error) {
	if err := caller.mayRead("find run", accounts.Viewer); err != nil {
		return nil, err
	}
	wait, cancel := s.waiting(ctx, d)
	defer cancel()
	run, err := s.Runs.Wait(wait, id)
	if err != nil && wait.Err() != nil && ctx.Err() == nil {
		return s.Runs.Get(ctx, id)
	}
	return run, err
}

// waiting returns a context that ends after d, or when the server stops.
func (s *Service) waiting(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, d)
	if s.Stopping == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(s.Stopping, cancel)
	return ctx, func() { stop(); cancel() }
}

// RunList returns a page of runs, the newest first.
func (s *Service) RunList(ctx context.Context, caller Caller, q runs.Query) (runs.Page, error) {
	if err := caller.mayRead("list runs", accounts.Viewer); err != nil {
		return runs.Page{}, err
	}
	return s.Runs.List(ctx, q)
}

// RunCounts returns how many runs are in each state.
func (s *Service) RunCounts(ctx context.Context, caller Caller, f runs.Filter) (map[runs.State]int, error) {
	if err := caller.mayRead("count runs", accounts.Viewer); err != nil {
		return nil, err
	}
	return s.Runs.Counts(ctx, f)
}

// RunStats returns what is known of the runs that ended in each interval, see [runs.Runs.Stats].
func (s *Service) RunStats(ctx context.Context, caller Caller, f runs.Filter, interval time.Duration) ([]runs.Bucket, error) {
	if err := caller.mayRead("count runs", accounts.Viewer); err != nil {
		return nil, err
	}
	return s.Runs.Stats(ctx, f, interval)
}

// Cancel asks for the end of a run.
func (s *Service) Cancel(ctx context.Context, caller Caller, id string) error {
	if err := caller.may("cancel run", accounts.Author); err != nil {
		return err
	}
	return s.Runs.Cancel(ctx, id, caller.Actor())
}

// Retry starts a run that does what another one, which has ended, was asked to do.
func (s *Service) Retry(ctx context.Context, caller Caller, id string) (*runs.Run, error) {
	if err := caller.may("retry run", accounts.Author); err != nil {
		return nil, err
	}
	run, err := s.Runs.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if _, err := s.Catalog.Describe(ctx, run.Task, versionOf(run.Request)); err != nil {
		return nil, err
	}
	return s.Runs.Retry(ctx, id, caller.Actor())
}

// Entries returns the log of a run after an entry.
func (s *Service) Entries(ctx context.Context, caller Caller, id string, after int64, limit int) ([]runs.Entry, error) {
	if err := caller.mayRead("read log", accounts.Viewer); err != nil {
		return nil, err
	}
	entries, err := s.Runs.Entries(ctx, id, after, limit)
	if err == nil && len(entries) == 0 {
		_, err = s.Runs.Get(ctx, id) // an empty log is not that of no run
	}
	return entries, err
}

// Follow returns the log of a run after an entry, and what is added to it until the run
// has ended, or the server stops.
func (s *Service) Follow(ctx context.Context, caller Caller, id string, after int64) iter.Seq2[runs.Entry, error] {
	if err := caller.mayRead("read log", accounts.Viewer); err != nil {
		return func(yield func(runs.Entry, error) bool) { yield(runs.Entry{}, err) }
	}
	return func(yield func(runs.Entry, error) bool) {
		const longest = 24 * time.Hour
		ctx, cancel := s.waiting(ctx, longest)
		defer cancel()
		s.Runs.Follow(ctx, id, after)(yield)
	}
}

// IsNotFound reports whether an error says that what was asked for does not exist.
func IsNotFound(err error) bool {
	for _, reason := range []error{ErrNotFound, catalog.ErrNotFound, runs.ErrNotFound, accounts.ErrNotFound, authserver.ErrNotFound} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// RunFile returns a file of the data that a run left behind.
func (s *Service) RunFile(ctx context.Context, caller Caller, id string, index int) (File, error) {
	run, err := s.Run(ctx, caller, id)
	if err != nil {
		return File{}, err
	}
	var result Result
	if len(run.Result) > 0 {
		if err := json.Unmarshal(run.Result, &result); err != nil {
			return File{}, err
		}
	}
	if index < 0 || index >= len(result.Files) {
		return File{}, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: "read file", Name: id, Message: "the run has no such file", Reason: ErrNotFound,
		}
	}
	return result.Files[index], nil
}

// Attachment returns the value of a header Content-Disposition with the name of a file,
// RFC 6266: a browser saves the file instead of showing it.
func Attachment(name string) string {
	value := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	if value == "" {
		return "attachment"
	}
	return value
}
