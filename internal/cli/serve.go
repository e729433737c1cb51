package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/server"
	"github.com/postern-dev/postern/store"
)

// defaultServerConfig is the configuration file of the server that is read if there is
// one.
const defaultServerConfig = "server.toml"

// defaultServerStore is the database of a server whose settings name none.
const defaultServerStore = "postern.db"

func (a *app) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve tasks, runs and connections to browsers and API clients",
		Long: `Serves pages for people and an HTTP API for programs, until Ctrl-C or SIGTERM: runs in
progress then have --grace to end, and are taken up again later if they may be repeated.

In an empty folder it makes a store, postern.db, and its key, postern.key. On its first
start it prints a link, by which the first operator sets a password. The settings are in
server.toml; each that is not in a table can also be given by the environment, such as
POSTERN_URL. Connections are those of oauth.toml and those made in the browser, tasks
those of the folder that tasks names and those sent to the API.`,
		Example: `  postern serve
  postern serve --listen 127.0.0.1:9000 --tasks tasks
  postern serve --config /etc/postern/server.toml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.serve(cmd.Context(), f)
		},
	}
	a.configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.listen, "listen", "", "listen on `ADDRESS` instead of that of the settings (default 127.0.0.1:8080); port 0 takes\na free one")
	cmd.Flags().StringVar(&f.tasks, "tasks", "", "read tasks from `FOLDER` instead of that of the settings")
	cmd.Flags().DurationVar(&f.grace, "grace", 30*time.Second, "let runs and requests in progress go on for `DURATION` at the end")
	a.connectionsFlag(cmd, &f.connections)
	return cmd
}

type serveFlags struct {
	config, listen, tasks string
	connections           []string
	grace                 time.Duration
}

// configFlag adds --config. The file that is the default may be missing.
func (a *app) configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", "", "read the settings of the server from `FILE` (default "+defaultServerConfig+", if it is there)")
	complete(cmd, "config", extensions("toml"))
}

func (a *app) serve(ctx context.Context, f serveFlags) (err error) {
	settings, err := a.serverSettings(f)
	if err != nil {
		return err
	}
	if settings.Tasks != "" {
		if err := checkFolder("", settings.Tasks); err != nil {
			return err
		}
	}
	files := settings.Connections
	if len(files) == 0 {
		files = f.connections
	}
	c, err := openConnections(ctx, files, a.withSecrets())
	if err != nil {
		return err
	}
	db, key, err := a.serverStore(settings, c)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, settings)
	if err != nil {
		_ = db.Close() // nothing was written
		return err
	}
	if settings.URL == "" { // port 0
		settings.URL = "http://" + listener.Addr().String()
	}
	metrics, err := listenForMetrics(ctx, settings)
	if err != nil {
		return errors.Join(err, listener.Close(), db.Close())
	}
	tracer, flush, err := a.tracer(ctx)
	if err != nil {
		return errors.Join(err, listener.Close(), db.Close())
	}
	defer flush()
	secret, err := settings.NotifySecret()
	if err != nil {
		return errors.Join(err, listener.Close(), db.Close())
	}
	s, err := server.Open(ctx, server.Config{
		NotifyURL: settings.NotifyURL, NotifySecret: secret, KeepAlive: settings.KeepAlive, MaxRunBytes: settings.MaxRunBytes,
		Metrics: metrics, Tracer: tracer,
		Version: Version, URL: settings.URL, DB: db, Key: key, Connections: c.set, Tasks: settings.Tasks,
		CacheDir: wasmCacheDir(a.env.CacheDir), InProcess: settings.InProcess, Limits: settings.Limits, Tenants: settings.Tenants,
		Egress: settings.Egress, Engine: settings.Engine,
		Workers: settings.Workers, MaxQueued: settings.MaxQueued, KeepRuns: settings.KeepRuns, MaxRuns: settings.MaxRuns,
		AuditKeep: settings.AuditKeep, IdleTimeout: settings.IdleTimeout, Lifetime: settings.Lifetime,
		AccessTokenTTL: settings.AccessTokenTTL, RefreshTokenTTL: settings.RefreshTokenTTL, RefreshGrace: settings.RefreshGrace,
		SessionsPerUser: settings.SessionsPerUser, TrustedProxies: settings.TrustedProxies, Log: a.serverLog(settings),
	})
	if err != nil {
		_ = listener.Close() // the first error is returned
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.grace)
		defer cancel()
		err = errors.Join(err, s.Close(end))
	}()
	if err := a.greet(ctx, s, settings.URL); err != nil {
		return err
	}
	return s.Serve(ctx, listener, f.grace)
}

// greet prints the address, and the link of the first operator if there is none.
func (a *app) greet(ctx context.Context, s *server.Server, url string) error {
	link, err := s.SetupLink(ctx)
	if err != nil {
		return err
	}
	text := "postern: serving " + url + "\n"
	if link != "" {
		text += "postern: to set up the first operator, open " + link + "\n"
	}
	return a.out.tell([]byte(text))
}

// serverSettings reads the configuration file, and applies the flags.
func (a *app) serverSettings(f serveFlags) (*server.File, error) {
	path := f.config
	if path == "" && exists(defaultServerConfig) {
		path = defaultServerConfig
	}
	lookup := func(name string) (string, bool) {
		switch {
		case name == "POSTERN_LISTEN" && f.listen != "":
			return f.listen, true
		case name == "POSTERN_TASKS" && f.tasks != "":
			return f.tasks, true
		case a.env.LookupEnv == nil:
			return "", false
		}
		return a.env.LookupEnv(name)
	}
	return server.ReadConfig(path, lookup)
}

// serverStore opens the database of the settings, or of [store] in oauth.toml, or makes
// one.
func (a *app) serverStore(settings *server.File, c *connections) (*database.DB, []byte, error) {
	config, err := storeConfig(c.set, c.storeFile())
	if err != nil {
		return nil, nil, err
	}
	if settings.Store != "" || config.URL == "" {
		if config, err = a.ownStore(settings); err != nil {
			return nil, nil, err
		}
	}
	if config.Prefix != "" || config.Schema != "" {
		return nil, nil, usageError("serve", "[store] has a prefix or a schema", "the server has its tables in the default schema: leave them out")
	}
	db, err := database.Open(config.URL, 0)
	return db, config.Key, err
}

// storePlaces returns the store of the settings and its key, which by default are files.
func storePlaces(settings *server.File) (url, key string) {
	url, key = settings.Store, settings.Key
	if url == "" {
		url = "sqlite:" + defaultServerStore
	}
	if key == "" {
		key = "postern.key"
		if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
			key = filepath.Join(filepath.Dir(file), key)
		}
		key = "file:" + key
	}
	return url, key
}

// ownStore returns the store of the settings. One that does not exist, and has the key that
// is the default, gets a new key.
func (a *app) ownStore(settings *server.File) (store.Config, error) {
	url, key := storePlaces(settings)
	file, isFile := strings.CutPrefix(url, "sqlite:")
	keyFile := strings.TrimPrefix(key, "file:")
	switch {
	case strings.HasPrefix(key, "file:") && !exists(keyFile) && (settings.Key != "" || !isFile):
		return store.Config{}, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "serve", Name: keyFile, Message: "there is no such file, and it has the master key of the store",
			Hint: command("keys new", keyFile) + " makes one; a store that was used before needs its own: restore that",
		}
	case settings.Key != "" || !isFile || exists(keyFile):
	case exists(file):
		return store.Config{}, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "serve", Name: keyFile, Message: "there is no such file, and the store " + file + " cannot be read without its key",
			Hint: "restore the key, or name it with key in the settings",
		}
	case !exists(filepath.Dir(file)):
		return store.Config{}, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "serve", Name: file, Message: "its folder does not exist", Hint: "create it, with mode 0700",
		}
	default:
		if err := createKeyFile("serve", keyFile); err != nil {
			return store.Config{}, err
		}
	}
	return a.resolveStore(url, key)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// resolveStore resolves the references of a store and its key.
func (a *app) resolveStore(url, key string) (store.Config, error) {
	set, err := connection.Parse("", storeTable(url, key), connection.ParseOptions{LookupEnv: a.env.LookupEnv, Dir: "."})
	if err != nil {
		message, hint := explanation(err)
		return store.Config{}, usageError("serve", message, hint)
	}
	return storeConfig(set, "")
}

// listen listens on the address of the settings, with TLS if they have a certificate.
func listen(ctx context.Context, settings *server.File) (net.Listener, error) {
	listener, err := listenOn(ctx, settings.Listen)
	if err != nil {
		return nil, err
	}
	if settings.CertFile == "" {
		return listener, nil
	}
	pair, err := certificate(settings)
	if err != nil {
		_ = listener.Close() // the first error is returned
		return nil, err
	}
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	}), nil
}

// listenForMetrics listens on the address for metrics; nil: there is none.
func listenForMetrics(ctx context.Context, settings *server.File) (net.Listener, error) {
	if settings.Metrics == "" {
		return nil, nil //nolint:nilnil // none
	}
	return listenOn(ctx, settings.Metrics)
}

func listenOn(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		return listener, nil
	}
	message := err.Error()
	if e, ok := errors.AsType[*net.OpError](err); ok {
		message = e.Err.Error()
	}
	return nil, &hostapi.Error{
		Code: hostapi.CodeConfig, Op: "listen", Name: address, Message: message, Hint: "choose another address, or end the program that has it",
	}
}

// certificate returns that of the settings.
func certificate(settings *server.File) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(settings.CertFile, settings.KeyFile)
	if err == nil {
		return pair, nil
	}
	name := settings.CertFile
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		name = e.Path
	}
	return pair, &hostapi.Error{
		Code: hostapi.CodeConfig, Op: "tls", Name: name, Message: strings.TrimPrefix(input.Reason(err), "tls: "),
		Hint: "cert_file is the certificate with those between it and the root, and key_file its private key, both in PEM",
	}
}

// serverLog returns the log of the server, on stderr.
func (a *app) serverLog(settings *server.File) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(settings.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if settings.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.env.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.env.Stderr, options))
}
