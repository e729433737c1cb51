package connection

import (
	"crypto/sha256"
	goruntime "runtime"
	"sync"
	"weak"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/egress"
)

// route identifies the TLS settings and proxy of a connection's requests. The zero
// route is the common one.
type route struct {
	tls   [sha256.Size]byte // sum of the settings
	proxy string            // with its password
}

func routeOf(c *oauthtoml.Connection) route {
	w := route{tls: c.TLSSum}
	if c.Proxy != nil {
		w.proxy = c.Proxy.String()
	}
	return w
}

// routes holds the clients of a manager: one for all connections and accounts with the
// same route.
type routes struct {
	common *egress.Client // for the zero route; owned by the caller

	mu  sync.Mutex
	own map[route]weak.Pointer[way]
}

// way is the client of one route. It is closed when no entry uses it any more.
type way struct{ client *egress.Client }

// of returns the client for a connection, and what its entries keep as long as they use
// it; nil for the common one.
func (w *routes) of(c *oauthtoml.Connection) (*egress.Client, *way) {
	if !c.OwnRoute() {
		return w.common, nil
	}
	key := routeOf(c)
	w.mu.Lock()
	defer w.mu.Unlock()
	if known := w.own[key].Value(); known != nil {
		return known.client, known
	}
	client := w.common
	if c.Proxy != nil {
		client = client.WithProxy(c.Proxy)
	}
	if c.TLS != nil {
		client = client.WithTLS(c.TLS)
	}
	made := &way{client}
	if w.own == nil {
		w.own = make(map[route]weak.Pointer[way])
	}
	w.own[key] = weak.Make(made)
	goruntime.AddCleanup(made, func(client *egress.Client) { w.drop(key, client) }, client)
	return client, made
}

// drop closes a client that no entry has any more.
func (w *routes) drop(key route, client *egress.Client) {
	client.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.own[key].Value() == nil { // not made again since
		delete(w.own, key)
	}
}

// close closes the network connections of all clients but the common one.
func (w *routes) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, known := range w.own {
		if made := known.Value(); made != nil {
			made.client.Close()
		}
	}
}
