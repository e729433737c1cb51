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

// item returns the option of that value, or one made of the value alone where
// nobody knows more of it.
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
var (
	itemDaoClass = newClass("itemDao", members{ //nolint:gochecknoglobals // a table, never changed
		"findAll": itemDaoFindAll,
	})
	testItemDaoClass = newSubclass(itemDaoClass, "itemDao", members{ //nolint:gochecknoglobals // a table, never changed
		"addItem": itemDaoAddItem,
	})
)

// itemDaoFindAll takes a definition or the name of an item. The older dialect
// has a second argument, whether to list what is not in use as well, which makes
// no difference here.
func itemDaoFindAll(a *API, c call) (goja.Value, error) {
	d, err := a.definitionOf(c)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(d.Options))
	for i, option := range d.Options {
		if option.Display == "" && a.tests == nil { // a test says itself what people see
			option.Display = option.Value
		}
		items[i] = a.object(itemClass, &option)
	}
	return a.newList(items), nil
}

func itemDaoAddItem(_ *API, c call) (goja.Value, error) {
	d, ok := stateOf[*definition](c.arg(0))
	if !ok {
		return nil, invalid(c.op, "the first argument is "+typeName(c.arg(0))+", not a data definition", "")
	}
	option, ok := stateOf[*hostapi.Option](c.arg(1))
	if !ok {
		return nil, invalid(c.op, "the second argument is "+typeName(c.arg(1))+", not an item", "write engine.createItem(value, display)")
	}
	d.Options = append(d.Options, *option)
	return goja.Undefined(), nil
}
