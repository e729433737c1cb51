package jsapi

import (
	"net/http"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/charset"
)

// requestClass is the request builder that httpClient.begin() returns. Every
// setter changes the builder and returns it, so that a script may chain the
// calls or drop the result.
var requestClass = newClass("request", members{ //nolint:gochecknoglobals // a table, never changed
	"queryParam":    pair("(name, value)", func(r *hostapi.Request) *[]hostapi.Param { return &r.QueryParam }),
	"formParam":     pair("(name, value)", func(r *hostapi.Request) *[]hostapi.Param { return &r.FormParam }),
	"header":        pair("(name, value)", func(r *hostapi.Request) *[]hostapi.Param { return &r.Header }),
	"bearer":        requestBearer,
	"basic":         requestBasic,
	"authorization": requestAuthorization,
	"authSetting":   requestAuthSetting,
	"body":          requestBody,
	"multipart":     requestMultipart,
	"retry":         requestRetry,
	"get":           send(http.MethodGet),
	"post":          send(http.MethodPost),
	"put":           send(http.MethodPut),
	"patch":         send(http.MethodPatch),
	"delete":        send(http.MethodDelete),
	"head":          send(http.MethodHead),
})

// pair makes a setter that adds a name and a value to one of the request's lists.
func pair(usage string, list func(*hostapi.Request) *[]hostapi.Param) func(*API, call) (goja.Value, error) {
	return func(_ *API, c call) (goja.Value, error) {
		r, err := state[*hostapi.Request](c)
		if err != nil {
			return nil, err
		}
		if err := c.need(2, usage); err != nil {
			return nil, err
		}
		name, err := c.text(0, "name")
		if err != nil {
			return nil, err
		}
		value, err := c.text(1, "value")
		if err != nil {
			return nil, err
		}
		params := list(r)
		if *params == nil {
			*params = make([]hostapi.Param, 0, 8)
		}
		*params = append(*params, hostapi.Param{Name: name, Value: value})
		return c.this, nil
	}
}

// credential makes way for a new credential: the last one set is the one sent.
func credential(c call, n int, usage string) (*hostapi.Request, error) {
	r, err := state[*hostapi.Request](c)
	if err != nil {
		return nil, err
	}
	if err := c.need(n, usage); err != nil {
		return nil, err
	}
	r.Bearer, r.Basic, r.Authorization, r.AuthSetting = "", nil, nil, ""
	return r, nil
}

func requestBearer(_ *API, c call) (goja.Value, error) {
	r, err := credential(c, 1, "(token)")
	if err != nil {
		return nil, err
	}
	if r.Bearer, err = c.text(0, "token"); err != nil {
		return nil, err
	}
	if r.Bearer == "" {
		return nil, invalid(c.op, "token is empty", "did the token endpoint answer with an access_token?")
	}
	return c.this, nil
}

func requestBasic(_ *API, c call) (goja.Value, error) {
	r, err := credential(c, 2, "(user, password)")
	if err != nil {
		return nil, err
	}
	user, err := c.text(0, "user")
	if err != nil {
		return nil, err
	}
	password, err := c.text(1, "password")
	if err != nil {
		return nil, err
	}
	r.Basic = &hostapi.Basic{Username: user, Password: password}
	return c.this, nil
}

func requestAuthorization(_ *API, c call) (goja.Value, error) {
	r, err := credential(c, 2, "(scheme, credentials)")
	if err != nil {
		return nil, err
	}
	scheme, err := c.text(0, "scheme")
	if err != nil {
		return nil, err
	}
	credentials, err := c.text(1, "credentials")
	if err != nil {
		return nil, err
	}
	r.Authorization = &hostapi.Authorization{Scheme: scheme, Credentials: credentials}
	return c.this, nil
}

func requestAuthSetting(_ *API, c call) (goja.Value, error) {
	r, err := credential(c, 1, "(name)")
	if err != nil {
		return nil, err
	}
	if r.AuthSetting, err = c.text(0, "name"); err != nil {
		return nil, err
	}
	return c.this, nil
}

func requestBody(_ *API, c call) (goja.Value, error) {
	r, err := state[*hostapi.Request](c)
	if err != nil {
		return nil, err
	}
	if err := c.need(2, "(content, contentType)"); err != nil {
		return nil, err
	}
	if r.ContentType, err = c.text(1, "contentType"); err != nil {
		return nil, err
	}
	if r.Body = bytesOf(c.args[0]); r.Body != nil {
		return c.this, nil
	}
	text, err := c.text(0, "content")
	if err != nil {
		return nil, err
	}
	r.Body = charset.Encode(r.ContentType, text)
	return c.this, nil
}

func requestMultipart(_ *API, c call) (goja.Value, error) {
	r, err := state[*hostapi.Request](c)
	if err != nil {
		return nil, err
	}
	if err := c.need(2, "(name, content)"); err != nil {
		return nil, err
	}
	part := hostapi.Part{}
	if part.Name, err = c.text(0, "name"); err != nil {
		return nil, err
	}
	if part.Content = bytesOf(c.args[1]); part.Content == nil {
		text, err := c.text(1, "content")
		if err != nil {
			return nil, err
		}
		part.Content = []byte(text)
	}
	r.Multipart = append(r.Multipart, part)
	return c.this, nil
}

func requestRetry(_ *API, c call) (goja.Value, error) {
	r, err := state[*hostapi.Request](c)
	if err != nil {
		return nil, err
	}
	if err := c.need(1, "(times)"); err != nil {
		return nil, err
	}
	if r.Retry, err = c.count(0, "times", 100); err != nil {
		return nil, err
	}
	return c.this, nil
}

// send makes the method that sends the request and returns the answer.
func send(method string) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		r, err := state[*hostapi.Request](c)
		if err != nil {
			return nil, err
		}
		if err := c.need(1, "(url)"); err != nil {
			return nil, err
		}
		r.Method = method
		if r.URL, err = c.text(0, "url"); err != nil {
			return nil, err
		}
		resp, err := a.host.Do(a.ctx, r)
		if err != nil {
			return nil, err
		}
		return a.object(responseClass, &response{Response: resp}), nil
	}
}
