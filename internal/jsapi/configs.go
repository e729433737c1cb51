package jsapi

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// configsClass is the global configs: the values that the author of the workflow chose
// for the settings of the task.
var configsClass = newClass("configs", members{ //nolint:gochecknoglobals // a table, never changed
	"get":       configsGet,
	"getObject": configsGetObject,
})

// setting is the value of a setting for a script: as text, and as an object if it is more
// than text. Both may be null.
type setting struct{ text, object goja.Value }

func configsGet(a *API, c call) (goja.Value, error) {
	s, err := a.setting(c)
	return s.text, err
}

func configsGetObject(a *API, c call) (goja.Value, error) {
	s, err := a.setting(c)
	return s.object, err
}

// setting returns the setting that the first argument names. Both forms of a missing
// setting are null.
func (a *API) setting(c call) (setting, error) {
	if err := c.most("(name)"); err != nil {
		return setting{}, err
	}
	name := textOrEmpty(c.arg(0))
	w := a.runState()
	if s, ok := w.settings[name]; ok {
		return s, nil
	}
	s := setting{goja.Null(), goja.Null()}
	given, ok := a.host.Setting(name)
	if !ok {
		return s, nil
	}
	s, err := a.given(name, given)
	if err == nil {
		a.put(name, s)
	}
	return s, err
}

func (a *API) put(name string, s setting) {
	w := a.runState()
	if w.settings == nil {
		w.settings = make(map[string]setting)
	}
	w.settings[name] = s
}

// given converts a setting of the host to the form for a script.
func (a *API) given(name string, s hostapi.Setting) (setting, error) {
	out := setting{goja.Null(), goja.Null()}
	switch {
	case s.On != nil:
		out = setting{a.vm.ToValue(strconv.FormatBool(*s.On)), a.vm.ToValue(*s.On)}
	case s.Item != "":
		d := a.definition(func(d *definition) bool { return d.VarName == s.Item })
		if d == nil {
			return out, &hostapi.Error{
				Code: hostapi.CodeConfig, Op: "configs", Name: name, Message: "the setting names the data item " + strconv.Quote(s.Item) + ", which the task does not declare",
			}
		}
		out = setting{a.vm.ToValue(strconv.Itoa(d.Number)), d.object}
	case s.Connection != "":
		out = setting{a.vm.ToValue(s.Connection), a.object(authSettingClass, &authSetting{name: s.Connection, connection: true})}
	case s.User != nil:
		u, ok, err := a.world.directory().User(a.ctx, s.User.ID)
		if err != nil {
			return out, err
		}
		out = setting{a.vm.ToValue(strconv.FormatInt(s.User.ID, 10)), a.quser(*s.User)}
		if ok { // with the details it has now
			a.foundUser(u)
		}
	case s.Group != nil:
		g, ok, err := a.world.directory().Group(a.ctx, s.Group.ID)
		if err != nil {
			return out, err
		}
		out = setting{a.vm.ToValue(strconv.FormatInt(s.Group.ID, 10)), a.qgroup(*s.Group)}
		if ok {
			a.foundGroup(g)
		}
	default:
		out.text = a.vm.ToValue(s.Text)
	}
	return out, nil
}
