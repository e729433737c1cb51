package jsapi

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/timezone"
)

// world is the environment of a script. There are two: hosted, in a run, which calls the
// host, and Testbed, in a test, which has no effects outside of the test. The rest of the
// package does not distinguish them.
type world interface {
	// class returns the class of a global object, or nil. global returns another global,
	// such as a module of the embedding program, or nil; names lists those.
	class(name string) *class
	global(name string) goja.Value
	names() []string

	// zoneID is the time zone of the process, and javaZone the one that the Java
	// classes work in.
	zoneID() string
	javaZone() *time.Location

	log(level hostapi.Level, line string) error

	// anyItem reports whether data items may have any name and type. findData and
	// setData take the definition of a data item, findByName and setByName the name
	// that is the first argument of a call.
	anyItem() bool
	findData(d *definition) (goja.Value, error)
	setData(c call, d *definition, v goja.Value) error
	findByName(c call, name string) (goja.Value, error)
	setByName(c call, name string, v goja.Value) error

	// directory has the users and groups that the script may look up.
	directory() hostapi.Directory

	// isStarted reports whether a start event has started a workflow for id.
	isStarted(id string) bool
	startProcess(start bool) error

	// authSetting returns the setting of that name, and googleSetting the one of a
	// service of Google's.
	authSetting(op, name string) (authSetting, error)
	googleSetting(service string) authSetting

	// checkBearer checks a token that a script sets. sawText and sawPart record the
	// arguments of a script for a body and for the content of a part.
	checkBearer(op, token string) error
	sawText(r *request, text string)
	sawPart(r *request, content goja.Value)
	send(r *request) (goja.Value, error)

	post(p *hostapi.FeedPost) (goja.Value, error)
}

// hosted is the world of a run.
type hosted struct{ *API }

var _ world = hosted{}

func (hosted) class(name string) *class { return globals[name] }

func (h hosted) zoneID() string { return cmp.Or(h.host.Process().TimeZone, timezone.Default) }

func (h hosted) javaZone() *time.Location { return h.engineZone() }

func (h hosted) log(level hostapi.Level, line string) error { return h.host.Log(h.ctx, level, line) }

func (h hosted) anyItem() bool { return h.host.Items() == nil }

func (h hosted) findData(d *definition) (goja.Value, error) {
	value, err := h.host.FindData(h.ctx, d.VarName)
	if err != nil {
		return nil, err
	}
	return h.itemValue(d, value)
}

func (h hosted) setData(c call, d *definition, v goja.Value) error {
	value, err := h.exportItem(c.op, d, v)
	if err != nil {
		return err
	}
	return h.store(c, d.VarName, value)
}

// store names the method that the script has called in an error of the host, which knows only
// one way to write data.
func (h hosted) store(c call, name string, value any) error {
	err := h.host.SetData(h.ctx, name, value)
	if e, ok := errors.AsType[*hostapi.Error](err); ok && e.Op != "" {
		named := *e
		named.Op = c.op
		return &named
	}
	return err
}

// findByName and setByName need no definition, see docs/RATIONALE.md.
func (h hosted) findByName(_ call, name string) (goja.Value, error) {
	value, err := h.host.FindData(h.ctx, name)
	if err != nil {
		return nil, err
	}
	return h.value(value), nil
}

func (h hosted) setByName(c call, name string, v goja.Value) error {
	value, err := h.export(c.op, v)
	if err != nil {
		return err
	}
	return h.store(c, name, value)
}

func (h hosted) directory() hostapi.Directory { return h.host.Directory() }

func (h hosted) isStarted(id string) bool { return slices.Contains(h.host.Process().Started, id) }

func (h hosted) startProcess(start bool) error { return h.host.StartProcess(h.ctx, start) }

func (hosted) authSetting(_, name string) (authSetting, error) {
	return authSetting{name: name, connection: true}, nil
}

func (hosted) googleSetting(service string) authSetting {
	return authSetting{name: service, connection: true}
}

func (hosted) checkBearer(op, token string) error {
	if token == "" {
		return invalid(op, "token is empty", "did the token endpoint respond with an access_token?")
	}
	return nil
}

func (hosted) sawText(*request, string) {}

func (hosted) sawPart(*request, goja.Value) {}

func (h hosted) send(r *request) (goja.Value, error) {
	resp, err := h.host.Do(h.ctx, &r.Request)
	if err != nil {
		return nil, err
	}
	return holding(h.API, responseClass, response{Response: resp}), nil
}

func (h hosted) post(p *hostapi.FeedPost) (goja.Value, error) {
	id, err := h.host.PostFeed(h.ctx, p)
	if err != nil {
		return nil, err
	}
	return h.vm.ToValue(id), nil
}
