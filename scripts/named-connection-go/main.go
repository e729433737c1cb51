//go:build wasip1

// A task in Go that uses a connection by its name and never holds the token.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o named-connection.wasm ./scripts/named-connection-go
package main

import (
	"fmt"

	postern "github.com/postern-dev/postern/guest/go"
)

//go:wasmexport run
func run() int32 { return postern.Run(task) }

func task() error {
	var base string
	if err := postern.FindData("q_base_url", &base); err != nil {
		return err
	}
	token, err := postern.OAuth2Token("playground")
	if err != nil {
		return err
	}
	response, err := postern.Begin().
		Bearer(token).
		FormParam("greeting", "hello from Go").
		Post(base + "/api/echo")
	if err != nil {
		return err
	}
	result := fmt.Sprintf("%d %s", response.StatusCode, response.Text())
	if err := postern.Log(postern.LevelInfo, result); err != nil {
		return err
	}
	return postern.SetData("q_accesslog", result)
}

func main() {} // a task has no main; the host calls run
