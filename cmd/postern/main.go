// Command postern runs workflow script tasks, sealed off, with OAuth
// connections they cannot read. "postern --help" lists its commands.
package main

import (
	"context"
	"io"
	"log" //nolint:depguard // net/http takes no other logger
	"os"
	"os/signal"
	"syscall"

	"github.com/postern-dev/postern/internal/cli"
	"github.com/postern-dev/postern/runtime"
)

func main() {
	runtime.WorkerMain()
	os.Exit(run(environment()))
}

// environment returns what the command gets from this process.
func environment() cli.Env {
	cacheDir, _ := os.UserCacheDir() // without a home there is none
	return cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		LookupEnv: os.LookupEnv, CacheDir: cacheDir,
	}
}

func run(env cli.Env) int {
	// What the command has to say goes through cli, which redacts it. Only libraries
	// use the log package, and what they quote may hold a secret.
	log.SetOutput(io.Discard)
	noCoreFile(env.LookupEnv)
	tuneCollector(env.LookupEnv)
	return cli.Main(untilSignal(), env)
}

// untilSignal returns a context that the first interrupt or request to end cancels. The
// second one ends the process at once, so its default action is restored before the
// context ends: what is done at the end of the context can be the cause of the second.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals)
		cancel()
	}()
	return ctx
}
