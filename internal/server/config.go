package server

import (
	"log/slog"
	"net"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Config configures [Open]. [ParseConfig] reads it from a file.
type Config struct {
	Version string // of the program

	// URL is where browsers and API clients reach the server: https, or http for loopback.
	// Required.
	URL string

	DB  *database.DB // the store; closed by [Server.Close]. Required.
	Key []byte       // its master key. Required.

	Connections *connection.Set // those of files. Required.
	Tasks       string          // folder of tasks; "": none
	CacheDir    string          // for compiled WebAssembly; "": none

	InProcess bool // JavaScript runs in this process, for scripts that are trusted
	Limits    hostapi.Limits
	Tenants   Tenants // default: none has bounds

	Egress EgressBounds
	Engine EngineBounds

	Workers     int // runs at once; 0: 16
	MaxQueued   int // 0: 10,000
	KeepRuns    time.Duration
	MaxRuns     int
	MaxRunBytes int64         // of kept runs; 0: 4 GiB
	KeepAlive   time.Duration // age at which a refresh token is used; 0: they are left alone
	AuditKeep   time.Duration // of the audit trail; 0: 365 days, negative: for ever
	IdleTimeout time.Duration // of sessions; 0: 12 h
	Lifetime    time.Duration // of sessions; 0: 7 days

	PasswordMemory uint32 // of a hash in KiB, see [accounts.Config]; 0: 19 MiB

	AccessTokenTTL  time.Duration // of API clients; 0: 12 h
	RefreshTokenTTL time.Duration // 0: 30 days
	SessionsPerUser int           // with one API client; 0: 10
	RefreshGrace    time.Duration

	// TrustedProxies are the addresses of reverse proxies, whose X-Forwarded-For tells the address of the
	// client. Default: none.
	TrustedProxies []netip.Prefix

	ReadHeaderTimeout time.Duration // of a request; 0: 10 s
	ReadTimeout       time.Duration // of a request with its body; 0: 2 min
	WriteTimeout      time.Duration // of a response; 0: 5 min
	MaxConns          int           // open connections; 0: 10,000

	Log *slog.Logger // required

	// NotifyURL gets a signed message when a connection begins to fail, and when it works
	// again. Without NotifySecret it is not signed. Default: none.
	NotifyURL    string
	NotifySecret []byte

	// Metrics is where metrics and profiles are served, to anyone who can connect. Nil: nowhere.
	Metrics net.Listener

	// Tracer gets spans of requests, runs and token fetches. Nil: none are made.
	Tracer trace.TracerProvider
}
