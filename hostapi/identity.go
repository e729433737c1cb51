package hostapi

import "log/slog"

// Identity says for whom and for what a script runs, in the embedding program's terms. It
// is recorded in audit trails and events, and Postern decides nothing by it; a [Connector]
// of the program may, since a script cannot change it. All fields are optional, hold no
// secret, and are not interpreted. An Identity may be shared by goroutines.
//
//	runtime.Task{Script: script, Identity: hostapi.Identity{Tenant: "acme", Actor: "user:ada", Task: "17", Run: "17/2"}}
type Identity struct {
	Tenant string `json:"tenant,omitempty"` // the tenant that the task belongs to
	Actor  string `json:"actor,omitempty"`  // the user or service on whose behalf the task runs
	Task   string `json:"task,omitempty"`   // ID of the task
	Run    string `json:"run,omitempty"`    // ID of this run of the task, such as one attempt of several
	Script string `json:"script,omitempty"` // name of the script; the engine fills it in if it is empty
}

// LogValue returns a group of the fields that are not empty:
//
//	logger.Error("task failed", "err", err, "identity", identity)
func (i Identity) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, field := range []struct{ name, value string }{
		{"tenant", i.Tenant}, {"actor", i.Actor}, {"task", i.Task}, {"run", i.Run}, {"script", i.Script},
	} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.name, field.value))
		}
	}
	return slog.GroupValue(attrs...)
}
