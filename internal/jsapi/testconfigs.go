package jsapi

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// testConfigsClass is the global configs of a test, which can set the settings.
var testConfigsClass = newSubclass(configsClass, "configs", members{ //nolint:gochecknoglobals // a table, never changed
	"put":       testOnly((*Testbed).putText),
	"putObject": testOnly((*Testbed).putObject),
})

// warnUndeclared warns about a setting that does not exist in a run.
func (t *Testbed) warnUndeclared(name string) {
	if known := t.config.Settings; known != nil && !slices.Contains(known, name) {
		t.warn("the test sets " + strconv.Quote(name) + ", a setting that the definition does not declare; in a run it would be null")
	}
}

func (t *Testbed) putText(c call) (goja.Value, error) {
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
	}
	t.warnUndeclared(name)
	s := setting{goja.Null(), goja.Null()}
	if v := c.arg(1); !absent(v) {
		if isSettingObject(v) {
			t.warn("configs.put(" + strconv.Quote(name) + ", …) keeps the text of the object, so getObject returns null; use putObject")
		}
		s.text = t.api.vm.ToValue(v.String())
	}
	t.api.put(name, s)
	return goja.Undefined(), nil
}

func (t *Testbed) putObject(c call) (goja.Value, error) {
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
	}
	t.warnUndeclared(name)
	v := c.arg(1)
	if goja.IsUndefined(v) {
		v = goja.Null()
	}
	if _, isText := v.(goja.String); isText {
		t.warn("configs.putObject(" + strconv.Quote(name) + ", …) was given text, for which getObject returns null in a run; use put")
	}
	t.api.put(name, setting{t.settingText(v), v})
	return goja.Undefined(), nil
}

// isSettingObject reports whether v is what a setting other than text holds.
func isSettingObject(v goja.Value) bool {
	if host := hostObject(v); host != nil {
		switch host.state.(type) {
		case *definition, *authSetting, *user, *group:
			return true
		}
	}
	return false
}

// settingText returns the result of configs.get for an object.
func (t *Testbed) settingText(v goja.Value) goja.Value {
	if d, ok := stateOf[*definition](v); ok {
		return t.api.vm.ToValue(strconv.Itoa(d.Number))
	}
	if s, ok := stateOf[*authSetting](v); ok {
		return t.api.vm.ToValue(s.name)
	}
	if u, ok := stateOf[*user](v); ok {
		return t.api.vm.ToValue(strconv.FormatInt(u.ID, 10))
	}
	if g, ok := stateOf[*group](v); ok {
		return t.api.vm.ToValue(strconv.FormatInt(g.ID, 10))
	}
	if _, ok := v.(*goja.Object); ok || absent(v) {
		return goja.Null()
	}
	return t.api.vm.ToValue(v.String())
}

// authSetting returns the auth setting that the test has put into configs.
func (t *Testbed) authSetting(op, name string) (authSetting, error) {
	for _, s := range t.api.runState().settings {
		if s, ok := stateOf[*authSetting](s.object); ok && s.name == name {
			return *s, nil
		}
	}
	return authSetting{}, &hostapi.Error{
		Code: hostapi.CodeUnknownConnection, Op: op, Name: name, Message: "the test has put no auth setting of this name into configs",
		Hint: "configs.putObject(…, httpClient.createAuthSettingOAuth2(…))",
	}
}

func (*Testbed) googleSetting(service string) authSetting {
	return authSetting{name: service, token: "google-" + service}
}
