package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

// trustFlags are the flags of the command connection trust.
type trustFlags struct {
	connections []string
	fingerprint string
	yes         bool
	remote      remoteFlags
}

func (a *app) connectionTrustCommand() *cobra.Command {
	var f trustFlags
	cmd := &cobra.Command{
		Use:   "trust NAME",
		Short: "Trust the certificate of a connection's server, by its fingerprint",
		Long: `Gets the TLS certificate of the connection's token endpoint, without sending anything
else there, and shows it. If you confirm it, its fingerprint is written into oauth.toml as
pin_sha256 in tls of the connection: from then on that certificate alone is trusted
there, regardless of its issuer.

Compare the fingerprint with one from the operator of the server. Without a terminal,
--yes skips the question, and --fingerprint has the fingerprint that is expected.

For a connection of a server of Postern, with --server, it changes nothing: this machine may
reach another server under the same name than that one does, and a certificate decides who
gets the secrets as a host name does, so that they have to be entered again. The error has
the commands: one for the machine of the server, which shows the fingerprint there, and one
that stores it together with the secrets.`,
		Example: `  postern connection trust intranet
  postern connection trust intranet --yes --fingerprint 9f86d081884c7d65…`,
		Args:              oneArg("NAME of a connection"),
		ValidArgsFunction: completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.remote.server != "" {
				return a.trustRemote(cmd.Context(), args[0], &f)
			}
			return a.trust(cmd.Context(), args[0], &f)
		},
	}
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask; needs --fingerprint")
	cmd.Flags().StringVar(&f.fingerprint, "fingerprint", "", "trust it only if its SHA-256 fingerprint is `HEX`")
	a.connectionsFlag(cmd, &f.connections)
	f.remote.add(cmd, "say how it is done for that of the server at `URL`")
	return cmd
}

func (a *app) trust(ctx context.Context, name string, f *trustFlags) error {
	const op = "connection trust"
	want, err := f.wanted()
	if err != nil {
		return err
	}
	c, err := a.needConnections(ctx, op, f.connections, a.withSecrets())
	if err != nil {
		return err
	}
	d, err := c.set.Describe(name)
	if err != nil {
		return err
	}
	file := c.fileOf(name)
	base := keyOf(name).Connection
	issuer, err := issuerOf(file, base)
	if err != nil {
		return err
	}
	u, err := trustedURL(name, cmp.Or(d.Endpoints["token_endpoint"], issuer))
	if err != nil {
		return err
	}
	chain, err := fetchCertificates(ctx, c.set.Egress(), u)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(chain[0].Raw)
	a.out.say("%s", certificateText(u.Hostname(), chain, sum))
	if want != nil && !bytes.Equal(want, sum[:]) {
		return &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Name: name, Message: "the fingerprint is not the one of --fingerprint; nothing was changed",
			Hint: "is another server answering there, or has the certificate been replaced?",
		}
	}
	pin := hex.EncodeToString(sum[:])
	if _, err := pinned(file, base, pin); err != nil { // before the user is asked
		return err
	}
	if !f.yes {
		question := fmt.Sprintf("Trust this certificate, and no other, for %s?", terminal.Escape(base))
		if err := a.confirm(ctx, op+" "+name, question, "--yes --fingerprint HEX does it without asking"); err != nil {
			return err
		}
	}
	if err := writePin(file, base, pin); err != nil {
		return err
	}
	return a.out.write([]byte(terminal.Escape(base) + ": pin_sha256 is in " + terminal.Escape(file) + "\n"))
}

// wanted returns the fingerprint of --fingerprint, nil if there is none.
func (f *trustFlags) wanted() ([]byte, error) {
	if f.fingerprint == "" {
		if f.yes {
			return nil, usageError("--yes", "needs --fingerprint: nothing is trusted unseen", "get the fingerprint from the operator of the server")
		}
		return nil, nil
	}
	want, err := hex.DecodeString(strings.ReplaceAll(f.fingerprint, ":", ""))
	if err != nil || len(want) != sha256.Size {
		return nil, usageError("--fingerprint", "is not a SHA-256 fingerprint", "write 64 hexadecimal digits, with or without colons")
	}
	return want, nil
}

// trustedURL returns the URL of the server whose certificate is to be trusted.
func trustedURL(name, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return nil, usageError("connection trust "+name, "has no token endpoint whose certificate could be trusted", "")
	case u.Scheme != "https":
		return nil, usageError("connection trust "+name, "its token endpoint is reached without TLS: "+u.Host, "")
	}
	return u, nil
}

// fetchCertificates returns the certificates of the server at u. The handshake ends
// there: no request is sent.
func fetchCertificates(ctx context.Context, cfg egress.Config, u *url.URL) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	client := egress.New(cfg)
	defer client.Close()
	client = client.WithTLS(&tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // the user verifies, and nothing is sent
		VerifyConnection: func(state tls.ConnectionState) error {
			chain = state.PeerCertificates
			return errors.New("only the certificates were wanted")
		},
	})
	defer client.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, (&url.URL{Scheme: "https", Host: u.Host, Path: "/"}).String(), http.NoBody)
	if err != nil {
		return nil, usageError("connection trust", "the URL of the server is invalid", "")
	}
	origin := hostapi.OriginOf(u)
	response, err := client.RoundTrip(request, []hostapi.Rule{{Scheme: origin.Scheme, Host: origin.Host, Port: origin.Port}})
	if err == nil {
		_ = response.Body.Close() // never: the handshake has failed
	}
	if len(chain) > 0 {
		return chain, nil
	}
	if err == nil {
		err = usageError("connection trust", "the server sent no certificate", "")
	}
	return nil, err
}

// certificateText shows a certificate to the user.
func certificateText(host string, chain []*x509.Certificate, sum [sha256.Size]byte) string {
	c := chain[0]
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	rows := [][]string{
		{"server", terminal.Escape(host)},
		{"subject", terminal.Escape(orDash(c.Subject.String()))},
		{"names", terminal.Escape(orDash(strings.Join(names, ", ")))},
		{"issuer", terminal.Escape(orDash(c.Issuer.String()))},
		{"valid", c.NotBefore.UTC().Format(time.RFC3339) + " to " + c.NotAfter.UTC().Format(time.RFC3339)},
		{"SHA-256", hex.EncodeToString(sum[:])},
	}
	text := string(aligned(rows))
	roots := x509.NewCertPool()
	for _, c := range chain[1:] {
		roots.AddCert(c)
	}
	if _, err := c.Verify(x509.VerifyOptions{DNSName: host, Intermediates: roots}); err == nil {
		text += "This machine trusts it already. With a pin the connection breaks when it is renewed.\n"
	}
	if now := time.Now(); now.Before(c.NotBefore) || now.After(c.NotAfter) {
		text += "It is not valid now. With a pin it would be trusted all the same.\n"
	}
	return strings.TrimSuffix(text, "\n")
}
