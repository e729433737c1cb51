// Package scripts embeds the files that give editors the types of the script API. The
// folder also has sample tasks.
package scripts

import _ "embed" // for the two files below

var (
	//go:embed postern.d.ts
	types string

	//go:embed jsconfig.json
	jsconfig string
)

// Types returns postern.d.ts, the types of the script API for editors and TypeScript.
func Types() []byte { return []byte(types) }

// JSConfig returns the jsconfig.json with which editors check scripts against [Types].
func JSConfig() []byte { return []byte(jsconfig) }
