package jsapi

import "github.com/dop251/goja"

// processInstanceClass is the global processInstance.
var processInstanceClass = newClass("processInstance", members{ //nolint:gochecknoglobals // a table, never changed
	"getProcessInstanceId":    func(a *API, _ call) (goja.Value, error) { return a.vm.ToValue(a.host.Process().InstanceID), nil },
	"getProcessModelInfoId":   func(a *API, _ call) (goja.Value, error) { return a.vm.ToValue(a.host.Process().ModelInfoID), nil },
	"getProcessInstanceDebug": func(a *API, _ call) (goja.Value, error) { return a.vm.ToValue(a.host.Process().Debug), nil },
})
