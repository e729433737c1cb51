package runtime_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/dop251/goja"
)

// lazy is a dynamic object whose properties are made when they are named.
type lazy func(name string) goja.Value

func (l lazy) Get(name string) goja.Value  { return l(name) }
func (l lazy) Has(name string) bool        { return l(name) != nil }
func (l lazy) Set(string, goja.Value) bool { return false }
func (l lazy) Delete(string) bool          { return false }
func (l lazy) Keys() []string              { return nil }

// handwritten is the least that one could write by hand over goja for the scripts of the
// benchmarks: lazy like Postern, without limits, checks, deadline, log or redaction.
type handwritten struct {
	vm    *goja.Runtime
	funcs map[string]goja.Value
	data  map[string]any
	send  sendForm
}

// cachedToken is the token that a program keeps, and that a server issues.
const cachedToken = "2YotnFZFEjr1zCsicMWpAA"

// sendForm posts an encoded form and returns status and body of the response.
type sendForm func(url, bearer, form string) (int, string, error)

// answerAtOnce needs no network.
func answerAtOnce(string, string, string) (int, string, error) {
	return http.StatusOK, tokenAnswer, nil
}

// runByHand runs a script in a fresh VM, and fails if it wrote nothing.
func runByHand(program *goja.Program, send sendForm) error {
	vm := goja.New()
	h := &handwritten{vm: vm, funcs: map[string]goja.Value{}, send: send}
	if err := vm.GlobalObject().SetPrototype(vm.NewDynamicObject(lazy(h.global))); err != nil {
		return err
	}
	if _, err := vm.RunProgram(program); err != nil {
		return err
	}
	if h.data["q_accesslog"] == nil {
		return errors.New("nothing was written")
	}
	return nil
}

type handRequest struct {
	h    *handwritten
	form strings.Builder
	auth string
}

type handResponse struct {
	h      *handwritten
	status int
	body   string
}

func (h *handwritten) fn(name string, f func(goja.FunctionCall) goja.Value) goja.Value {
	v, ok := h.funcs[name]
	if !ok {
		v = h.vm.ToValue(f)
		h.funcs[name] = v
	}
	return v
}

func (h *handwritten) global(name string) goja.Value {
	switch name {
	case "engine":
		return h.vm.NewDynamicObject(lazy(func(name string) goja.Value {
			if name != "setDataByVarName" {
				return nil
			}
			return h.fn(name, func(c goja.FunctionCall) goja.Value {
				if h.data == nil {
					h.data = map[string]any{}
				}
				h.data[c.Argument(0).String()] = c.Argument(1).Export()
				return goja.Undefined()
			})
		}))
	case "httpClient":
		return h.vm.NewDynamicObject(lazy(func(name string) goja.Value {
			switch name {
			case "begin":
				return h.fn(name, func(goja.FunctionCall) goja.Value { return h.vm.NewDynamicObject(&handRequest{h: h}) })
			case "getOAuth2Token":
				return h.fn(name, func(goja.FunctionCall) goja.Value { return h.vm.ToValue(cachedToken) })
			}
			return nil
		}))
	}
	return nil
}

func (r *handRequest) Get(name string) goja.Value {
	this := func(c goja.FunctionCall) *handRequest { return c.This.(*goja.Object).Export().(*handRequest) } //nolint:errcheck // the least that works
	switch name {
	case "formParam":
		return r.h.fn(name, func(c goja.FunctionCall) goja.Value {
			r := this(c)
			if r.form.Len() > 0 {
				r.form.WriteByte('&')
			}
			r.form.WriteString(url.QueryEscape(c.Argument(0).String()) + "=" + url.QueryEscape(c.Argument(1).String()))
			return c.This
		})
	case "bearer":
		return r.h.fn(name, func(c goja.FunctionCall) goja.Value { this(c).auth = c.Argument(0).String(); return c.This })
	case "post":
		return r.h.fn(name, func(c goja.FunctionCall) goja.Value {
			r := this(c)
			status, body, err := r.h.send(c.Argument(0).String(), r.auth, r.form.String())
			if err != nil {
				panic(r.h.vm.NewGoError(err))
			}
			return r.h.vm.NewDynamicObject(&handResponse{h: r.h, status: status, body: body})
		})
	}
	return nil
}

func (r *handRequest) Has(string) bool             { return false }
func (r *handRequest) Set(string, goja.Value) bool { return false }
func (r *handRequest) Delete(string) bool          { return false }
func (r *handRequest) Keys() []string              { return nil }

func (r *handResponse) Get(name string) goja.Value {
	this := func(c goja.FunctionCall) *handResponse { return c.This.(*goja.Object).Export().(*handResponse) } //nolint:errcheck // the least that works
	switch name {
	case "getStatusCode":
		return r.h.fn(name, func(c goja.FunctionCall) goja.Value { return r.h.vm.ToValue(this(c).status) })
	case "getResponseAsString":
		return r.h.fn(name, func(c goja.FunctionCall) goja.Value { return r.h.vm.ToValue(this(c).body) })
	}
	return nil
}

func (r *handResponse) Has(string) bool             { return false }
func (r *handResponse) Set(string, goja.Value) bool { return false }
func (r *handResponse) Delete(string) bool          { return false }
func (r *handResponse) Keys() []string              { return nil }
