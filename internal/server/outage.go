package server

import (
	"cmp"
	"context"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// outageAgain is after how long the log says again that an outage of the database lasts.
const outageAgain = 10 * time.Minute

// tellOutages logs when the database cannot be used, and when it can again, until ctx ends. Other lines of the log do not
// repeat it for each run and each thing that is done in the background.
func (s *Server) tellOutages(ctx context.Context) {
	const every = 500 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	var known database.Outage
	var began, told time.Time
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		outage := s.cfg.DB.Outage()
		switch {
		case outage == nil && known != "":
			s.log.InfoContext(ctx, "the database can be used again", "after", time.Since(began).Round(time.Second))
			known = ""
		case outage == nil:
		case database.OutageOf(outage) != known || time.Since(told) > outageAgain:
			if known == "" {
				began = time.Now()
			}
			known, told = database.OutageOf(outage), time.Now()
			s.log.ErrorContext(ctx, "the database cannot be used; runs that have ended are stored as soon as it can",
				"reason", string(known), "err", outage, "hint", cmp.Or(outage.Hint, "none"), "unstored_runs", s.service.Runs.Unstored())
		}
	}
}
