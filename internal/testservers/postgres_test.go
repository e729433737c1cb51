package testservers_test

import (
	"net"
	"net/url"
	"testing"

	"github.com/postern-dev/postern/internal/testservers"
)

func TestPostgres(t *testing.T) {
	t.Parallel()
	first := testservers.Postgres(t)
	second := testservers.Postgres(t)
	if first == second {
		t.Errorf("two tests share the database %s", first)
	}
	u, err := url.Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
