package connection

import (
	"crypto/sha256"
	"sync"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/egress"
)

// way is how requests for a connection go out. The zero way is that of all others.
type way struct {
	tls   [sha256.Size]byte // of the settings
	proxy string            // with its password
}

func wayOf(c *oauthtoml.Connection) way {
	w := way{tls: c.TLSSum}
	if c.Proxy != nil {
		w.proxy = c.Proxy.String()
	}
	return w
}

// ways are the clients of a manager: one for all connections, and their accounts,
// that go the same way.
type ways struct {
	common *egress.Client // for the zero way; it is the caller's

	mu  sync.Mutex
	own map[way]*egress.Client
}

func (w *ways) client(c *oauthtoml.Connection) *egress.Client {
	if !c.OwnWay() {
		return w.common
	}
	key := wayOf(c)
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
		w.own = make(map[way]*egress.Client)
	}
	w.own[key] = client
	return client
}

// close closes the connections of all clients but the common one.
func (w *ways) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, client := range w.own {
		client.Close()
	}
}
