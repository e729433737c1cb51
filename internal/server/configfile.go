package server

import (
	"cmp"
	"encoding/base64"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/bytesize"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// File is what the configuration file of the server says, with defaults for what it does
// not. docs/SERVER.md describes the keys.
type File struct {
	Listen string // address
	URL    string // public URL; default: http:// and Listen

	Store string // sqlite:PATH or postgres://…, or a reference; "": that of oauth.toml, or a file
	Key   string // reference to its master key

	Connections []string // connections files
	Tasks       string   // folder

	CertFile, KeyFile string         // TLS
	TrustedProxies    []netip.Prefix // reverse proxies
	Metrics           string         // address of the private listener; "": none
	LogLevel          string         // debug, info, warn or error
	LogFormat         string         // text or json

	InProcess bool
	Limits    hostapi.Limits
	Tenants   Tenants

	Workers, MaxQueued, MaxRuns                   int
	MaxRunBytes                                   int64
	KeepAlive                                     time.Duration
	NotifyURL                                     string
	NotifySecretFile                              string
	KeepRuns, AuditKeep                           time.Duration
	IdleTimeout, Lifetime                         time.Duration
	AccessTokenTTL, RefreshTokenTTL, RefreshGrace time.Duration
	SessionsPerUser                               int
}

// Keys at the top of the file that a variable of the environment overrides, POSTERN_ and
// the key in upper case, see [ParseConfig].
func overridable() []string {
	return []string{"listen", "url", "store", "key", "tasks", "metrics", "log_level", "log_format"}
}

// Default listening address.
const defaultListen = "127.0.0.1:8080"

// ReadConfig reads the file at path; "": there is none, and all is default or in the
// environment. Relative paths in it are seen from its folder.
func ReadConfig(path string, lookupEnv func(string) (string, bool)) (*File, error) {
	var content []byte
	if path != "" {
		var err error
		if content, err = input.ReadText(path); err != nil {
			return nil, err
		}
	}
	f, err := ParseConfig(path, content, lookupEnv)
	if err != nil {
		return nil, err
	}
	beside := func(name *string) {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(filepath.Dir(path), *name)
		}
	}
	for i := range f.Connections {
		beside(&f.Connections[i])
	}
	for _, name := range []*string{&f.Tasks, &f.CertFile, &f.KeyFile, &f.NotifySecretFile} {
		beside(name)
	}
	if file, ok := strings.CutPrefix(f.Store, "sqlite:"); ok {
		beside(&file)
		f.Store = "sqlite:" + file
	}
	if file, ok := strings.CutPrefix(f.Key, "file:"); ok {
		beside(&file)
		f.Key = "file:" + file
	}
	return f, nil
}

// ParseConfig reads the content of a configuration file. An error joins all mistakes.
func ParseConfig(file string, content []byte, lookupEnv func(string) (string, bool)) (*File, error) {
	doc, top := stricttoml.Parse(file, content, true)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	top.Only(append(overridable(), "connections", "isolation", "tls", "trusted_proxies", "limits", "tenants", "runs", "audit", "sessions", "api_clients", "keep_alive", "notify")...)
	text := func(key string) string {
		if lookupEnv != nil && slices.Contains(overridable(), key) {
			if value, ok := lookupEnv("POSTERN_" + strings.ToUpper(key)); ok {
				return value
			}
		}
		return top.Text(key)
	}
	f := &File{
		Listen: cmp.Or(text("listen"), defaultListen), URL: text("url"), Store: text("store"), Key: text("key"), Tasks: text("tasks"),
		Connections: top.Texts("connections"), Metrics: text("metrics"),
		LogLevel: cmp.Or(text("log_level"), "info"), LogFormat: cmp.Or(text("log_format"), "text"),
	}
	f.checkAddresses(top)
	f.readTLS(top)
	switch isolation := top.Text("isolation"); isolation {
	case "", "process":
	case "inprocess":
		f.InProcess = true
	default:
		top.Fail("isolation", "is neither process nor inprocess", "")
	}
	for name, allowed := range map[string][]string{"log_level": {"debug", "info", "warn", "error"}, "log_format": {"text", "json"}} {
		if value := text(name); value != "" && !slices.Contains(allowed, value) {
			top.Fail(name, "is not one of "+strings.Join(allowed, ", "), "")
		}
	}
	f.readTables(top)
	return f, doc.Err()
}

func (f *File) checkAddresses(top *stricttoml.Table) {
	host, port, err := net.SplitHostPort(f.Listen)
	if err != nil {
		top.Fail("listen", "is not an address", `write "HOST:PORT", such as "127.0.0.1:8080", or ":8080" for all addresses`)
		return
	}
	if f.Metrics != "" {
		if _, _, err := net.SplitHostPort(f.Metrics); err != nil {
			top.Fail("metrics", "is not an address", `write "HOST:PORT", such as "127.0.0.1:9090"`)
		}
	}
	if f.URL == "" {
		if !hostapi.IsLoopback(host) {
			top.Fail("url", "is missing", `the server listens on more than loopback: write the URL that browsers use, such as url = "https://postern.example.com"`)
		}
		if port != "0" {
			f.URL = "http://" + f.Listen
		}
		return
	}
	u, err := url.Parse(f.URL)
	isWeb := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && hostapi.IsLoopback(u.Hostname()))
	if !isWeb || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		top.Fail("url", "is not the URL of a server", `write https:// and the host, such as "https://postern.example.com"; http:// is for loopback only`)
		return
	}
	f.URL = u.Scheme + "://" + u.Host
}

func (f *File) readTLS(top *stricttoml.Table) {
	tls := top.Table("tls")
	tls.Only("cert_file", "key_file")
	f.CertFile, f.KeyFile = tls.Text("cert_file"), tls.Text("key_file")
	if (f.CertFile == "") != (f.KeyFile == "") {
		top.Fail("tls", "needs both cert_file and key_file", "")
	}
	for _, text := range top.Texts("trusted_proxies") {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil {
				top.Fail("trusted_proxies", "has text that is neither an address nor a range", `write "10.0.0.1" or "10.0.0.0/8"`)
				continue
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		f.TrustedProxies = append(f.TrustedProxies, prefix)
	}
}

func (f *File) readTables(top *stricttoml.Table) {
	readLimits(top.Table("limits"), &f.Limits)
	f.Tenants = readTenants(top.Table("tenants"))
	runs := top.Table("runs")
	runs.Only("workers", "max_queued", "keep", "max_kept", "max_bytes")
	f.Workers, f.MaxQueued, f.MaxRuns = int(runs.Whole("workers")), int(runs.Whole("max_queued")), int(runs.Whole("max_kept"))
	f.KeepRuns = duration(runs, "keep")
	if text := runs.Text("max_bytes"); text != "" {
		var ok bool
		if f.MaxRunBytes, ok = bytesize.Parse(text); !ok || f.MaxRunBytes == 0 {
			runs.Fail("max_bytes", "is not a size", `write it as "4GiB"`)
		}
	}
	f.KeepAlive = duration(top, "keep_alive")
	f.readNotify(top.Table("notify"))
	audit := top.Table("audit")
	audit.Only("keep")
	f.AuditKeep = duration(audit, "keep")
	sessions := top.Table("sessions")
	sessions.Only("idle_timeout", "lifetime")
	f.IdleTimeout, f.Lifetime = duration(sessions, "idle_timeout"), duration(sessions, "lifetime")
	clients := top.Table("api_clients")
	clients.Only("access_token_ttl", "refresh_token_ttl", "refresh_grace", "sessions_per_user")
	f.AccessTokenTTL, f.RefreshTokenTTL = duration(clients, "access_token_ttl"), duration(clients, "refresh_token_ttl")
	f.RefreshGrace, f.SessionsPerUser = duration(clients, "refresh_grace"), int(clients.Whole("sessions_per_user"))
	const longestGrace = 30 * time.Second
	if f.RefreshGrace > longestGrace {
		clients.Fail("refresh_grace", "is more than 30s", "")
	}
}

func (f *File) readNotify(notify *stricttoml.Table) {
	notify.Only("url", "secret_file")
	f.NotifyURL, f.NotifySecretFile = notify.Text("url"), notify.Text("secret_file")
	if f.NotifyURL == "" {
		if f.NotifySecretFile != "" {
			notify.Fail("url", "is missing", "")
		}
		return
	}
	u, err := url.Parse(f.NotifyURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !hostapi.IsLoopback(u.Hostname())) {
		notify.Fail("url", "is not the URL of a webhook", "write https:// and the host; http:// is for loopback only")
	}
}

// NotifySecret reads the secret that signs messages: the text of a secret of Standard
// Webhooks, which is base64 with the prefix whsec_ or without. It is nil if no file is named.
func (f *File) NotifySecret() ([]byte, error) {
	if f.NotifySecretFile == "" {
		return nil, nil
	}
	text, err := input.ReadText(f.NotifySecretFile)
	if err != nil {
		return nil, err
	}
	const shortest, longest = 24, 64
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(text)), "whsec_"))
	if err != nil || len(secret) < shortest || len(secret) > longest {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "notify", Name: f.NotifySecretFile, Message: "is not the secret of a webhook",
			Hint: "write 24 to 64 random bytes in base64, after whsec_: openssl rand -base64 32",
		}
	}
	return secret, nil
}

// duration returns the duration at key, such as "12h"; 0 if it is absent.
func duration(t *stricttoml.Table, key string) time.Duration {
	if !t.Has(key) {
		return 0
	}
	d, err := time.ParseDuration(t.Text(key))
	if err != nil || d <= 0 {
		t.Fail(key, "is not a duration", `write it as "90s", "12h" or "720h"`)
		return 0
	}
	return d
}
