package cli

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/timezone"
	"github.com/postern-dev/postern/runtime"
)

// executeAddon runs an add-on, as its kind requires.
func (a *app) executeAddon(ctx context.Context, compiled *addon.Addon, kind addon.Type, rt runtime.Task, f *runFlags) (*report.Outcome, error) {
	switch kind {
	case addon.StartEvent, addon.StartEventTimer:
		since, err := parseSince(f.since, rt.Process)
		if err != nil {
			return nil, err
		}
		listing, err := compiled.List(ctx, rt, f.maxItems, since)
		return &report.Outcome{Result: listing.Result, Listing: listing}, err
	case addon.StartEventWebhook:
		request, err := a.webhookRequest(ctx, f)
		if err != nil {
			return nil, err
		}
		reply, err := compiled.Post(ctx, rt, request)
		return &report.Outcome{Result: reply.Result, Reply: reply}, err
	}
	return a.steps(ctx, compiled, rt, f.wait)
}

// steps runs a service task, and resumes it until it is finished, fails, or wait is over.
func (a *app) steps(ctx context.Context, compiled *addon.Addon, rt runtime.Task, wait time.Duration) (*report.Outcome, error) {
	const longest = 30 * time.Second
	began := time.Now()
	step, err := compiled.Run(ctx, rt)
	o := &report.Outcome{Result: step.Result, Finished: &step.Finished}
	for pause := time.Second; err == nil && !step.Finished; pause = min(2*pause, longest) {
		left := wait - time.Since(began)
		if left <= 0 {
			break
		}
		pause = min(pause, left)
		a.out.say("postern: the task is not finished: resuming in %s", pause.Round(100*time.Millisecond))
		if err = sleep(ctx, pause); err != nil {
			break
		}
		rt.Data, rt.TemporaryData = step.Data, step.TemporaryData
		step, err = compiled.Proceed(ctx, rt)
		o.Follow(step)
	}
	switch {
	case err != nil || step.Finished:
	case wait == 0:
		a.out.say("postern: note: the task is not finished")
	default:
		o.Partial = true
		err = &hostapi.Error{Code: hostapi.CodeTimeout, Op: "run", Message: "the task is not finished after " + wait.String(), Hint: "give it longer with --wait"}
	}
	return o, err
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return cancelled("run")
	}
}

// parseSince reads --since, a date or a time, in the zone of the process. Nothing
// is the beginning of 1970.
func parseSince(text string, process *hostapi.Process) (time.Time, error) {
	if text == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	return parseZoned("--since", text, process)
}

// parseZoned reads a flag with a date or a time in the zone of the process.
func parseZoned(flag, text string, process *hostapi.Process) (time.Time, error) {
	zone := timezone.Default
	if process != nil {
		zone = cmp.Or(process.TimeZone, zone)
	}
	location, err := timezone.Parse(zone)
	if err != nil {
		return time.Time{}, err
	}
	return parseTime(flag, text, location)
}

// webhookRequest returns the request that the flags describe.
func (a *app) webhookRequest(ctx context.Context, f *runFlags) (addon.WebhookRequest, error) {
	request := addon.WebhookRequest{Method: f.method, URL: f.url, Header: make(http.Header)}
	if f.body != "" {
		var err error
		request.Body, err = interruptible(ctx, "read "+f.body, func() ([]byte, error) {
			body, _, err := input.ReadFrom(f.body, a.env.Stdin)
			return body, err
		})
		if err != nil {
			return request, err
		}
	}
	for _, assignment := range f.header {
		name, value, ok := strings.Cut(assignment, "=")
		if !ok || strings.TrimSpace(name) == "" {
			return request, usageError("--header "+strconv.Quote(assignment), "is not an assignment", "write name=value")
		}
		request.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return request, nil
}
