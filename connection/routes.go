package connection

import (
	"crypto/sha256"
	"sync"

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
	own map[route]*egress.Client
}

func (w *routes) client(c *oauthtoml.Connection) *egress.Client {
	if !c.OwnRoute() {
		return w.common
	}
	key := routeOf(c)
	w.mu.Lock()
	defer w.mu.Unlock()
	client, ok := w.own[key]
	if ok {
		return client
	}
	client = w.common
	if c.Proxy != nil {
		client = client.WithProxy(c.Proxy)
	}
	if c.TLS != nil {
		client = client.WithTLS(c.TLS)
	}
	if w.own == nil {
		w.own = make(map[route]*egress.Client)
	}
	w.own[key] = client
	return client
}

// close closes the network connections of all clients but the common one.
func (w *routes) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, client := range w.own {
		client.Close()
	}
}
