package main

import (
	"crypto/rand"
	"io"
	"net/http"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// hook is a webhook of a tenant: an add-on and its settings.
type hook struct {
	addon    *addon.Addon
	settings map[string]hostapi.Setting
}

// putHook makes or replaces a webhook of a tenant. The body is the definition of the
// add-on, and the query has its settings.
func (s *service) putHook(w http.ResponseWriter, r *http.Request) error {
	tenant, name := r.PathValue("tenant"), r.PathValue("hook")
	if _, err := s.manager(r); err != nil {
		return err
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		return err
	}
	definition, err := addon.Parse(name+".xml", text)
	if err != nil {
		return err
	}
	values := map[string]string{}
	for key := range r.URL.Query() {
		values[key] = r.URL.Query().Get(key)
	}
	settings, err := definition.Configure(r.Context(), values, addon.Environment{})
	if err != nil {
		return err
	}
	compiled, err := addon.Compile(r.Context(), s.engine, definition)
	if err != nil {
		return err
	}
	return s.hooks.put(tenant+"/"+name, func(*hook, bool) (*hook, error) { return &hook{compiled, settings}, nil })
}

// postHook runs a webhook. If it starts a process, that is a task of the script with the
// name of the hook.
func (s *service) postHook(w http.ResponseWriter, r *http.Request) error {
	tenant, name := r.PathValue("tenant"), r.PathValue("hook")
	h, ok := s.hooks.get(tenant + "/" + name)
	if !ok {
		return notFound("webhook")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		return err
	}
	reply, err := h.addon.Post(r.Context(), runtime.Task{
		Identity: identity(r, rand.Text()), Settings: h.settings,
	}, addon.WebhookRequest{Method: r.Method, URL: r.URL.RequestURI(), Header: r.Header, Body: body})
	if err != nil {
		return err
	}
	if reply.StartProcess {
		id, err := s.start(r, order{Script: name, Data: reply.Data})
		if err != nil {
			return err
		}
		w.Header().Set("Location", "/tenants/"+tenant+"/tasks/"+id)
	}
	w.Header().Set("Content-Type", reply.ContentType)
	w.WriteHeader(reply.Status)
	_, err = io.WriteString(w, reply.Body)
	return err
}
