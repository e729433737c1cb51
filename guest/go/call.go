package postern

import "encoding/json"

// Call calls a function that the program which embeds Postern offers to its tasks, and
// stores its result in the variable that result points to, as json.Unmarshal does; nil
// ignores the result. The arguments are encoded as json.Marshal does. The task imports
// the function from the module of that program:
//
//	//go:wasmimport tickets find
//	func findTicket(args string) uint64
//
//	var subject string
//	err := postern.Call(findTicket, &subject, 7)
//
// A task that imports a function which the program does not offer does not run.
func Call(function func(args string) uint64, result any, args ...any) error {
	if args == nil {
		args = []any{}
	}
	text, err := json.Marshal(args)
	if err != nil {
		return err
	}
	if text, err = take(function(view(text))); err != nil || result == nil {
		return err
	}
	return json.Unmarshal(text, result)
}
