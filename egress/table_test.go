package egress

import (
	"net/netip"
	"testing"
)

func TestSpecialAddresses(t *testing.T) {
	t.Parallel()
	check := &addressCheck{special: specialAddresses()}
	// The first and the last address of each block, and what surrounds it.
	special := []string{
		"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0", "127.255.255.255",
		"168.63.129.16", "169.254.0.0", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255",
		"192.0.2.0", "192.0.2.255", "192.88.99.0", "192.88.99.255", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255",
		"198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
		"::", "::1", "::8.8.8.8", "::ffff:10.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::", "64:ff9b:1:ffff::",
		"100::", "100::ffff", "100:0:0:1::", "2001::", "2001:1ff:ffff::", "2001:db8::", "2001:db8:ffff::", "2002::", "2002:808:808::",
		"3fff::", "3fff:fff::", "4000::", "5f00::", "7fff::", "8000::", "fbff::", "fc00::", "fd00:ec2::254", "fdff::", "fe00::",
		"fe80::", "fe80::1%eth0", "febf::", "fec0::", "feff::", "ff00::", "ff02::1", "ffff::",
	}
	for _, text := range special {
		if check.check(netip.MustParseAddr(text)) == nil {
			t.Errorf("%s is let through, want it refused", text)
		}
	}
	public := []string{
		"1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
		"192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
		"198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "::ffff:8.8.8.8",
		"2000::", "2001:200::", "2001:4860:4860::8888", "2001:db7:ffff::", "2001:db9::", "2003::", "2606:4700::1111", "3ffe:ffff::", "3fff:1000::",
	}
	for _, text := range public {
		if err := check.check(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s is refused as %v, want it let through", text, err)
		}
	}
}

func TestAddressErrorTellsKind(t *testing.T) {
	t.Parallel()
	check := &addressCheck{special: specialAddresses()}
	tests := map[string]string{
		"10.1.2.3":         "10.1.2.3 is a private address",
		"::ffff:127.0.0.1": "127.0.0.1 is a loopback address",
		"169.254.169.254":  "169.254.169.254 is a cloud's metadata address",
		"169.254.1.1":      "169.254.1.1 is a link-local address",
		"255.255.255.255":  "255.255.255.255 is the broadcast address",
		"::1":              "::1 is a loopback address",
		"64:ff9b::1":       "64:ff9b::1 is a NAT64 address",
	}
	for text, want := range tests {
		if err := check.check(netip.MustParseAddr(text)); err == nil || err.Error() != want {
			t.Errorf("check(%s) = %v, want %s", text, err, want)
		}
	}
}
