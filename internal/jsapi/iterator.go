package jsapi

import (
	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/java"
)

// listIterator returns an object with hasNext and next.
func listIterator(a *API, c call) (goja.Value, error) {
	list, _, err := listOf(c)
	if err != nil {
		return nil, err
	}
	return a.object(iteratorClass, &iterator{list: list}), nil
}

type iterator struct {
	list *goja.Object
	next int64
}

var iteratorClass = newClass("Iterator", members{ //nolint:gochecknoglobals // a table, never changed
	"hasNext": getter(func(a *API, i *iterator) goja.Value { return a.vm.ToValue(i.next < i.list.Get("length").ToInteger()) }),
	"next":    iteratorNext,
})

func iteratorNext(_ *API, c call) (goja.Value, error) {
	i, err := state[*iterator](c)
	if err != nil {
		return nil, err
	}
	if i.next >= i.list.Get("length").ToInteger() {
		return nil, &java.Exception{Class: "java.util.NoSuchElementException"}
	}
	i.next++
	return at(i.list, i.next-1), nil
}
