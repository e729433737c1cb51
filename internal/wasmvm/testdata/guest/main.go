//go:build wasip1

// A guest that does one thing: what the data item "do" says.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	postern "github.com/postern-dev/postern/guest/go"
)

//go:wasmexport run
func run() int32 { return postern.Run(task) }

func main() {}

var runs int

func task() error {
	runs++
	var do string
	if err := postern.FindData("do", &do); err != nil {
		return err
	}
	switch do {
	case "nothing":
		return nil
	case "data":
		return data()
	case "log":
		return errors.Join(
			postern.Log(postern.LevelDebug, "d"), postern.Log(postern.LevelInfo, "i"),
			postern.Log(postern.LevelWarn, "w"), postern.Log(postern.LevelError, "e"))
	case "token":
		token, err := postern.OAuth2Token("crm")
		if err != nil {
			return err
		}
		return postern.SetData("token", token)
	case "no token":
		_, err := postern.OAuth2Token("other")
		return err
	case "no token, wrapped":
		_, err := postern.OAuth2Token("other")
		return fmt.Errorf("sync: %w", err)
	case "no token, recovered":
		_, err := postern.OAuth2Token("other")
		var e *postern.Error
		if !errors.As(err, &e) {
			return errors.New("not an *Error")
		}
		return postern.SetData("error", e.Code+" | "+e.Message+" | "+e.Hint)
	case "error":
		return errors.New("the reason")
	case "request":
		return request()
	case "empty token":
		_, err := postern.Begin().Bearer("").Get("https://api.example.com/")
		return err
	case "limit":
		return postern.SetData("limit", postern.RequestingLimit())
	case "sandbox":
		return sandbox()
	case "sleep":
		start := time.Now()
		time.Sleep(20 * time.Millisecond)
		return postern.SetData("slept", time.Since(start) >= 20*time.Millisecond)
	case "print":
		fmt.Println("out")
		fmt.Fprint(os.Stderr, "err")
		return nil
	case "panic":
		panic("boom")
	case "index":
		return fmt.Errorf("%d", []int{}[runs])
	case "exit":
		os.Exit(3)
	case "deadlock":
		select {}
	case "loop":
		for {
			runs++
		}
	case "recurse":
		return fmt.Errorf("%d", recurse(runs))
	case "memory":
		var all [][]byte
		for {
			all = append(all, make([]byte, 1<<20))
			runs += len(all)
		}
	case "runs":
		return postern.SetData("runs", runs)
	}
	return fmt.Errorf("cannot do %q", do)
}

func recurse(n int) int { return recurse(n+1) + 1 }

func data() error {
	var in map[string]any
	if err := postern.FindData("in", &in); err != nil {
		return err
	}
	if err := postern.SetData("out", in); err != nil {
		return err
	}
	var none *string
	if err := postern.FindData("none", &none); err != nil {
		return err
	}
	if none != nil {
		return errors.New("an item without a value is not nil")
	}
	if err := postern.SetData("number", json.Number("0.10")); err != nil {
		return err
	}
	return postern.SetData("gone", nil)
}

func request() error {
	var how string
	if err := postern.FindData("how", &how); err != nil {
		return err
	}
	const url = "https://api.example.com/x"
	r := postern.Begin().Header("X-A", "1").Header("X-A", "2").QueryParam("q", "a b")
	var resp *postern.Response
	var err error
	switch how {
	case "get":
		resp, err = r.Basic("me", "pw").AuthSetting("crm").Retry(2).Get(url)
	case "form":
		resp, err = r.Bearer("t").FormParam("k", "v").FormParam("k", "").Post(url)
	case "body":
		resp, err = r.Authorization("Key", "k").Body([]byte{0, 0xff}, "application/x").Put(url)
	case "empty body":
		resp, err = r.Body(nil, "text/plain").Patch(url)
	case "signed":
		resp, err = r.AWSSignV4("a", "s", "us-east-1", "s3").Head(url)
	case "multipart":
		resp, err = r.Multipart("a", "é").MultipartFile("f", "f.bin", "image/png", []byte{0, 1}).Post(url)
	}
	if err != nil {
		return err
	}
	return postern.SetData("response", map[string]any{
		"status": resp.StatusCode, "type": resp.ContentType(), "values": resp.HeaderValues("x-many"),
		"none": len(resp.HeaderValues("x-none")), "text": resp.Text(), "bytes": resp.Bytes(),
	})
}

// sandbox stores what it found that it should not have.
func sandbox() error {
	found := map[string]string{}
	if _, err := os.ReadFile("/etc/passwd"); err == nil {
		found["file"] = "read"
	}
	if err := os.WriteFile("x", nil, 0o600); err == nil {
		found["file"] = "written"
	}
	if _, err := os.ReadDir("."); err == nil {
		found["directory"] = "read"
	}
	if env := os.Environ(); len(env) > 0 {
		found["environment"] = env[0]
	}
	if len(os.Args) != 1 {
		found["arguments"] = fmt.Sprint(os.Args)
	}
	if n, err := os.Stdin.Read(make([]byte, 1)); n > 0 || err == nil {
		found["stdin"] = "read"
	}
	if time.Now().Year() < 2026 {
		found["clock"] = time.Now().String()
	}
	return postern.SetData("found", found)
}
