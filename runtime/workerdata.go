package runtime

import (
	"context"
	"maps"
	"slices"
)

// largeData is the size in bytes from which a value is sent to a worker only if its script reads
// it: to send it costs more than a call.
const largeData = 32 << 10

// small returns the data that are sent with the order of a run.
func (r *run) small() map[string]any {
	if len(r.large) == 0 {
		return r.data
	}
	small := maps.Clone(r.data)
	for _, name := range r.large {
		delete(small, name)
	}
	return small
}

// FindData implements sandbox.Host. It gets a large value when the script first reads it.
func (h *workerHost) FindData(ctx context.Context, varName string) (any, error) {
	if _, written := h.written[varName]; !written {
		if i := slices.Index(h.large, varName); i >= 0 {
			r, err := h.call(&call{Op: opData, Name: varName})
			if err != nil {
				return nil, err
			}
			if h.data == nil {
				h.data = make(map[string]any)
			}
			h.data[varName], h.large = r.Value, slices.Delete(h.large, i, i+1)
		}
	}
	return h.run.FindData(ctx, varName)
}
