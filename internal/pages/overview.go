package pages

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

type overview struct {
	Connections []service.ConnectionDetail
	Troubled    []connectionPage // those that need something to be done
	Tasks       []catalog.Task
	Runs        []*runs.Run
	Started     bool // a task has run
	Chart       chart
}

func (p *Pages) addOverview(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.signedIn(p.showOverview))
	mux.HandleFunc("/", p.signedIn(func(w http.ResponseWriter, r *http.Request, _ service.Caller) error {
		p.show(w, r, http.StatusNotFound, "message", view{Title: "Not found", Body: "There is no such page."})
		return nil
	}))
}

func (p *Pages) showOverview(w http.ResponseWriter, r *http.Request, c service.Caller) error {
	const shown = 10
	var o overview
	var err error
	if o.Connections, err = p.service.ConnectionList(r.Context(), c); err != nil {
		return err
	}
	for i := range o.Connections {
		d := &o.Connections[i]
		if advice := adviceOn(d, time.Now()); len(advice) > 0 {
			o.Troubled = append(o.Troubled, connectionPage{ConnectionDetail: d, Advice: advice})
		}
	}
	if o.Tasks, err = p.service.Tasks(r.Context(), c, "", "", shown); err != nil {
		return err
	}
	page, err := p.service.RunList(r.Context(), c, runs.Query{Limit: shown})
	if err != nil {
		return err
	}
	o.Runs, o.Started = page.Runs, len(page.Runs) > 0
	const day = 24 * time.Hour
	to := time.Now().Truncate(time.Hour).Add(time.Hour)
	buckets, err := p.service.RunStats(r.Context(), c, runs.Filter{From: to.Add(-day), To: to}, time.Hour)
	if err != nil {
		return err
	}
	o.Chart = chartOf(buckets, to.Add(-day))
	p.show(w, r, http.StatusOK, "overview", view{Title: "Overview", Page: "overview", Body: o})
	return nil
}

// chart shows the runs of 24 hours.
type chart struct {
	Total, Failed, Most int           // Most: in one hour
	Longest             time.Duration // within which 9 of 10 runs of an hour ended
	Bars                []chartBar
}

// chartBar is an hour: coordinates in an SVG image of 240 by 72.
type chartBar struct {
	Label, Times                                             string
	X, GoodY, GoodHeight, BadY, BadHeight, TimeY, TimeHeight string
}

func chartOf(buckets []runs.Bucket, from time.Time) chart {
	var c chart
	for i := range buckets {
		b := &buckets[i]
		failed := b.Failed + b.Interrupted
		total := b.Succeeded + failed + b.Canceled
		c.Total, c.Failed = c.Total+total, c.Failed+failed
		c.Most, c.Longest = max(c.Most, total), max(c.Longest, b.P90)
	}
	const step, height = 10, 60
	for i := range buckets {
		b := &buckets[i]
		bad, good := float64(b.Failed+b.Interrupted), float64(b.Succeeded+b.Canceled)
		scale := height / float64(max(1, c.Most))
		long := float64(b.P90) / float64(max(1, c.Longest)) * height
		hour := b.Start.UTC().Format("15:04")
		c.Bars = append(c.Bars, chartBar{
			Label: fmt.Sprintf("%s UTC: %.0f ended, %.0f failed", hour, good+bad, bad), Times: fmt.Sprintf("%s UTC: %s", hour, span(b.P90)),
			X:          coordinate(b.Start.Sub(from).Hours()*step + 1),
			GoodY:      coordinate(height - good*scale),
			GoodHeight: coordinate(good * scale),
			BadY:       coordinate(height - (good+bad)*scale), BadHeight: coordinate(bad * scale),
			TimeY: coordinate(height - long), TimeHeight: coordinate(long),
		})
	}
	return c
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
