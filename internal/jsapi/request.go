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
	"queryParam":      pair("(name, value)", func(r *request) *[]hostapi.Param { return &r.QueryParam }),
	"formParam":       pair("(name, value)", func(r *request) *[]hostapi.Param { return &r.FormParam }),
	"header":          pair("(name, value)", func(r *request) *[]hostapi.Param { return &r.Header }),
	"awsSignV4":       requestAWSSignV4,
	"bearer":          requestBearer,
	"basic":           requestBasic,
	"authorization":   requestAuthorization,
	"authSetting":     requestAuthSetting,
	"googleOAuth2":    requestGoogleOAuth2,
	"oauth2JwtBearer": requestOAuth2JwtBearer,
	"body":            requestBody,
	"multipart":       requestMultipart,
	"retry":           requestRetry,
	"get":             send(http.MethodGet),
	"post":            send(http.MethodPost),
	"put":             send(http.MethodPut),
	"patch":           send(http.MethodPatch),
	"delete":          send(http.MethodDelete),
	"head":            send(http.MethodHead),
})

// request is a request being built, with the state that hostapi.Request does not have.
type request struct {
	hostapi.Request
	token  func(a *API) (string, error) // gets the bearer token when the request is sent; may be nil
	bearer bool                         // a bearer token is set, though it may be empty
	seen   *seenContent                 // kept by a Testbed
}

// pair returns a setter that adds a name and a value to one of the request's lists.
func pair(usage string, list func(*request) *[]hostapi.Param) func(*API, call) (goja.Value, error) {
	return func(_ *API, c call) (goja.Value, error) {
		r, err := state[*request](c)
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
			*params = make([]hostapi.Param, 0, 4)
		}
		*params = append(*params, hostapi.Param{Name: name, Value: value})
		return c.this, nil
	}
}

// credential removes the credential that was set before: the last one set is sent.
func credential(c call, n int, usage string) (*request, error) {
	r, err := state[*request](c)
	if err != nil {
		return nil, err
	}
	if err := c.need(n, usage); err != nil {
		return nil, err
	}
	r.Bearer, r.Basic, r.Authorization, r.AuthSetting, r.AWSSignV4, r.token, r.bearer = "", nil, nil, "", nil, nil, false
	return r, nil
}

func requestBearer(a *API, c call) (goja.Value, error) {
	r, err := credential(c, 1, "(token)")
	if err != nil {
		return nil, err
	}
	if r.Bearer, err = c.text(0, "token"); err != nil {
		return nil, err
	}
	r.bearer = true
	return c.this, a.world.checkBearer(c.op, r.Bearer)
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

// requestAuthSetting takes a setting, or the name of a connection.
func requestAuthSetting(a *API, c call) (goja.Value, error) {
	r, err := credential(c, 1, "(authSetting)")
	if err != nil {
		return nil, err
	}
	if s, ok := stateOf[*authSetting](c.args[0]); ok {
		r.authenticate(s)
		return c.this, nil
	}
	name, err := settingName(c)
	if err != nil {
		return nil, err
	}
	s, err := a.world.authSetting(c.op, name)
	if err != nil {
		return nil, err
	}
	r.authenticate(&s)
	return c.this, nil
}

// settingName returns the first argument as the name of an auth setting.
func settingName(c call) (string, error) {
	if absent(c.args[0]) {
		return "", invalid(c.op, "the setting is "+typeName(c.args[0]), "configs.get and configs.getObject return null for a setting that is not set, or has another name")
	}
	return c.text(0, "name")
}

// authenticate sets the credential of r to that of s.
func (r *request) authenticate(s *authSetting) {
	switch {
	case s.connection:
		r.AuthSetting = s.name
	case s.basic:
		r.Basic = &hostapi.Basic{Username: s.user, Password: s.password}
	default:
		r.Bearer, r.bearer = s.token, true
	}
}

// requestOAuth2JwtBearer takes a setting and a function that obtains a token with an
// assertion (RFC 7523) and returns the token response. The function is not called for a
// connection of the host, which signs the assertion itself with a key that no script
// sees.
func requestOAuth2JwtBearer(_ *API, c call) (goja.Value, error) {
	r, err := credential(c, 2, "(authSetting, getToken)")
	if err != nil {
		return nil, err
	}
	s, ok := stateOf[*authSetting](c.args[0])
	if ok && s.connection {
		r.AuthSetting = s.name
		return c.this, nil
	}
	getToken, ok := goja.AssertFunction(c.args[1])
	if !ok {
		return nil, invalid(c.op, "the second argument is "+typeName(c.args[1])+", not a function", "")
	}
	setting := c.args[0]
	r.token = func(a *API) (string, error) {
		answer, err := getToken(goja.Undefined(), setting)
		if err != nil {
			return "", err
		}
		o, ok := answer.(*goja.Object)
		if !ok || o.Get("access_token") == nil || goja.IsUndefined(o.Get("access_token")) {
			return "", invalid(c.op, "the function returned no object with an access_token", "return the parsed response of the token endpoint")
		}
		return o.Get("access_token").String(), nil
	}
	return c.this, nil
}

// requestGoogleOAuth2 takes a user and a service of Google. The credential is that of the
// connection that is named like the service.
func requestGoogleOAuth2(a *API, c call) (goja.Value, error) {
	r, err := credential(c, 2, "(user, service)")
	if err != nil {
		return nil, err
	}
	if _, ok := stateOf[*user](c.args[0]); !ok {
		return nil, invalid(c.op, "the first argument is "+typeName(c.args[0])+", not a user", "")
	}
	service, err := c.text(1, "service")
	if err != nil {
		return nil, err
	}
	s := a.world.googleSetting(service)
	r.authenticate(&s)
	return c.this, nil
}

func requestAWSSignV4(_ *API, c call) (goja.Value, error) {
	r, err := credential(c, 4, "(accessKey, secretKey, region, service)")
	if err != nil {
		return nil, err
	}
	v4 := &hostapi.AWSSignV4{}
	for i, field := range []*string{&v4.AccessKey, &v4.SecretKey, &v4.Region, &v4.Service} {
		if *field, err = c.text(i, []string{"accessKey", "secretKey", "region", "service"}[i]); err != nil {
			return nil, err
		}
	}
	r.AWSSignV4 = v4
	return c.this, nil
}

// requestBody is body(content, contentType) with text, bytes or a file as content, and
// body(file), which uses the content type of the file.
func requestBody(a *API, c call) (goja.Value, error) {
	r, err := state[*request](c)
	if err != nil {
		return nil, err
	}
	if r.seen != nil {
		r.seen.text = nil
	}
	if f, ok := stateOf[*hostapi.File](c.arg(0)); ok {
		r.ContentType = f.ContentType
		if len(c.args) > 1 {
			if r.ContentType, err = c.text(1, "contentType"); err != nil {
				return nil, err
			}
		}
		if r.Body, r.BodyFile = nil, f; f.Open == nil {
			r.Body, r.BodyFile = append([]byte{}, f.Content...), nil
		}
		return c.this, nil
	}
	r.BodyFile = nil
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
	a.world.sawText(r, text)
	return c.this, nil
}

// requestMultipart adds a part: text, bytes or a file.
func requestMultipart(a *API, c call) (goja.Value, error) {
	r, err := state[*request](c)
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
	seen := c.args[1]
	if f, ok := stateOf[*hostapi.File](seen); ok {
		part.FileName, part.ContentType, part.File = f.Name, f.ContentType, f
	} else if part.Content = bytesOf(seen); part.Content == nil {
		text, err := c.text(1, "content")
		if err != nil {
			return nil, err
		}
		part.Content, seen = []byte(text), a.vm.ToValue(text)
	}
	r.Multipart = append(r.Multipart, part)
	a.world.sawPart(r, seen)
	return c.this, nil
}

func requestRetry(_ *API, c call) (goja.Value, error) {
	r, err := state[*request](c)
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

// send returns the method that sends the request and returns the response.
func send(method string) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		r, err := state[*request](c)
		if err != nil {
			return nil, err
		}
		if len(c.args) > 1 { // as other libraries take
			return nil, invalid(c.op, "takes the URL alone", "set the body with body(content, contentType), and all else with the other methods of the request")
		}
		if err := c.need(1, "(url)"); err != nil {
			return nil, err
		}
		r.Method = method
		if r.URL, err = c.text(0, "url"); err != nil {
			return nil, err
		}
		if r.token != nil {
			if r.Bearer, err = r.token(a); err != nil {
				return nil, err
			}
			r.bearer = true
		}
		return a.world.send(r)
	}
}
