package jsapi

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// newList returns a list as the host returns them: an ordinary array that also
// answers to size, get and isEmpty.
func (a *API) newList(items []any) goja.Value {
	array := a.vm.NewArray(items...)
	if a.list == nil {
		a.list = a.object(listClass, nil)
		_ = a.list.SetPrototype(array.Prototype()) // a fresh object takes any prototype
	}
	_ = array.SetPrototype(a.list)
	return array
}

var listClass = newClass("list", members{ //nolint:gochecknoglobals // a table, never changed
	"size":    listSize,
	"get":     listGet,
	"isEmpty": listIsEmpty,
})

func listOf(c call) (list *goja.Object, length int64, err error) {
	if o, ok := c.this.(*goja.Object); ok && o.ClassName() == "Array" {
		return o, o.Get("length").ToInteger(), nil
	}
	return nil, 0, invalid(c.op, "called on something that is not a list", "")
}

func listSize(a *API, c call) (goja.Value, error) {
	_, n, err := listOf(c)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(n), nil
}

func listIsEmpty(a *API, c call) (goja.Value, error) {
	_, n, err := listOf(c)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(n == 0), nil
}

func listGet(_ *API, c call) (goja.Value, error) {
	list, n, err := listOf(c)
	if err != nil {
		return nil, err
	}
	i := c.arg(0).ToInteger()
	if i < 0 || i >= n {
		return nil, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: c.op,
			Message: "index " + strconv.FormatInt(i, 10) + " is outside a list of " + strconv.FormatInt(n, 10),
		}
	}
	return list.Get(strconv.FormatInt(i, 10)), nil
}
