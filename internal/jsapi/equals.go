package jsapi

import (
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
)

// objectEquals is the method equals of host objects.
func objectEquals(a *API, c call) (goja.Value, error) {
	if _, err := state[any](c); err != nil {
		return nil, err
	}
	return a.vm.ToValue(equals(c.this, c.arg(0))), nil
}

// equals compares two values as Java's equals does: text, numbers, booleans, dates,
// decimals and options by value, users and groups by their number, files and other
// objects by identity.
func equals(v, w goja.Value) bool {
	if absent(v) || absent(w) {
		return absent(v) && absent(w)
	}
	if v.StrictEquals(w) {
		return true
	}
	o, ok := v.(*goja.Object)
	if !ok {
		return false
	}
	host := hostObject(o)
	if host == nil {
		return false
	}
	switch s := host.state.(type) {
	case java.Decimal:
		other, ok := stateOf[java.Decimal](w)
		return ok && s.Equal(other)
	case time.Time:
		other, ok := timeOf(w)
		return ok && s.Equal(other)
	case *hostapi.Option:
		other, ok := stateOf[*hostapi.Option](w)
		return ok && *s == *other
	case *hostapi.File:
		other, ok := stateOf[*hostapi.File](w)
		return ok && s == other
	case *user:
		other, ok := stateOf[*user](w)
		return ok && s.ID == other.ID
	case *group:
		other, ok := stateOf[*group](w)
		return ok && s.ID == other.ID
	}
	return false
}
