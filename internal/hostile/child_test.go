//go:build linux

package hostile

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// childVariable tells the test binary to run the attacks that it reads from its standard input.
const childVariable = "POSTERN_HOSTILE_CHILD"

func TestMain(m *testing.M) {
	runtime.WorkerMain()
	if os.Getenv(childVariable) != "" {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// job is an attack to run.
type job struct {
	Name   string // of the file
	Code   []byte
	Limit  time.Duration
	Server string // the address of newServer
	Ring   int    // 2: JavaScript runs, and WebAssembly is compiled, in a worker process
}

// report is how it ended.
type report struct {
	Code    string // ok, or a hostapi.Code
	Message string
	Reached string        // the name of the limit that was reached, if one was
	Late    time.Duration // after the deadline
	Grew    int64         // bytes of memory that the process, or a worker, took at its peak
	Probe   string        // the error of a harmless script afterwards
	Running bool          // something of it is still in progress, and ends with the process
}

// addressSpace is what a child may take, so that an attack that takes memory without end does
// not harm the machine. The detector of races needs more.
const addressSpace = 3 << 30

// serve runs jobs until its input ends.
func serve() error {
	for limit, value := range map[int]uint64{syscall.RLIMIT_CORE: 0, syscall.RLIMIT_AS: addressSpace} {
		if raceDetector && limit == syscall.RLIMIT_AS {
			continue
		}
		if err := syscall.Setrlimit(limit, &syscall.Rlimit{Cur: value, Max: value}); err != nil {
			return err
		}
	}
	// Workers end with the last engine that has them.
	workers := new(runtime.Workers)
	defer runtime.New(runtime.Config{Isolation: workers}).Close() //nolint:errcheck // the process ends
	jobs, reports := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	for {
		var j job
		if jobs.Decode(&j) != nil {
			return nil // the end
		}
		r, err := attack(&j, workers)
		if err == nil {
			err = reports.Encode(r)
		}
		if err != nil {
			return err
		}
	}
}

// attack runs an attack, and then a harmless script on the same engine.
func attack(j *job, workers *runtime.Workers) (*report, error) {
	server, err := url.Parse(j.Server)
	if err != nil {
		return nil, err
	}
	config := runtime.Config{
		Connector: egress.New(egress.Config{Allow: []hostapi.Rule{{Host: server.Hostname(), Port: server.Port()}}}),
	}
	if j.Ring == 2 {
		config.Isolation = workers
	}
	engine := runtime.New(config)
	m, err := measure(j.Limit)
	if err != nil {
		return nil, err
	}
	// What counts is what is in use. Without this the collector would let as much garbage be.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(m.inUse + hostapi.DefaultLimits().Memory + slack/2))
	ctx, cancel := context.WithTimeout(context.Background(), j.Limit)
	defer cancel()
	r := &report{Code: "ok"}
	if err := run(ctx, engine, j); err != nil {
		r.Code, r.Message = string(hostapi.CodeOf(err)), fmt.Sprintf("%.300v", err)
		if reached, ok := errors.AsType[*hostapi.LimitError](err); ok {
			r.Reached = reached.Limit
		}
	}
	r.Late = m.late()
	if r.Grew, err = m.grew(); err != nil {
		return nil, err
	}
	r.Probe = probe(engine)
	r.Running = engine.Close() != nil
	return r, nil
}

// run compiles and runs the attack.
func run(ctx context.Context, engine *runtime.Engine, j *job) error {
	script, err := engine.Compile(ctx, runtime.Source{Name: filepath.Base(j.Name), Code: j.Code})
	if err != nil {
		return err
	}
	_, err = engine.Run(ctx, runtime.Task{Script: script, Data: map[string]any{"server": j.Server}})
	return err
}

// probe runs a script that an earlier one may have left something for.
func probe(engine *runtime.Engine) string {
	const source = `
		for (const o of [globalThis, Object, Array, String, Function, Promise, JSON, Math, Error, Map]) {
			for (const k in o) if (k !== 'data' && k !== 'retVal') throw new Error('found ' + k)
			for (const k in o.prototype) throw new Error('found ' + k)
		}
		if ([3, 1, 2].sort().join('') !== '123' || JSON.stringify({ a: [1] }) !== '{"a":[1]}') throw new Error('changed')
		if ((function () { return typeof Error.prepareStackTrace })() !== 'undefined') throw new Error('found prepareStackTrace')
		engine.setDataByVarName('done', 'yes')
	`
	ctx := context.Background()
	script, err := engine.Compile(ctx, runtime.Source{Name: "probe.js", Code: []byte(source)})
	if err != nil {
		return err.Error()
	}
	result, err := engine.Run(ctx, runtime.Task{Script: script})
	if err == nil && result.Data["done"] != "yes" {
		err = errors.New("the script did nothing")
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
