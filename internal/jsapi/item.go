package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// itemClass is an option of a select item.
var itemClass = newClass("Item", members{ //nolint:gochecknoglobals // a table, never changed
	"getValue":   getter(func(a *API, o *hostapi.Option) goja.Value { return a.vm.ToValue(o.Value) }),
	"getDisplay": getter(func(a *API, o *hostapi.Option) goja.Value { return a.vm.ToValue(o.Display) }),
	"toString":   getter(func(a *API, o *hostapi.Option) goja.Value { return a.vm.ToValue(o.Value) }),
})

// item returns the option with that value. If there is none, it returns one whose display
// is the value.
func (a *API) item(options []hostapi.Option, value string) *goja.Object {
	option := &hostapi.Option{Value: value, Display: value}
	for i := range options {
		if options[i].Value == value {
			option = &options[i]
		}
	}
	if option.Display == "" {
		option = &hostapi.Option{Value: value, Display: value}
	}
	return a.object(itemClass, option)
}

// itemDaoClass is the global itemDao: the options of select items.
var itemDaoClass = newClass("itemDao", members{ //nolint:gochecknoglobals // a table, never changed
	"findAll": itemDaoFindAll,
})

// itemDaoFindAll takes a definition or the name of an item. It ignores the second argument
// of the older dialect, whether to include unused options.
func itemDaoFindAll(a *API, c call) (goja.Value, error) {
	d, err := a.definitionOf(c)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(d.Options))
	for i, option := range d.Options {
		items[i] = a.object(itemClass, &option)
	}
	return a.newList(items), nil
}
