//go:build wasip1

// Command driver does what testdata/driver.js does, as a WebAssembly guest.
package main

import (
	"errors"
	"fmt"
	"maps"

	postern "github.com/postern-dev/postern/guest/go"
)

//go:wasmexport run
func run() int32 { return postern.Run(task) }

func main() {}

type call struct {
	Do       string
	Name     string
	Value    any
	Level    string
	Message  string
	Method   string
	URL      string
	Build    [][]any
	Header   string
	Uncaught bool
	Args     []any // of a function of a module

	As     string            // the kind of a setting
	To     string            // another data item
	Number int64             // of a group
	File   file              // of a FILE item
	Cells  map[string]string // of a row
	Post   *feedPost
	Email  *email
}

func task() error {
	var calls []call
	if err := postern.FindData("q_calls", &calls); err != nil {
		return err
	}
	results := []any{}
	for _, c := range calls {
		value, err := c.perform()
		var e *postern.Error
		switch {
		case err == nil:
			results = append(results, map[string]any{"ok": value})
		case c.Uncaught:
			return err
		case errors.As(err, &e):
			results = append(results, map[string]any{"code": e.Code, "message": e.Message, "hint": e.Hint})
		default:
			return err
		}
		if err := postern.SetData("q_results", results); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) perform() (any, error) {
	switch c.Do {
	case "find":
		var value any
		err := postern.FindData(c.Name, &value)
		return value, err
	case "call":
		return c.callModule()
	case "set":
		return nil, postern.SetData(c.Name, c.Value)
	case "log":
		levels := map[string]postern.Level{
			"debug": postern.LevelDebug, "info": postern.LevelInfo, "warn": postern.LevelWarn, "error": postern.LevelError,
		}
		return nil, postern.Log(levels[c.Level], c.Message)
	case "token":
		return postern.OAuth2Token(c.Name)
	case "tokenInfo":
		return c.tokenInfo()
	case "limit":
		return postern.RequestingLimit(), nil
	case "request":
		return c.request()
	case "loop":
		for {
		}
	}
	if do, ok := workflow[c.Do]; ok {
		return do(c)
	}
	return nil, fmt.Errorf("no operation %q", c.Do)
}

// tokenInfo returns the object that JavaScript has.
func (c *call) tokenInfo() (any, error) {
	info, err := postern.OAuth2TokenInfo(c.Name)
	if err != nil {
		return nil, err
	}
	members := map[string]any{"token_type": info.TokenType, "scope": info.Scope, "expires_at": nil}
	if !info.Expiry.IsZero() {
		members["expires_at"] = info.Expiry
	}
	maps.Copy(members, info.Fields)
	return members, nil
}

func (c *call) request() (any, error) {
	r := postern.Begin()
	for _, step := range c.Build {
		text := func(i int) string { return fmt.Sprint(step[i]) }
		switch step[0] {
		case "queryParam":
			r.QueryParam(text(1), text(2))
		case "formParam":
			r.FormParam(text(1), text(2))
		case "header":
			r.Header(text(1), text(2))
		case "multipart":
			r.Multipart(text(1), text(2))
		case "multipartFile":
			f, err := fileOf(step[2])
			if err != nil {
				return nil, err
			}
			r.MultipartFile(text(1), f.Name, f.ContentType, f.Content)
		case "itemFile":
			f, err := fileAt(text(2), int(step[3].(float64)))
			if err != nil {
				return nil, err
			}
			r.PartFile(text(1), f)
		case "itemBody":
			f, err := fileAt(text(1), int(step[2].(float64)))
			if err != nil {
				return nil, err
			}
			r.BodyFile(f)
		case "body":
			body, err := postern.EncodeText(text(2), text(1))
			if err != nil {
				return nil, err
			}
			r.Body(body, text(2))
		case "bearer":
			r.Bearer(text(1))
		case "basic":
			r.Basic(text(1), text(2))
		case "authorization":
			r.Authorization(text(1), text(2))
		case "authSetting":
			r.AuthSetting(text(1))
		case "awsSignV4":
			r.AWSSignV4(text(1), text(2), text(3), text(4))
		case "retry":
			r.Retry(int(step[1].(float64)))
		}
	}
	send := map[string]func(string) (*postern.Response, error){
		"get": r.Get, "post": r.Post, "put": r.Put, "patch": r.Patch, "delete": r.Delete, "head": r.Head,
	}
	response, err := send[c.Method](c.URL)
	if err != nil {
		return nil, err
	}
	header := response.HeaderValues(c.Header)
	if header == nil {
		header = []string{}
	}
	return map[string]any{
		"status": response.StatusCode,
		"text":   response.Text(),
		"length": len(response.Bytes()),
		"type":   response.ContentType(),
		"header": header,
	}, nil
}
