package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/postern-dev/postern/internal/eventstream"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

func (p *Pages) addRuns(mux *http.ServeMux) {
	mux.HandleFunc("GET /runs", p.signedIn(p.listRuns))
	mux.HandleFunc("GET /runs/{id}", p.signedIn(p.showRun))
	mux.HandleFunc("GET /runs/{id}/events", p.signedIn(p.followRun))
	mux.HandleFunc("POST /runs/{id}/cancel", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		if err := p.service.Cancel(r.Context(), c, r.PathValue("id")); err != nil {
			return err
		}
		redirect(w, r, "/runs/"+r.PathValue("id"))
		return nil
	}))
	mux.HandleFunc("POST /runs/{id}/retry", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		run, err := p.service.Retry(r.Context(), c, r.PathValue("id"))
		if err != nil {
			return err
		}
		redirect(w, r, "/runs/"+run.ID)
		return nil
	}))
	mux.HandleFunc("GET /runs/{id}/files/{index}", p.signedIn(p.file))
}

// runList is the page of runs.
type runList struct {
	Runs     []*runs.Run
	Filter   url.Values // as it was entered
	States   []runs.State
	Triggers []runs.Trigger
	Next     string // query of the next page; "": there is none
}

func (p *Pages) listRuns(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	const shown = 50
	q := runs.Query{Limit: shown, Cursor: r.FormValue("cursor"), Filter: runs.Filter{
		Task: r.FormValue("task"), Tenant: r.FormValue("tenant"), Text: r.FormValue("search"), Trigger: runs.Trigger(r.FormValue("trigger")), Schedule: r.FormValue("schedule"),
	}}
	if state := r.FormValue("state"); state != "" {
		q.States = []runs.State{runs.State(state)}
	}
	q.From, q.To = daysOf(r)
	page, err := p.service.RunList(r.Context(), c, q)
	if err != nil {
		return err
	}
	filter := filterOf(r, "search", "task", "tenant", "state", "trigger", "from", "to", "schedule")
	body := runList{Runs: page.Runs, Filter: filter, Next: nextPage(filter, "cursor", page.Next), States: runs.States(), Triggers: []runs.Trigger{runs.ByAPI, runs.BySchedule, runs.ByEvent, runs.ByRetry}}
	p.show(w, r, http.StatusOK, "runs", view{Title: "Runs", Page: "runs", Body: body})
	return nil
}

// runPage is the page of a run.
type runPage struct {
	Run      *runs.Run
	Hold     runs.Hold // why it has not begun
	Live     bool
	Failure  *problem
	Excerpt  *source // where it failed; nil: nowhere in the task's files
	Values   []dataValue
	JSON     string // the same, as it was
	Files    []service.File
	Usage    *usage
	Entries  []runs.Entry
	More     bool // the log is longer
	Requests []bar
}

// dataValue is the value of a data item.
type dataValue struct{ Name, Text string }

// usage is what a run has used, as [report.Outcome.JSON] has it.
type usage struct {
	Wall          float64 `json:"wall_ms"`
	CPU           float64 `json:"cpu_ms"`
	Requests      int     `json:"requests"`
	RequestBytes  int64   `json:"request_bytes"`
	ResponseBytes int64   `json:"response_bytes"`
	Memory        int64   `json:"memory_bytes"`
}

// bar is a request in the waterfall: where it begins and how long it is, in percent.
type bar struct {
	service.RequestEntry
	At, Width string
}

func (p *Pages) showRun(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	const shown = 1000
	run, err := p.service.Run(r.Context(), c, r.PathValue("id"))
	if err != nil {
		return err
	}
	entries, err := p.service.Entries(r.Context(), c, run.ID, 0, shown+1)
	if err != nil {
		return err
	}
	body := runPage{Run: run, Live: !run.State.Ended(), More: len(entries) > shown}
	body.Entries = entries[:min(shown, len(entries))]
	if body.Hold, err = p.service.Hold(r.Context(), c, run); err != nil {
		return err
	}
	if run.Error != nil {
		body.Failure = problemOf(run.Error)
		body.Excerpt = p.excerpt(r.Context(), c, run)
	}
	if err := body.result(run.Result); err != nil {
		return err
	}
	body.waterfall()
	p.show(w, r, http.StatusOK, "run", view{Title: "Run of " + run.Task, Page: "runs", Refresh: body.Live, Body: body})
	return nil
}

// followRun tells the script of the page when the log of a run is longer, and when the run has ended. What there is to see
// is in the page, which the script loads again.
func (p *Pages) followRun(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	id := r.PathValue("id")
	if _, err := p.service.Run(r.Context(), c, id); err != nil {
		return err
	}
	after, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	if err != nil {
		after = 0 // from the beginning
	}
	eventstream.Serve(w, r, func(ctx context.Context) iter.Seq2[eventstream.Event, error] {
		return func(yield func(eventstream.Event, error) bool) {
			for entry, err := range p.service.Follow(ctx, c, id, after) {
				if !yield(eventstream.Event{ID: strconv.FormatInt(entry.Seq, 10), Name: "log", Data: entry.Seq}, err) || err != nil {
					return
				}
			}
			yield(eventstream.Event{Name: "end"}, nil)
		}
	})
	return nil
}

// excerpt returns the lines around the place where a run failed.
func (p *Pages) excerpt(ctx context.Context, c service.Caller, run *runs.Run) *source {
	const around = 3
	version, err := strconv.ParseInt(run.Version, 10, 64)
	if err != nil || run.Error.File == "" || run.Error.Line == 0 {
		return nil
	}
	t, err := p.service.Task(ctx, c, run.Task, version)
	if err != nil {
		return nil // it was deleted
	}
	text, isBinary := sourceOf(t.Definition.Files[run.Error.File])
	lines := linesOf(text, run.Error, run.Error.File)
	if isBinary || len(lines) < run.Error.Line {
		return nil // for example of an add-on, whose script is a part of its file
	}
	return &source{run.Error.File, lines[max(0, run.Error.Line-1-around):min(len(lines), run.Error.Line+around)]}
}

// result reads what the run left behind.
func (b *runPage) result(stored []byte) error {
	if len(stored) == 0 {
		return nil
	}
	var result service.Result
	if err := json.Unmarshal(stored, &result); err != nil {
		return err
	}
	var outcome struct {
		Data  map[string]json.RawMessage `json:"data"`
		Usage *usage                     `json:"usage"`
	}
	if err := json.Unmarshal(result.Outcome, &outcome); err != nil {
		return err
	}
	for _, f := range result.Files {
		delete(outcome.Data, f.Item) // shown as files
	}
	for _, name := range slices.Sorted(maps.Keys(outcome.Data)) {
		b.Values = append(b.Values, dataValue{name, readable(outcome.Data[name])})
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, result.Outcome, "", "  "); err != nil {
		return err
	}
	b.JSON, b.Files, b.Usage = indented.String(), result.Files, outcome.Usage
	return nil
}

// readable returns a value as it is read: text as it is, anything else as JSON.
func readable(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil && string(value) != "null" {
		return text
	}
	var b bytes.Buffer
	if json.Indent(&b, value, "", "  ") != nil {
		return string(value)
	}
	return b.String()
}

// waterfall places the requests in the time between the first and the last.
func (b *runPage) waterfall() {
	var list []service.RequestEntry
	var first, last time.Time
	for i := range b.Entries {
		e, ok := service.RequestOf(&b.Entries[i])
		if !ok {
			continue
		}
		end := e.Start.Add(time.Duration(e.Duration * float64(time.Millisecond)))
		if first.IsZero() || e.Start.Before(first) {
			first = e.Start
		}
		if end.After(last) {
			last = end
		}
		list = append(list, e)
	}
	span := last.Sub(first)
	slices.SortStableFunc(list, func(a, b service.RequestEntry) int { return a.Start.Compare(b.Start) })
	const least = 2.0 // percent that can be seen
	for _, e := range list {
		at, width := 0.0, 100.0
		if span > 0 {
			at = float64(e.Start.Sub(first)) / float64(span) * 100
			width = e.Duration * float64(time.Millisecond) / float64(span) * 100
		}
		width = max(least, width)
		b.Requests = append(b.Requests, bar{e, percent(min(at, 100-width)), percent(width)})
	}
}

func percent(v float64) string { return strconv.FormatFloat(max(0, v), 'f', 2, 64) + "%" }

func (p *Pages) file(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	index, err := strconv.Atoi(r.PathValue("index"))
	if err != nil {
		index = -1
	}
	f, err := p.service.RunFile(r.Context(), c, r.PathValue("id"), index)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", service.Attachment(f.Name))
	_, _ = w.Write(f.Content) // fails only if the browser has gone
	return nil
}
