//go:build wasip1

// Command guest is a task that counts the words of a text.
package main

import (
	"strings"

	postern "github.com/postern-dev/postern/guest/go"
)

//go:wasmexport run
func run() int32 { return postern.Run(task) }

func task() error {
	var text string
	if err := postern.FindData("q_text", &text); err != nil {
		return err
	}
	return postern.SetData("q_words", len(strings.Fields(text)))
}

func main() {} // never called
