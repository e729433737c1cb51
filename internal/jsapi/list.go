package jsapi

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
	"github.com/postern-dev/postern/internal/limit"
)

// newList returns a list: an ordinary array that also has the methods of java.util.List.
func (a *API) newList(items []any) goja.Value { return a.asList(a.vm.NewArray(items...)) }

// asList turns a new array into a list.
func (a *API) asList(array *goja.Object) *goja.Object {
	w := a.runState()
	if w.list == nil {
		w.list = a.prototype(listClass, array.Prototype())
	}
	_ = array.SetPrototype(w.list) // cannot fail for a new object
	return array
}

// textList returns a list of strings.
func (a *API) textList(texts []string) goja.Value {
	items := make([]any, len(texts))
	for i, text := range texts {
		items[i] = text
	}
	return a.newList(items)
}

// isList reports whether v is a list and not merely an array.
func isList(a *API, v goja.Value) bool {
	o, ok := v.(*goja.Object)
	return ok && a.lazy != nil && o.ClassName() == "Array" && a.lazy.list != nil && o.Prototype() == a.lazy.list
}

func newArrayList(a *API, c call) (goja.Value, error) {
	if len(c.args) == 0 {
		return a.newList(nil), nil
	}
	if isNumber(c.args[0]) {
		if capacity, err := c.int(0, "the capacity"); err != nil || capacity < 0 {
			return nil, cmp.Or(err, c.unfit("the capacity", "negative", "a whole number from 0"))
		}
		return a.newList(nil), nil
	}
	items, err := elements(c, 0)
	if err != nil {
		return nil, err
	}
	return a.newList(items), nil
}

var listClass = newClass("ArrayList", members{ //nolint:gochecknoglobals // a table, never changed
	"add":         listAdd,
	"addAll":      listAddAll,
	"clear":       listClear,
	"contains":    listContains,
	"equals":      listEquals,
	"get":         listGet,
	"indexOf":     listIndexOf,
	"isEmpty":     listIsEmpty,
	"iterator":    listIterator,
	"lastIndexOf": listLastIndexOf,
	"remove":      listRemove,
	"set":         listSet,
	"size":        listSize,
	"subList":     listSubList,
	"toArray":     listToArray,
	"toString":    listToString,
})

func listOf(c call) (list *goja.Object, length int64, err error) {
	if o, ok := c.this.(*goja.Object); ok && o.ClassName() == "Array" {
		return o, o.Get("length").ToInteger(), nil
	}
	return nil, 0, invalid(c.op, "called on something that is not a list", "")
}

// at returns an element of a list. undefined becomes null, as everywhere in the API.
func at(list *goja.Object, i int64) goja.Value {
	if v := list.Get(strconv.FormatInt(i, 10)); !absent(v) {
		return v
	}
	return goja.Null()
}

// mostElements is the maximum length of a list to iterate over: a sparse array may have a
// length of 2³² without any elements.
const mostElements = 1 << 22

// listToWalk is listOf for a method that iterates over all elements.
func listToWalk(c call) (list *goja.Object, length int64, err error) {
	if list, length, err = listOf(c); err == nil {
		err = walkable(c.op, length)
	}
	return list, length, err
}

func walkable(op string, length int64) error {
	if length <= mostElements {
		return nil
	}
	return &hostapi.Error{Code: hostapi.CodeLimit, Op: op, Message: "the list has more than " + strconv.Itoa(mostElements) + " elements"}
}

// goesOn returns an error once the task has ended. Loops over data of a script must call
// it at every step, since nothing else can stop them.
func (a *API) goesOn(op string, step int64) error {
	const often = 256
	if step%often != 0 {
		return nil
	}
	if a.ctx.Err() == nil {
		return nil
	}
	return ended(a.ctx, op)
}

// ended returns the error of op in a task whose context has ended.
func ended(ctx context.Context, op string) error {
	e := limit.Ended(ctx)
	e.Op = op
	return e
}

// elements returns the elements of the list or array that is argument i.
func elements(c call, i int) ([]any, error) {
	o, ok := c.arg(i).(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		return nil, invalid(c.op, "needs a list, got "+typeName(c.arg(i)), "")
	}
	return elementsOf(c.op, o)
}

func elementsOf(op string, list *goja.Object) ([]any, error) {
	length := list.Get("length").ToInteger()
	if err := walkable(op, length); err != nil {
		return nil, err
	}
	out := make([]any, length)
	for i := range length {
		out[i] = at(list, i)
	}
	return out, nil
}

// splice calls the list's method splice, even if the script has redefined it: a list is an
// array of the script.
func (a *API) splice(list *goja.Object, start, remove int64, items ...any) error {
	splice, ok := goja.AssertFunction(list.Get("splice"))
	if !ok {
		return invalid("splice", "the list has no splice method any more", "")
	}
	args := []goja.Value{a.vm.ToValue(start), a.vm.ToValue(remove)}
	for _, item := range items {
		args = append(args, a.vm.ToValue(item))
	}
	_, err := splice(list, args...)
	return err
}

// listPosition returns argument i as the place of a new element in a list of that size.
func listPosition(c call, i int, size int64) (int64, error) {
	index, err := c.long(i, "index")
	if err == nil && (index < 0 || index > size) {
		err = &java.Exception{
			Class:   "java.lang.IndexOutOfBoundsException",
			Message: "Index: " + strconv.FormatInt(index, 10) + ", Size: " + strconv.FormatInt(size, 10),
		}
	}
	return index, err
}

// listIndex returns argument i as an index into a list of that length.
func listIndex(c call, i int, length int64) (int64, error) {
	index, err := c.long(i, "index")
	if err != nil {
		return 0, err
	}
	if index < 0 || index >= length {
		return 0, &java.Exception{
			Class:   "java.lang.IndexOutOfBoundsException",
			Message: "Index " + strconv.FormatInt(index, 10) + " out of bounds for length " + strconv.FormatInt(length, 10),
		}
	}
	return index, nil
}

func listSize(a *API, c call) (goja.Value, error) {
	_, n, err := listOf(c)
	return a.vm.ToValue(n), err
}

func listIsEmpty(a *API, c call) (goja.Value, error) {
	_, n, err := listOf(c)
	return a.vm.ToValue(n == 0), err
}

func listGet(_ *API, c call) (goja.Value, error) {
	list, n, err := listOf(c)
	if err != nil {
		return nil, err
	}
	i, err := listIndex(c, 0, n)
	if err != nil {
		return nil, err
	}
	return at(list, i), nil
}

// listSet replaces an element and returns the one that was there.
func listSet(_ *API, c call) (goja.Value, error) {
	list, n, err := listOf(c)
	if err != nil {
		return nil, err
	}
	i, err := listIndex(c, 0, n)
	if err != nil {
		return nil, err
	}
	old := at(list, i)
	return old, list.Set(strconv.FormatInt(i, 10), c.arg(1))
}

// listAdd is add(element) and add(index, element).
func listAdd(a *API, c call) (goja.Value, error) {
	list, n, err := listOf(c)
	if err != nil {
		return nil, err
	}
	if len(c.args) < 2 {
		return a.vm.ToValue(true), list.Set(strconv.FormatInt(n, 10), c.arg(0))
	}
	i, err := listPosition(c, 0, n)
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), a.splice(list, i, 0, c.args[1])
}

// listAddAll is addAll(list) and addAll(index, list).
func listAddAll(a *API, c call) (goja.Value, error) {
	list, n, err := listOf(c)
	if err != nil {
		return nil, err
	}
	start, last := n, 0
	if len(c.args) > 1 {
		last = 1
		if start, err = listPosition(c, 0, n); err != nil {
			return nil, err
		}
	}
	items, err := elements(c, last)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(len(items) > 0), a.splice(list, start, 0, items...)
}

func listClear(_ *API, c call) (goja.Value, error) {
	list, _, err := listOf(c)
	if err != nil {
		return nil, err
	}
	return goja.Undefined(), list.Set("length", 0)
}

// listRemove removes the element at an index if the argument is a number, else the first
// element that equals the argument.
func listRemove(a *API, c call) (goja.Value, error) {
	list, n, err := listToWalk(c)
	if err != nil {
		return nil, err
	}
	if isNumber(c.arg(0)) {
		i, err := listIndex(c, 0, n)
		if err != nil {
			return nil, err
		}
		old := at(list, i)
		return old, a.splice(list, i, 1)
	}
	i, err := a.firstEqual(c, list, n)
	if err != nil || i < 0 {
		return a.vm.ToValue(false), err
	}
	return a.vm.ToValue(true), a.splice(list, i, 1)
}

// firstEqual returns the index of the first element that equals the first argument,
// -1 if none does.
func (a *API) firstEqual(c call, list *goja.Object, n int64) (int64, error) {
	for i := range n {
		if err := a.goesOn(c.op, i); err != nil {
			return 0, err
		}
		if equals(at(list, i), c.arg(0)) {
			return i, nil
		}
	}
	return -1, nil
}

func listIndexOf(a *API, c call) (goja.Value, error) {
	list, n, err := listToWalk(c)
	if err != nil {
		return nil, err
	}
	i, err := a.firstEqual(c, list, n)
	return a.vm.ToValue(i), err
}

func listLastIndexOf(a *API, c call) (goja.Value, error) {
	list, n, err := listToWalk(c)
	if err != nil {
		return nil, err
	}
	for i := n - 1; i >= 0; i-- {
		if err := a.goesOn(c.op, i); err != nil {
			return nil, err
		}
		if equals(at(list, i), c.arg(0)) {
			return a.vm.ToValue(i), nil
		}
	}
	return a.vm.ToValue(-1), nil
}

func listContains(a *API, c call) (goja.Value, error) {
	list, n, err := listToWalk(c)
	if err != nil {
		return nil, err
	}
	i, err := a.firstEqual(c, list, n)
	return a.vm.ToValue(i >= 0), err
}

func listEquals(a *API, c call) (goja.Value, error) {
	list, n, err := listToWalk(c)
	if err != nil {
		return nil, err
	}
	other, ok := c.arg(0).(*goja.Object)
	if !ok || other.ClassName() != "Array" || other.Get("length").ToInteger() != n {
		return a.vm.ToValue(false), nil
	}
	for i := range n {
		if err := a.goesOn(c.op, i); err != nil {
			return nil, err
		}
		if !equals(at(list, i), at(other, i)) {
			return a.vm.ToValue(false), nil
		}
	}
	return a.vm.ToValue(true), nil
}

func listSubList(a *API, c call) (goja.Value, error) {
	list, n, err := listToWalk(c)
	if err != nil {
		return nil, err
	}
	end, err := listIndex(c, 1, n+1)
	if err != nil {
		return nil, err
	}
	start, err := listIndex(c, 0, end+1)
	if err != nil {
		return nil, err
	}
	var items []any
	for i := start; i < end; i++ {
		items = append(items, at(list, i))
	}
	part := a.vm.NewArray(items...)
	return part, part.SetPrototype(list.Prototype())
}

func listToArray(a *API, c call) (goja.Value, error) {
	list, _, err := listOf(c)
	if err != nil {
		return nil, err
	}
	items, err := elementsOf(c.op, list)
	if err != nil {
		return nil, err
	}
	return a.vm.NewArray(items...), nil
}

// mostListText is the maximum length of a list as text, which may grow exponentially: a
// list may contain another twice, which contains another twice, and so on.
const mostListText = 2 << 20

// listToString formats a list as Java does: [a, b].
func listToString(a *API, c call) (goja.Value, error) {
	list, n, err := listToWalk(c)
	if err != nil {
		return nil, err
	}
	w := a.runState()
	if w.depth++; w.depth > hostapi.MaxValueDepth {
		return nil, invalid(c.op, "the list is nested too deep", "does it contain itself?")
	}
	defer func() { w.depth-- }()
	var b strings.Builder
	b.WriteByte('[')
	for i := range n {
		if b.Len() > mostListText {
			return nil, &hostapi.Error{Code: hostapi.CodeLimit, Op: c.op, Message: "the list is too long as text: more than " + strconv.Itoa(mostListText>>20) + " MiB"}
		}
		if i > 0 {
			b.WriteString(", ")
		}
		if v := at(list, i); v == goja.Value(list) {
			b.WriteString("(this Collection)")
		} else {
			b.WriteString(v.String())
		}
	}
	b.WriteByte(']')
	return a.vm.ToValue(b.String()), nil
}
