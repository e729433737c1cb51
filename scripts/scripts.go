// Package scripts holds what task authors start from: sample tasks, and what editors
// need to know the script API.
package scripts

import _ "embed" // for the two files below

var (
	//go:embed postern.d.ts
	types string

	//go:embed jsconfig.json
	jsconfig string
)

// Types returns postern.d.ts: what a script finds, for editors and TypeScript.
func Types() []byte { return []byte(types) }

// JSConfig returns the jsconfig.json that makes editors check scripts by [Types].
func JSConfig() []byte { return []byte(jsconfig) }
