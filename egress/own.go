package egress

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// ownAddresses are the addresses of this machine's network interfaces. A public one is no
// special address, yet leads to services that a firewall may keep from other machines.
type ownAddresses struct {
	list func() ([]net.Addr, error) // net.InterfaceAddrs; another one in tests

	mu    sync.Mutex
	known []netip.Addr
	until time.Time // known is used
}

// knownFor is how long a list of addresses is used. Machines rarely get new ones.
const knownFor = 30 * time.Second

// has reports whether addr, unmapped and without zone, is one of them. Where the system
// does not tell, none is.
func (o *ownAddresses) has(addr netip.Addr) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := time.Now(); !now.Before(o.until) {
		o.until, o.known = now.Add(knownFor), o.known[:0]
		addrs, _ := o.list() // with an error, it is empty
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				o.known = append(o.known, p.Addr().Unmap().WithZone(""))
			}
		}
	}
	for _, own := range o.known {
		if own == addr {
			return true
		}
	}
	return false
}
