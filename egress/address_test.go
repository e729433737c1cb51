package egress_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// nameServer answers each question with what addrs returns for the name and the
// how-manieth question about its addresses this is. No address means that the
// name does not exist. It returns its host:port.
func nameServer(t *testing.T, addrs func(name string, n int) []string) string {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) //nolint:errcheck // nothing is left to send
	go func() {
		asked := map[string]int{}
		query := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			var labels []string
			end := 12 // of the header, RFC 1035 §4.1.1
			for end < n && query[end] != 0 {
				labels = append(labels, string(query[end+1:end+1+int(query[end])]))
				end += 1 + int(query[end])
			}
			name := strings.Join(labels, ".")
			qtype := binary.BigEndian.Uint16(query[end+1:])
			if qtype == 1 {
				asked[name]++
			}
			answer := append([]byte(nil), query[:end+5]...)
			copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
			found := addrs(name, asked[name])
			if found == nil {
				answer[3] |= 3 // NXDOMAIN
			}
			for _, text := range found {
				addr := netip.MustParseAddr(text)
				if addr.Is4() != (qtype == 1) {
					continue
				}
				answer[7]++
				answer = append(answer, 0xc0, 12, byte(qtype>>8), byte(qtype), 0, 1, 0, 0, 0, 0, 0, byte(addr.BitLen()/8))
				answer = append(answer, addr.AsSlice()...)
			}
			if _, err := conn.WriteTo(answer, from); err != nil {
				return
			}
		}
	}()
	return conn.LocalAddr().String()
}

// A rule without a port is for the scheme's own, and leads to public addresses
// only, however a private one is written.
func TestE01PrivateAddressesInEverySpelling(t *testing.T) {
	t.Parallel()
	c := newClient(t, egress.Config{DNS: nameServer(t, func(string, int) []string { return []string{"127.0.0.1"} })})
	hosts := []string{
		"127.0.0.1", "0x7f.1", "0x7f000001", "localhost", "LocalHost", "localhost.", "any.test", "any.test.", "0.0.0.0",
		"[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
		"[64:ff9b::127.0.0.1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fec0::1]",
		"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.1.1", "100.64.0.1",
		"100.100.100.200", "0.1.2.3", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
	}
	for _, host := range hosts {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			_, err := get(t, c, "http://"+host+"/", options(t, host))
			wantError(t, err, hostapi.CodeDenied, "address", "rule with host and port")
		})
	}
	// It depends on the system whether these are numbers or names.
	numbers := []string{"127.1", "127.0.1", "2130706433", "0177.0.0.1", "017700000001", "0", "127.0.0.1.", "[fe80::1%25lo]"}
	for _, host := range numbers {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			req := newRequest(t, http.MethodGet, "http://"+host+"/", "")
			opts := options(t)
			opts.Allow = []hostapi.Rule{{Host: hostapi.OriginOf(req.URL).Host}}
			_, err := c.Send(req, opts)
			if code := hostapi.CodeOf(err); code != hostapi.CodeDenied && code != hostapi.CodeNetwork {
				t.Errorf("error %v, want it denied or not found", err)
			}
		})
	}
}

func TestNamesOfPrivateAddresses(t *testing.T) {
	t.Parallel()
	victim := newServer(t, nil)
	names := map[string]string{
		"v4": "127.0.0.1", "v6": "::1", "mapped": "::ffff:127.0.0.1", "any": "0.0.0.0", "any6": "::", "compatible": "::127.0.0.1",
		"nat64": "64:ff9b::7f00:1", "6to4": "2002:7f00:1::",
	}
	c := newClient(t, egress.Config{DNS: nameServer(t, func(name string, _ int) []string {
		label, _, _ := strings.Cut(name, ".")
		return []string{names[label]}
	})})
	for label := range names {
		for _, dot := range []string{"", "."} {
			t.Run(label+dot, func(t *testing.T) {
				t.Parallel()
				_, err := get(t, c, "http://"+label+".a.test"+dot+":"+victim.port()+"/", options(t, "*.a.test:"+victim.port()))
				wantError(t, err, hostapi.CodeDenied, "resolves to")
			})
		}
	}
	t.Cleanup(func() { victim.wantHits(t, 0) })
}

func TestNamedPlace(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	dns := nameServer(t, func(string, int) []string { return []string{"127.0.0.1"} })
	tests := []struct {
		name        string
		allow, host string
		config      egress.Config
		want        hostapi.Code
		text        string
	}{
		{name: "address", allow: "127.0.0.1:PORT", host: "127.0.0.1"},
		{name: "mapped address", allow: "127.0.0.1:PORT", host: "[::ffff:127.0.0.1]"},
		{name: "name", allow: "a.b.test:PORT", host: "a.b.test"},
		{name: "wildcard names no place", allow: "*.b.test:PORT", host: "a.b.test", want: hostapi.CodeDenied, text: "resolves to 127.0.0.1, a loopback address"},
		{
			name: "wildcard to an allowed address", allow: "*.b.test:PORT", host: "a.b.test",
			config: egress.Config{AllowAddrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
		},
		{
			name: "named as well", allow: "*.b.test:PORT", host: "a.b.test",
			config: egress.Config{Allow: rules(t, "a.b.test:"+s.port())},
		},
		{
			name: "denied address", allow: "a.b.test:PORT", host: "a.b.test", want: hostapi.CodeDenied, text: "a denied address",
			config: egress.Config{DenyAddrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		},
		{
			name: "denied address, mapped", allow: "a.b.test:PORT", host: "a.b.test", want: hostapi.CodeDenied, text: "a denied address",
			config: egress.Config{DenyAddrs: []netip.Prefix{netip.MustParsePrefix("::ffff:127.0.0.0/104")}},
		},
		{
			name: "denied beats allowed address", allow: "127.0.0.1:PORT", host: "127.0.0.1", want: hostapi.CodeDenied, text: "127.0.0.1 is",
			config: egress.Config{
				AllowAddrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
				DenyAddrs:  []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
			},
		},
	}
	var reached int64
	for _, tt := range tests {
		tt.config.DNS = dns
		c := newClient(t, tt.config)
		_, err := get(t, c, "http://"+tt.host+":"+s.port()+"/", options(t, strings.ReplaceAll(tt.allow, "PORT", s.port())))
		if tt.want != "" {
			wantError(t, err, tt.want, tt.text)
			continue
		}
		reached++
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	s.wantHits(t, reached)
}

func TestE15PortChange(t *testing.T) {
	t.Parallel()
	open, closed := newServer(t, nil), newServer(t, nil)
	c := newClient(t, egress.Config{Allow: rules(t, open.place())})
	if _, err := get(t, c, open.URL, options(t)); err != nil {
		t.Error(err)
	}
	_, err := get(t, c, closed.URL, options(t))
	wantError(t, err, hostapi.CodeDenied, closed.place())
	closed.wantHits(t, 0)
}

// A connection that one rule opened must not serve a request that only another
// rule allows.
func TestPooledConnectionKeepsItsPolicy(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	dns := nameServer(t, func(string, int) []string { return []string{"127.0.0.1"} })
	c := newClient(t, egress.Config{DNS: dns})
	target := "http://a.b.test:" + s.port() + "/"
	if _, err := get(t, c, target, options(t, "a.b.test:"+s.port())); err != nil {
		t.Fatal(err)
	}
	_, err := get(t, c, target, options(t, "*.b.test:"+s.port()))
	wantError(t, err, hostapi.CodeDenied, "loopback")
	s.wantHits(t, 1)
}

// A name that resolves to a public address when it is checked, and to a private one
// when it is dialled, must be refused.
func TestE05Rebinding(t *testing.T) {
	t.Parallel()
	victim := newServer(t, nil)
	dns := nameServer(t, func(_ string, n int) []string {
		if n == 1 {
			return []string{"93.184.215.14"}
		}
		return []string{"127.0.0.1"}
	})
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, dns)
	}}
	lookFirst := func(host string) {
		t.Helper()
		addrs, err := resolver.LookupNetIP(t.Context(), "ip4", host)
		if err != nil || len(addrs) != 1 || addrs[0].IsLoopback() || addrs[0].IsPrivate() {
			t.Fatalf("first look-up of %s: %v, %v; want one public address", host, addrs, err)
		}
	}

	// Look first, fetch later: this is how it goes wrong.
	lookFirst("a.naive.test")
	naive := &http.Transport{DialContext: (&net.Dialer{Resolver: resolver}).DialContext}
	defer naive.CloseIdleConnections()
	resp, err := naive.RoundTrip(newRequest(t, http.MethodGet, "http://a.naive.test:"+victim.port()+"/", ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	victim.wantHits(t, 1)

	c := newClient(t, egress.Config{DNS: dns})
	lookFirst("a.b.test")
	_, err = get(t, c, "http://a.b.test:"+victim.port()+"/", options(t, "*.b.test:"+victim.port()))
	wantError(t, err, hostapi.CodeDenied, "resolves to 127.0.0.1, a loopback address")
	victim.wantHits(t, 1)
}

// Every address of a name is checked, not the first alone.
func TestEveryAddressIsChecked(t *testing.T) {
	t.Parallel()
	victim := newServer(t, nil)
	dns := nameServer(t, func(string, int) []string {
		return []string{"127.0.0.2", "127.0.0.1", "::1", "10.0.0.1"}
	})
	// The first address is allowed, but has no listener.
	c := newClient(t, egress.Config{DNS: dns, AllowAddrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	if _, err := get(t, c, "http://a.b.test:"+victim.port()+"/", options(t, "*.b.test:"+victim.port())); err == nil {
		t.Error("no error, want one")
	}
	victim.wantHits(t, 0)
}

func TestRoundTripIsGuarded(t *testing.T) {
	t.Parallel()
	other := newServer(t, nil)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	c := newClient(t, egress.Config{})

	_, err := c.RoundTrip(newRequest(t, http.MethodPost, s.URL, "client_secret=s"), nil) //nolint:bodyclose // there is no answer
	wantError(t, err, hostapi.CodeDenied, s.place())
	s.wantHits(t, 0)

	resp, err := c.RoundTrip(newRequest(t, http.MethodPost, s.URL, "client_secret=s"), rules(t, s.place(), other.place()))
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	if got, want := resp.StatusCode, http.StatusTemporaryRedirect; got != want {
		t.Errorf("status %d, want %d", got, want)
	}
	other.wantHits(t, 0)
}
