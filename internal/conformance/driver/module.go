//go:build wasip1

package main

import postern "github.com/postern-dev/postern/guest/go"

// The functions of the module of the test.

//go:wasmimport tickets echo
func ticketsEcho(args string) uint64

//go:wasmimport tickets refuse
func ticketsRefuse(args string) uint64

//go:wasmimport tickets fail
func ticketsFail(args string) uint64

//go:wasmimport tickets crash
func ticketsCrash(args string) uint64

//go:wasmimport tickets get
func ticketsGet(args string) uint64

func (c *call) callModule() (any, error) {
	function := map[string]func(string) uint64{
		"echo": ticketsEcho, "refuse": ticketsRefuse, "fail": ticketsFail, "crash": ticketsCrash, "get": ticketsGet,
	}[c.Name]
	var result any
	err := postern.Call(function, &result, c.Args...)
	return result, err
}
