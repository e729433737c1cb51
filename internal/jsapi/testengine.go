package jsapi

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/timezone"
)

// testEngineClass is the global engine of a test, which can create data items, users and
// other objects that a process has.
var testEngineClass = newSubclass(engineClass, "engine", members{ //nolint:gochecknoglobals // a table, never changed
	"addProcessStartedSet": testOnly((*Testbed).addStarted),
	"createByteArray":      testEngineCreateByteArray,
	"createDataDefinition": testEngineCreateDataDefinition,
	"createHttpHeaders": func(a *API, _ call) (goja.Value, error) {
		return a.object(testHTTPHeadersClass, make(httpHeaders)), nil
	},
	"createItem":                 testEngineCreateItem,
	"createQfile":                testEngineCreateQfile,
	"createQgroup":               testOnly((*Testbed).createQgroup),
	"createQuser":                testOnly((*Testbed).createQuser),
	"isStartProcess":             testOnly(func(t *Testbed, _ call) (goja.Value, error) { return t.api.vm.ToValue(t.starting), nil }),
	"setTimeZoneOffsetInMinutes": testOnly((*Testbed).setZoneOffset),
})

func testEngineCreateDataDefinition(a *API, c call) (goja.Value, error) {
	if err := c.need(4, "(name, number, varName, type)"); err != nil {
		return nil, err
	}
	number, err := c.int(1, "number")
	if err != nil {
		return nil, err
	}
	itemType, err := hostapi.ParseItemType(textOrEmpty(c.args[3]))
	if err != nil {
		return nil, c.wrong(err)
	}
	d := &definition{Item: hostapi.Item{
		Name: textOrEmpty(c.args[0]), Number: number, VarName: textOrEmpty(c.args[2]),
		Type: itemType,
	}}
	d.object = a.object(testDefinitionClass, d)
	w := a.runState()
	w.definitions = append(w.definitions, d)
	return d.object, nil
}

func testEngineCreateItem(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(value, display)"); err != nil {
		return nil, err
	}
	return a.object(itemClass, &hostapi.Option{Value: textOrEmpty(c.args[0]), Display: textOrEmpty(c.args[1])}), nil
}

// testEngineCreateQfile is createQfile(name, contentType, text) and
// createQfile(name, contentType, charset, text).
func testEngineCreateQfile(a *API, c call) (goja.Value, error) { return newQfile(a, c) }

func (t *Testbed) createQuser(c call) (goja.Value, error) {
	if err := c.need(3, "(id, name, email)"); err != nil {
		return nil, err
	}
	id, err := c.long(0, "id")
	if err != nil {
		return nil, err
	}
	u := hostapi.User{ID: id, Name: textOrEmpty(c.args[1]), Email: textOrEmpty(c.args[2])}
	t.users = append(t.users, u)
	return t.api.addUser(u).object, nil
}

func (t *Testbed) createQgroup(c call) (goja.Value, error) {
	if err := c.need(2, "(id, name, email, parent)"); err != nil {
		return nil, err
	}
	id, err := c.long(0, "id")
	if err != nil {
		return nil, err
	}
	g := hostapi.Group{ID: id, Name: textOrEmpty(c.args[1]), Email: textOrEmpty(c.arg(2))}
	if v := c.arg(3); !absent(v) {
		parent, ok := stateOf[*group](v)
		if !ok {
			return nil, invalid(c.op, "the parent is "+typeName(v)+", not a group", "")
		}
		g.ParentID = parent.ID
	}
	t.groups = append(t.groups, g)
	return t.api.addGroup(g).object, nil
}

func testEngineCreateByteArray(a *API, c call) (goja.Value, error) {
	text, err := c.text(0, "text")
	return a.object(byteArrayClass, byteArray(text)), err
}

func (t *Testbed) addStarted(c call) (goja.Value, error) {
	t.started[startedID(c.arg(0))] = true
	return goja.Undefined(), nil
}

// setZoneOffset changes the time zone of the process, but not that of the Java classes.
func (t *Testbed) setZoneOffset(c call) (goja.Value, error) {
	minutes, err := c.int(0, "minutes")
	if err != nil {
		return nil, err
	}
	const most = 18 * 60
	if minutes < -most || minutes > most {
		return nil, invalid(c.op, strconv.Itoa(minutes)+" minutes is out of range (±18 hours)", "")
	}
	t.process = timezone.ID(minutes)
	t.api.runState().zone = nil
	return goja.Undefined(), nil
}
