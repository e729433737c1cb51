package main

import (
	"io"
	"net/http"

	"github.com/postern-dev/postern/runtime"
)

// putScript makes or replaces a script of all tenants. Tasks in progress finish with the
// one that they began with; then its memory is freed.
func (s *service) putScript(w http.ResponseWriter, r *http.Request) error {
	code, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		return err
	}
	name := r.PathValue("script")
	script, err := s.engine.Compile(r.Context(), runtime.Source{Name: name, Code: code})
	if err != nil {
		return err
	}
	return s.scripts.put(name, func(old *runtime.Script, ok bool) (*runtime.Script, error) {
		if ok && old != script {
			s.engine.Forget(old)
		}
		return script, nil
	})
}
