package egress

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestOwnAddresses checks that a public address of this machine is refused like a special
// one, also if it was added later, and that AllowAddrs allows it. (No test can give the
// machine a public address.)
func TestOwnAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		public, later := netip.MustParseAddr("8.8.4.4"), netip.MustParseAddr("2600::1")
		addrs := []net.Addr{&net.IPNet{IP: public.AsSlice(), Mask: net.CIDRMask(24, 32)}}
		own := &ownAddresses{list: func() ([]net.Addr, error) { return addrs, nil }}
		check := &addressCheck{special: specialAddresses(), own: own}
		want := func(addr netip.Addr, kind string) {
			t.Helper()
			err := check.check(addr)
			e, ok := errors.AsType[*addressError](err)
			if kind == "" && err != nil || kind != "" && (!ok || e.kind != kind) {
				t.Errorf("%s: error %v, want %q", addr, err, kind)
			}
		}
		want(public, "an address of this machine")
		want(netip.AddrFrom16(public.As16()), "an address of this machine")
		want(public.Next(), "")
		want(later, "")
		addrs = append(addrs, &net.IPNet{IP: later.AsSlice(), Mask: net.CIDRMask(64, 128)})
		time.Sleep(knownFor) //nolint:forbidigo // fake time
		want(later, "an address of this machine")
		check.allow = []netip.Prefix{netip.PrefixFrom(later, 64)}
		want(later, "")
	})
}
