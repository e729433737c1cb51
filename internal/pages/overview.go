package pages

import (
	"net/http"

	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/service"
)

type overview struct {
	Connections []service.ConnectionDetail
	Tasks       []catalog.Task
	Runs        []*runs.Run
}

func (p *Pages) addOverview(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.signedIn(func(w http.ResponseWriter, r *http.Request, c service.Caller) error {
		const shown = 10
		var o overview
		var err error
		if o.Connections, err = p.service.ConnectionList(r.Context(), c); err != nil {
			return err
		}
		if o.Tasks, err = p.service.Tasks(r.Context(), c, "", "", shown); err != nil {
			return err
		}
		page, err := p.service.RunList(r.Context(), c, runs.Query{Limit: shown})
		if err != nil {
			return err
		}
		o.Runs = page.Runs
		p.show(w, r, http.StatusOK, "overview", view{Title: "Overview", Page: "overview", Body: o})
		return nil
	}))
	mux.HandleFunc("/", p.signedIn(func(w http.ResponseWriter, r *http.Request, _ service.Caller) error {
		p.show(w, r, http.StatusNotFound, "message", view{Title: "Not found", Body: "There is no such page."})
		return nil
	}))
}
