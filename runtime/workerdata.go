package runtime

import (
	"context"
	"maps"
	"slices"
)

// largeData is the size in bytes from which a value is sent to a worker only if its script reads
// it: to send it costs more than a call.
const largeData = 32 << 10

// small returns the data that are sent with the order of a run, and the names of all others.
func (r *run) small() (data map[string]any, large []string) {
	if r.step == nil || len(r.step.large) == 0 {
		return r.data, nil
	}
	data = maps.Clone(r.data)
	for _, name := range r.step.large {
		delete(data, name)
	}
	return data, r.step.large
}

// FindData implements sandbox.Host. It gets a large value when the script first reads it.
func (h *workerHost) FindData(ctx context.Context, varName string) (any, error) {
	if _, written := h.written[varName]; !written {
		if i := slices.Index(h.step.large, varName); i >= 0 {
			r, err := h.call(&call{Op: opData, Name: varName})
			if err != nil {
				return nil, err
			}
			if h.data == nil {
				h.data = make(map[string]any)
			}
			h.data[varName], h.step.large = r.Value, slices.Delete(h.step.large, i, i+1)
		}
	}
	return h.run.FindData(ctx, varName)
}
