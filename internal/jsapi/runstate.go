package jsapi

import (
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// runState is the state of a run that most scripts do not need: it is allocated when
// something of it is first used, which data by name and HTTP never do.
type runState struct {
	list  *goja.Object   // prototype of the lists the host returns
	ended *hostapi.Error // see EndedIn
	mark  *goja.Symbol   // of the property by which an exception knows its *hostapi.Error
	depth int            // of the list being written as text

	definitions []*definition
	zone        *time.Location // of the process
	users       []*user
	groups      []*group
	settings    map[string]setting
	directory   bool // users and groups are those of the host
}

func (a *API) runState() *runState {
	if a.lazy == nil {
		a.lazy = new(runState)
	}
	return a.lazy
}
