package jsapi

import (
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// runState is the state of a run that most scripts do not need. It is allocated on first
// use; data by name and HTTP never need it.
type runState struct {
	list    *goja.Object   // prototype of lists
	numeric *goja.Object   // see API.numeric
	ended   *hostapi.Error // see EndedIn
	mark    *goja.Symbol   // key of the property by which an exception carries its *hostapi.Error
	depth   int            // of nested lists being converted to text

	definitions []*definition
	zone        *time.Location  // of the process
	users       map[int64]*user // by ID
	groups      map[int64]*group
	settings    map[string]setting
}

func (a *API) runState() *runState {
	if a.lazy == nil {
		a.lazy = new(runState)
	}
	return a.lazy
}
