package server

import (
	"cmp"
	"encoding/base64"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
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

	Egress EgressBounds
	Engine EngineBounds

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

// overridable are the keys at the top of the file that a variable of the environment overrides.
func overridable() []string {
	return []string{"listen", "url", "store", "key", "tasks", "metrics", "log_level", "log_format", "isolation", "keep_alive"}
}

// tableKeys are the keys of tables, which a variable of the environment overrides too.
func tableKeys() map[string][]string {
	return map[string][]string{
		"tls":         {"cert_file", "key_file"},
		"runs":        {"workers", "max_queued", "keep", "max_kept", "max_bytes"},
		"engine":      {"tasks", "tasks_per_tenant", "queue", "processes", "spare_processes", "processes_memory"},
		"egress":      {"max_conns", "max_conns_per_host", "max_requests_per_host", "max_waiting"},
		"audit":       {"keep"},
		"sessions":    {"idle_timeout", "lifetime"},
		"api_clients": {"access_token_ttl", "refresh_token_ttl", "refresh_grace", "sessions_per_user"},
		"notify":      {"url", "secret_file"},
	}
}

// override sets what variables of the environment say: POSTERN_, the name of the table with an underscore if the key is in
// one, and the key, in upper case.
func override(top *stricttoml.Table, lookupEnv func(string) (string, bool)) {
	set := func(table, key string) {
		name := "POSTERN_" + strings.ToUpper(key)
		if table != "" {
			name = "POSTERN_" + strings.ToUpper(table+"_"+key)
		}
		text, ok := lookupEnv(name)
		if !ok {
			return
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			top.Set(table, key, n, name)
			return
		}
		top.Set(table, key, text, name)
	}
	for _, key := range overridable() {
		set("", key)
	}
	for table, keys := range tableKeys() {
		for _, key := range keys {
			set(table, key)
		}
	}
}

// tableOf returns a table of the file, which has no other keys than it may have.
func tableOf(top *stricttoml.Table, name string) *stricttoml.Table {
	t := top.Table(name)
	t.Only(tableKeys()[name]...)
	return t
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
	if lookupEnv != nil {
		override(top, lookupEnv)
	}
	known := append(overridable(), "connections", "trusted_proxies", "limits", "tenants")
	top.Only(append(known, slices.Sorted(maps.Keys(tableKeys()))...)...)
	f := &File{
		Listen: cmp.Or(top.Text("listen"), defaultListen), URL: top.Text("url"), Store: top.Text("store"), Key: top.Text("key"), Tasks: top.Text("tasks"),
		Connections: top.Texts("connections"), Metrics: top.Text("metrics"),
		LogLevel: cmp.Or(top.Text("log_level"), "info"), LogFormat: cmp.Or(top.Text("log_format"), "text"),
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
		if value := top.Text(name); value != "" && !slices.Contains(allowed, value) {
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
	tls := tableOf(top, "tls")
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
	runs := tableOf(top, "runs")
	f.Workers, f.MaxQueued, f.MaxRuns = int(runs.Whole("workers")), int(runs.Whole("max_queued")), int(runs.Whole("max_kept"))
	f.KeepRuns = duration(runs, "keep")
	f.MaxRunBytes = size(runs, "max_bytes")
	f.readBounds(tableOf(top, "engine"), tableOf(top, "egress"))
	f.KeepAlive = duration(top, "keep_alive")
	f.readNotify(tableOf(top, "notify"))
	if audit := tableOf(top, "audit"); audit.Text("keep") == "forever" {
		f.AuditKeep = -1
	} else {
		f.AuditKeep = duration(audit, "keep")
	}
	sessions := tableOf(top, "sessions")
	f.IdleTimeout, f.Lifetime = duration(sessions, "idle_timeout"), duration(sessions, "lifetime")
	clients := tableOf(top, "api_clients")
	f.AccessTokenTTL, f.RefreshTokenTTL = duration(clients, "access_token_ttl"), duration(clients, "refresh_token_ttl")
	f.RefreshGrace, f.SessionsPerUser = duration(clients, "refresh_grace"), int(clients.Whole("sessions_per_user"))
	const longestGrace = 30 * time.Second
	if f.RefreshGrace > longestGrace {
		clients.Fail("refresh_grace", "is more than 30s", "")
	}
}

func (f *File) readNotify(notify *stricttoml.Table) {
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

// size returns the size at key, such as "4GiB"; 0 if it is absent.
func size(t *stricttoml.Table, key string) int64 {
	if !t.Has(key) {
		return 0
	}
	n, ok := bytesize.Parse(t.Text(key))
	if !ok || n == 0 {
		t.Fail(key, "is not a size", `write it as "4GiB"`)
	}
	return n
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
