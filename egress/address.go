package egress

import (
	"net/netip"
	"syscall"
)

// special is a block of addresses that no public host name should resolve to.
type special struct {
	prefix netip.Prefix
	kind   string // completes "10.0.0.1 is …"
}

// specialAddresses returns the blocks of the IANA special-purpose address registries
// for IPv4 and IPv6 (RFC 6890), and a few more, with the document that reserves each. A
// narrow block precedes the wider one around it.
//
// Blocks of addresses with an embedded IPv4 address are refused as a whole, since
// another network decides where they lead. IPv4-mapped addresses, ::ffff:0:0/96, are
// converted before and checked as IPv4 addresses.
func specialAddresses() []special {
	block := func(prefix, kind string) special {
		return special{netip.MustParsePrefix(prefix), kind}
	}
	return []special{
		block("0.0.0.0/8", "an address of this host"),              // RFC 1122 §3.2.1.3
		block("10.0.0.0/8", "a private address"),                   // RFC 1918
		block("100.64.0.0/10", "a shared carrier address"),         // RFC 6598; a cloud's metadata at 100.100.100.200
		block("127.0.0.0/8", "a loopback address"),                 // RFC 1122 §3.2.1.3
		block("168.63.129.16/32", "a cloud's metadata address"),    // Azure's host service, in public space
		block("169.254.169.254/32", "a cloud's metadata address"),  // in RFC 3927 space
		block("169.254.0.0/16", "a link-local address"),            // RFC 3927
		block("172.16.0.0/12", "a private address"),                // RFC 1918
		block("192.0.0.0/24", "an address reserved for protocols"), // RFC 6890 §2.1
		block("192.0.2.0/24", "an address for documentation"),      // RFC 5737
		block("192.88.99.0/24", "a 6to4 relay address"),            // RFC 7526
		block("192.168.0.0/16", "a private address"),               // RFC 1918
		block("198.18.0.0/15", "an address for benchmarks"),        // RFC 2544
		block("198.51.100.0/24", "an address for documentation"),   // RFC 5737
		block("203.0.113.0/24", "an address for documentation"),    // RFC 5737
		block("224.0.0.0/4", "a multicast address"),                // RFC 5771
		block("255.255.255.255/32", "the broadcast address"),       // RFC 919 §7
		block("240.0.0.0/4", "a reserved address"),                 // RFC 1112 §4
		block("::/128", "the unspecified address"),                 // RFC 4291 §2.5.2
		block("::1/128", "a loopback address"),                     // RFC 4291 §2.5.3
		block("::/96", "an IPv4-compatible address"),               // RFC 4291 §2.5.5.1
		block("::ffff:0:0:0/96", "an IPv4-translated address"),     // RFC 2765 §2.1
		block("64:ff9b::/96", "a NAT64 address"),                   // RFC 6052 §2.1
		block("64:ff9b:1::/48", "a NAT64 address"),                 // RFC 8215
		block("100::/64", "a discard address"),                     // RFC 6666
		block("100:0:0:1::/64", "a dummy address"),                 // RFC 9780
		block("2001::/23", "an address reserved for protocols"),    // RFC 2928; Teredo, benchmarks and ORCHID among them
		block("2001:db8::/32", "an address for documentation"),     // RFC 3849
		block("2002::/16", "a 6to4 address"),                       // RFC 3056
		block("3fff::/20", "an address for documentation"),         // RFC 9637
		block("5f00::/16", "a segment routing address"),            // RFC 9602
		block("fc00::/7", "a private address"),                     // RFC 4193; clouds' metadata at fd00:ec2::254 and fd20:ce::254
		block("fe80::/10", "a link-local address"),                 // RFC 4291 §2.5.6
		block("fec0::/10", "a site-local address"),                 // RFC 3879
		block("ff00::/8", "a multicast address"),                   // RFC 4291 §2.7
		block("::/3", "an address outside global unicast"),         // RFC 4291 §2.4: 2000::/3 is all
		block("4000::/2", "an address outside global unicast"),     // that has been
		block("8000::/1", "an address outside global unicast"),     // assigned so far
	}
}

// addressCheck decides which addresses may be dialled.
type addressCheck struct {
	special     []special
	own         *ownAddresses // nil: not checked
	allow, deny []netip.Prefix
}

// addressError is the refusal of an addressCheck. It passes through net and net/http,
// and becomes [hostapi.CodeDenied].
type addressError struct {
	addr   netip.Addr
	kind   string
	denied bool // by Config.DenyAddrs: no rule can allow it
}

func (e *addressError) Error() string { return e.addr.String() + " is " + e.kind }

// control is a [net.Dialer].Control function. The dialler calls it after the name
// lookup, with the address it is about to connect to.
func (a *addressCheck) control(_, address string, _ syscall.RawConn) error {
	addrPort, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return a.check(addrPort.Addr())
}

func (a *addressCheck) check(addr netip.Addr) error {
	// netip.Prefix.Contains is false for an address with a zone.
	addr = addr.Unmap().WithZone("")
	switch {
	case contains(a.deny, addr):
		return &addressError{addr: addr, kind: "a denied address", denied: true}
	case contains(a.allow, addr):
		return nil
	}
	for _, s := range a.special {
		if s.prefix.Contains(addr) {
			return &addressError{addr: addr, kind: s.kind}
		}
	}
	if a.own != nil && a.own.has(addr) {
		return &addressError{addr: addr, kind: "an address of this machine"}
	}
	return nil
}

// contains reports whether addr, unmapped and without zone, is in one of
// prefixes, which may be written in their IPv4-mapped form.
func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(addr) || addr.Is4() && p.Addr().Is4In6() && p.Contains(netip.AddrFrom16(addr.As16())) {
			return true
		}
	}
	return false
}
