package service

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/wire"
	"github.com/postern-dev/postern/runtime"
)

// Execute executes one attempt of a run: it is the Execute of [runs.Config].
func (s *Service) Execute(ctx context.Context, run *runs.Run, progress *runs.Progress) runs.Outcome {
	attempt, err := s.begin(ctx, run, progress)
	if err != nil {
		return runs.Outcome{Err: err, Retry: isTemporary(err)}
	}
	outcome, err := attempt.execute(withProgress(ctx, progress))
	if err != nil {
		outcome.Err, outcome.Retry = withHint(err), isTemporary(err)
	}
	return outcome
}

// withHint returns the error of a run with a hint that names the settings of the server, where that of the package names those
// of a program.
func withHint(err error) error {
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		return err
	}
	explained := *e
	switch {
	case errors.Is(err, egress.ErrPoolFull):
		explained.Hint = "raise the maxima of [egress] in server.toml, or run fewer tasks at once"
	case e.Code == hostapi.CodeOverloaded && e.Op == "run":
		explained.Hint = "try again later, or raise queue of [engine] in server.toml"
	default:
		return err
	}
	return &explained
}

func isTemporary(err error) bool {
	e, ok := err.(interface{ Temporary() bool })
	return ok && e.Temporary()
}

// attempt is one attempt of a run.
type attempt struct {
	service  *Service
	run      *runs.Run
	progress *runs.Progress
	loaded   *catalog.Loaded
	input    input
	task     runtime.Task
}

func (s *Service) begin(ctx context.Context, run *runs.Run, progress *runs.Progress) (*attempt, error) {
	a := &attempt{service: s, run: run, progress: progress}
	if len(run.Input) > 0 {
		if err := json.Unmarshal(run.Input, &a.input); err != nil {
			return nil, fmt.Errorf("the stored input of the run is damaged: %w", err)
		}
	}
	var err error
	if a.loaded, err = s.Loader.Load(ctx, run.Task, versionOf(run.Request)); err != nil {
		return nil, err
	}
	data, err := a.input.values()
	if err != nil {
		return nil, err
	}
	if a.task, err = s.prepare(ctx, a.loaded, data, a.input.Files); err != nil {
		return nil, err
	}
	a.task.Identity = hostapi.Identity{
		Tenant: run.Tenant, Actor: run.Actor, Task: run.Task, Run: fmt.Sprintf("%s/%d", run.ID, run.Attempt),
	}
	a.task.OnEvent = a.onEvent
	if s.TenantLimits != nil {
		a.task.Limits = a.task.Limits.Within(s.TenantLimits(run.Tenant).Within(s.Engine.Limits()))
	}
	if run.Timeout > 0 {
		a.task.Limits.Time = min(run.Timeout, cmp.Or(a.task.Limits.Time, run.Timeout))
	}
	return a, nil
}

// values decodes the values of data items.
func (in *input) values() (map[string]any, error) {
	var data map[string]any
	if len(in.Data) == 0 {
		return nil, nil //nolint:nilnil // no values
	}
	decoder := json.NewDecoder(bytes.NewReader(in.Data))
	decoder.UseNumber()
	err := decoder.Decode(&data)
	return data, err
}

// prepare returns a task with the values of a run.
func (s *Service) prepare(ctx context.Context, loaded *catalog.Loaded, data map[string]any, files []File) (runtime.Task, error) {
	data = maps.Clone(data)
	for _, f := range files {
		if data == nil {
			data = make(map[string]any)
		}
		list, _ := data[f.Item].([]*hostapi.File)
		data[f.Item] = append(list, &hostapi.File{Name: f.Name, ContentType: cmp.Or(f.ContentType, "application/octet-stream"), Content: f.Content})
	}
	return loaded.Prepare(ctx, data, s.Connections.usable())
}

// onEvent stores what a person who looks at the run wants to see.
func (a *attempt) onEvent(e runtime.Event) {
	switch {
	case e.Log != nil:
		a.progress.Log(e.Log.Level, strings.TrimSuffix(e.Log.Message, "\n"))
	case e.RequestEnd != nil:
		text, err := json.Marshal(RequestEntry{
			Method: e.RequestEnd.Method, Host: e.RequestEnd.Host, Connection: e.RequestEnd.Connection,
			Status: e.RequestEnd.Status, Code: e.RequestEnd.Code, Attempts: e.RequestEnd.Attempts,
			Start: e.Time.Add(-e.RequestEnd.Duration), Duration: report.Milliseconds(e.RequestEnd.Duration),
		})
		if err == nil {
			a.progress.Request(string(text))
		}
	}
}

// RequestEntry is the text of an entry of kind request, in JSON.
type RequestEntry struct {
	Method     string       `json:"method"`
	Host       string       `json:"host"`
	Connection string       `json:"connection,omitempty"`
	Status     int          `json:"status,omitempty"`
	Code       hostapi.Code `json:"code,omitempty"`
	Attempts   int          `json:"attempts"`
	Start      time.Time    `json:"start"`
	Duration   float64      `json:"duration_ms"`
}

// RequestOf returns the request of an entry; false if it is of another kind.
func RequestOf(e *runs.Entry) (RequestEntry, bool) {
	var request RequestEntry
	if e.Kind != runs.KindRequest || json.Unmarshal([]byte(e.Text), &request) != nil {
		return RequestEntry{}, false
	}
	return request, true
}

func (a *attempt) execute(ctx context.Context) (runs.Outcome, error) {
	if a.loaded.Addon == nil {
		result, err := a.service.Engine.Run(ctx, a.task)
		return a.ended(&report.Outcome{Result: result}, a.loaded.Locate(err))
	}
	switch a.loaded.Addon.Definition().Type {
	case addon.StartEvent, addon.StartEventTimer:
		return a.list(ctx)
	case addon.StartEventWebhook:
		request := addon.WebhookRequest{}
		if w := a.input.Webhook; w != nil {
			request = addon.WebhookRequest{Method: w.Method, URL: w.URL, Header: http.Header(w.Header), Body: w.Body}
		}
		return a.post(ctx, request)
	}
	return a.step(ctx)
}

// maxItems is how many items of a start event one run takes.
const maxItems = 100

// list runs a start event. The ids of the items are remembered with the schedule, so that
// its next run leaves them out.
func (a *attempt) list(ctx context.Context) (runs.Outcome, error) {
	const remembered = 10_000
	var started []string
	if len(a.run.Memory) > 0 {
		if err := json.Unmarshal(a.run.Memory, &started); err != nil {
			return runs.Outcome{}, fmt.Errorf("the memory of the schedule is damaged: %w", err)
		}
	}
	process := hostapi.Process{}
	if a.task.Process != nil {
		process = *a.task.Process
	}
	process.Started = append(slices.Clone(process.Started), started...)
	a.task.Process = &process
	listing, err := a.loaded.Addon.List(ctx, a.task, maxItems, time.Unix(0, 0))
	out, err := a.ended(&report.Outcome{Result: listing.Result, Listing: listing}, err)
	if err != nil {
		return out, err
	}
	var failed error
	for _, item := range listing.Items {
		if failed = a.startTask(ctx, item.ID, item.Data); failed != nil {
			break
		}
		started = append(started, item.ID)
	}
	out.Memory, err = json.Marshal(started[max(0, len(started)-remembered):])
	return out, errors.Join(failed, err)
}

// post runs a webhook.
func (a *attempt) post(ctx context.Context, request addon.WebhookRequest) (runs.Outcome, error) {
	reply, err := a.loaded.Addon.Post(ctx, a.task, request)
	out, err := a.ended(&report.Outcome{Result: reply.Result, Reply: reply}, err)
	if err == nil && reply.StartProcess {
		err = a.startTask(ctx, "", reply.Data)
	}
	return out, err
}

// startTask starts a run of the task that an event is to start, if the definition names one. A
// repeated attempt starts no second one.
func (a *attempt) startTask(ctx context.Context, item string, data map[string]any) error {
	name := a.loaded.Definition.Options.StartTask
	if name == "" {
		return nil
	}
	r := RunRequest{Task: name, Data: make(map[string]any, len(data))}
	for key, value := range data {
		files := filesIn(value)
		if files == nil {
			r.Data[key] = value
		}
		for _, f := range files {
			if f.Open == nil {
				r.Files = append(r.Files, File{Item: key, Name: f.Name, ContentType: f.ContentType, Content: f.Content})
			}
		}
	}
	encoded, err := report.Marshal(r.Data, "")
	if err != nil {
		return err
	}
	if r.Data, err = (&input{Data: encoded}).values(); err != nil {
		return err
	}
	request, err := a.service.request(ctx, a.run.Actor, r)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(item))
	request.Key = "event " + a.run.ID + " " + hex.EncodeToString(sum[:])
	_, err = a.service.Runs.SubmitEvent(ctx, request, a.run.ID)
	if errors.Is(err, runs.ErrConflict) { // started before, as the item was then
		return nil
	}
	return err
}

// waitState is what a service task keeps while it waits.
type waitState struct {
	Data      map[string]any
	Temporary *string
	Waits     int64
}

// maxWaitState bounds what is kept while a task waits.
const maxWaitState = 16 << 20

// step runs or resumes a service task. One that is not finished waits: 1 s at first, and
// twice as long each time, up to 15 minutes, or until a signal comes.
func (a *attempt) step(ctx context.Context) (runs.Outcome, error) {
	codec := wire.New(maxWaitState, nil)
	var state waitState
	resumed := len(a.run.Resume) > 0
	if resumed {
		if err := codec.Decode(a.run.Resume, &state); err != nil {
			return runs.Outcome{}, fmt.Errorf("what was kept while the run waited is damaged, or of another release: %w", err)
		}
		a.task.Data, a.task.TemporaryData = state.Data, state.Temporary
	}
	var step *addon.Outcome
	var err error
	if resumed {
		step, err = a.loaded.Addon.Proceed(ctx, a.task)
	} else {
		step, err = a.loaded.Addon.Run(ctx, a.task)
	}
	if err != nil || step.Finished {
		return a.ended(&report.Outcome{Result: step.Result, Finished: &step.Finished}, err)
	}
	const first, longest, steps = time.Second, 15 * time.Minute, 20
	pause := min(longest, first<<min(state.Waits, steps))
	kept, err := codec.Encode(waitState{step.Data, step.TemporaryData, state.Waits + 1})
	if err != nil {
		return runs.Outcome{}, err
	}
	return runs.Outcome{Wait: &runs.Wait{Until: time.Now().Add(pause), State: kept}}, nil
}

// Result is what a run left behind, as it is stored.
type Result struct {
	Outcome json.RawMessage `json:"outcome"` // as postern run --json prints it
	Files   []File          `json:"files,omitempty"`
	Reply   *WebhookReply   `json:"reply,omitempty"` // of a webhook
}

// WebhookReply is what a webhook responds.
type WebhookReply struct {
	Status      int    `json:"status"`
	ContentType string `json:"content_type,omitempty"`
	Body        []byte `json:"body"`
}

// ended returns the outcome of a run that ended with err. Of one that failed, logs and usage are
// kept.
func (a *attempt) ended(o *report.Outcome, err error) (runs.Outcome, error) {
	if err != nil && o.Result == nil {
		return runs.Outcome{}, err
	}
	if err != nil {
		o = &report.Outcome{Result: &runtime.Result{Logs: o.Logs, Usage: o.Usage}}
	}
	result := Result{}
	o.Written = make(map[*hostapi.File]string) // stored once, beside the outcome
	for _, name := range slices.Sorted(maps.Keys(o.Data)) {
		for _, f := range filesIn(o.Data[name]) {
			if f.Open != nil || o.Written[f] != "" { // one by reference came from this server
				continue
			}
			o.Written[f] = "files/" + strconv.Itoa(len(result.Files))
			result.Files = append(result.Files, File{Item: name, Name: f.Name, ContentType: f.ContentType, Content: f.Content})
		}
	}
	if r := o.Reply; r != nil {
		result.Reply = &WebhookReply{r.Status, r.ContentType, []byte(r.Body)}
	}
	var failed error
	if result.Outcome, failed = report.Marshal(o.JSON(nil, nil), ""); failed != nil {
		return runs.Outcome{}, errors.Join(err, failed)
	}
	encoded, failed := json.Marshal(result)
	return runs.Outcome{Result: encoded}, errors.Join(err, failed)
}

// filesIn returns the files in a value, in their order.
func filesIn(v any) (files []*hostapi.File) {
	switch v := v.(type) {
	case *hostapi.File:
		return []*hostapi.File{v}
	case []*hostapi.File:
		return v
	case []any:
		for _, e := range v {
			files = append(files, filesIn(e)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			files = append(files, filesIn(v[name])...)
		}
	}
	return files
}
