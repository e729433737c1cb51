package server_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/server"
	"github.com/postern-dev/postern/internal/service"
	"github.com/postern-dev/postern/internal/testservers"
)

// notice is a message of the webhook.
type notice struct {
	Type string
	Data struct{ Connection, State, Reason, URL string }

	id, body string
	signed   bool
}

var notifySecret = []byte("0123456789abcdef0123456789abcdef") //nolint:gochecknoglobals // never changed

// webhook receives messages; it does not take the first one.
func webhook(t *testing.T) (hook *httptest.Server, messages chan notice) {
	t.Helper()
	handler, messages := receiver(t, true)
	hook = httptest.NewServer(handler)
	t.Cleanup(hook.Close)
	return hook, messages
}

// receiver returns the handler of a webhook, which refuses the first message if it is to.
func receiver(t *testing.T, refuses bool) (handler http.Handler, messages chan notice) {
	t.Helper()
	messages = make(chan notice, 10)
	var refused atomic.Bool
	refused.Store(!refuses)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var n notice
		if err := json.Unmarshal(body, &n); err != nil {
			t.Error(err)
		}
		mac := hmac.New(sha256.New, notifySecret)
		n.id, n.body = r.Header.Get("Webhook-Id"), string(body)
		mac.Write([]byte(n.id + "." + r.Header.Get("Webhook-Timestamp") + "." + n.body))
		n.signed = r.Header.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
		if refused.CompareAndSwap(false, true) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		messages <- n
	}), messages
}

// A webhook is told, with a signature, when a connection fails and when it works again: once, whichever nodes notice it and
// however often they start. A message that it does not take comes again.
func TestNotify(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, db string, shared bool) {
		t.Helper()
		hook, messages := webhook(t)
		provider, err := connectiontest.Start("127.0.0.1:0", &connectiontest.Provider{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = provider.Close() })
		url := "https://postern.example.com"
		node := func() (s *service.Service, end func()) {
			return openNode(t, databasetest.Open(t, db), func(c *server.Config) { c.URL, c.NotifyURL, c.NotifySecret = url, hook.URL, notifySecret })
		}
		caller := service.Caller{Name: "ops@example.com", Role: accounts.Operator}
		settings := map[string]any{
			"grant": "client_credentials", "token_endpoint": provider.URL + "/token", "client_id": "demo", "client_secret": "wrong-SEKRET",
			"hosts": []string{strings.TrimPrefix(provider.URL, "http://")},
		}
		first, end := node()
		if _, err := first.SaveConnection(t.Context(), caller, "crm", settings, etag.Match{}); err != nil {
			t.Fatal(err)
		}
		expect := func(kind, state string) notice {
			t.Helper()
			n := <-messages
			if n.Type != kind || n.Data.State != state || n.Data.Connection != "crm" || n.Data.URL != url+"/connections/crm" || !n.signed {
				t.Errorf("message: %+v, want %s", n, kind)
			}
			if strings.Contains(n.body, "SEKRET") {
				t.Errorf("the message has the secret: %s", n.body)
			}
			return n
		}
		try := func(s *service.Service, works bool) {
			t.Helper()
			if err := s.Connections.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := s.TestConnection(t.Context(), caller, "crm"); (err == nil) != works {
				t.Errorf("tested: %v", err)
			}
		}
		try(first, false)
		refused := expect("connection.needs_reauth", "needs_reauth")
		if again := expect("connection.needs_reauth", "needs_reauth"); again.id != refused.id {
			t.Errorf("it came again as %s, want %s", again.id, refused.id)
		}
		// What is noticed again after a restart, or by another node, was told.
		if !shared {
			end()
		}
		second, _ := node()
		try(second, false)
		settings["client_secret"] = "demo-secret"
		if _, err := second.SaveConnection(t.Context(), caller, "crm", settings, etag.Match{}); err != nil {
			t.Fatal(err)
		}
		try(second, true)
		expect("connection.recovered", "ready")
		if shared {
			try(first, true)
		}
		if _, err := second.Disconnect(t.Context(), caller, "crm"); err != nil {
			t.Fatal(err)
		}
		settings["client_secret"] = "wrong-SEKRET"
		if _, err := second.SaveConnection(t.Context(), caller, "crm", settings, etag.Match{}); err != nil {
			t.Fatal(err)
		}
		try(second, false)
		expect("connection.needs_reauth", "needs_reauth")
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, databasetest.SQLiteURL(t), false)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, testservers.Postgres(t), true)
	})
}

// A message whose node ended while it sent it is sent by another one, as the same.
func TestNotifyLeft(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		hook, messages := webhook(t)
		openNode(t, db, func(c *server.Config) { c.URL, c.NotifyURL = "https://postern.example.com", hook.URL })
		now := time.Now()
		leave(t, db, left{id: "held", state: "failing", due: now, heldUntil: now.Add(time.Second)})
		for range 2 { // the webhook refuses the first
			if n := <-messages; n.id != "held" || n.Type != "connection.failing" || n.Data.Reason != "why" {
				t.Errorf("after its node has ended: %+v", n)
			}
		}
	})
}

// left is a message in the database.
type left struct {
	id, state             string // the id is the name of the connection, too
	since, due, heldUntil time.Time
	tries                 int
}

func leave(t *testing.T, db *database.DB, l left) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), `INSERT INTO postern_server_notices (connection, state, reason, since, message, told, due, tries, sending_until)
		VALUES ($1, $2, 'why', $3, $1, 'ready', $4, $5, $6)`, l.id, l.state, l.since.UnixMilli(), l.due.UnixMilli(), l.tries, l.heldUntil.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
}

// While nothing answers at the URL of the webhook, messages wait, however long. When it answers again, it is told the state that
// each connection has then, once, by one of the nodes, and one that has failed and works again meanwhile is no news.
func TestNotifyDown(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, url string, nodes int) {
		t.Helper()
		db := databasetest.Open(t, url)
		reserved, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := reserved.Addr().String()
		if err := reserved.Close(); err != nil {
			t.Fatal(err)
		}
		log := new(syncBuffer)
		var s *service.Service
		for range nodes {
			s, _ = openNode(t, databasetest.Open(t, url), func(c *server.Config) {
				c.URL, c.NotifyURL, c.Log = "https://postern.example.com", "http://"+address, slog.New(slog.NewTextHandler(log, nil))
			})
		}
		now := time.Now()
		leave(t, db, left{id: "patient", state: "needs_reauth", since: now.Add(-48 * time.Hour), due: now.Add(time.Hour), tries: 12})
		leave(t, db, left{id: "new", state: "failing", since: now, due: now})
		caller := service.Caller{Name: "ops@example.com", Role: accounts.Operator}
		provider, err := connectiontest.Start("127.0.0.1:0", &connectiontest.Provider{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = provider.Close() })
		use := func(secret string, works bool) {
			t.Helper()
			settings := map[string]any{
				"grant": "client_credentials", "token_endpoint": provider.URL + "/token", "client_id": "demo", "client_secret": secret, "hosts": []string{"a.test"},
			}
			if _, err := s.SaveConnection(t.Context(), caller, "flaky", settings, etag.Match{}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.TestConnection(t.Context(), caller, "flaky"); (err == nil) != works {
				t.Errorf("tested: %v", err)
			}
		}
		stored := func(condition string) {
			t.Helper()
			for n := 0; n == 0; {
				if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM postern_server_notices WHERE "+condition).Scan(&n); err != nil {
					t.Fatal(err)
				}
			}
		}
		use("wrong-SEKRET", false)
		stored("connection = 'flaky' AND tries > 0")
		stored("connection = 'new' AND tries > 0")
		use("demo-secret", true)
		stored("connection = 'flaky' AND state = 'ready' AND due = 0")
		handler, messages := receiver(t, false)
		again, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		hook := &httptest.Server{Listener: again, Config: &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}}
		hook.Start()
		t.Cleanup(hook.Close)
		told := map[string]string{}
		for range 2 {
			n := <-messages
			told[n.id] = n.Type
		}
		if told["new"] != "connection.failing" || told["patient"] != "connection.needs_reauth" {
			t.Errorf("told %v", told)
		}
		stored("connection = 'flaky' AND told = 'ready' AND due = 0")
		if len(messages) > 0 {
			t.Errorf("told as well: %+v", <-messages)
		}
		if strings.Contains(log.String(), "SEKRET") {
			t.Errorf("the log has a secret: %s", log)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, databasetest.SQLiteURL(t), 1)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, testservers.Postgres(t), 2)
	})
}

// openNode starts a server without a listener, and returns how it ends before the test does.
func openNode(t *testing.T, db *database.DB, change func(*server.Config)) (s *service.Service, end func()) {
	t.Helper()
	set, err := connection.Parse("oauth.toml", nil, connection.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	config := server.Config{
		Version: "test", DB: db, Key: []byte("0123456789abcdef0123456789abcdef"), Connections: set, InProcess: true, Log: slog.New(slog.DiscardHandler), PasswordMemory: 64,
	}
	change(&config)
	node, err := server.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	node.Start(t.Context())
	end = sync.OnceFunc(func() {
		if err := node.Close(context.Background()); err != nil { //nolint:usetesting // that of the test may have ended
			t.Error(err)
		}
	})
	t.Cleanup(end)
	return node.Service(), end
}

// A refresh token that was not used for a while is used, and the new one stored.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	refreshed := make(chan string, 10)
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refreshed <- r.PostFormValue("grant_type") + " " + r.PostFormValue("refresh_token")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "second"}`)
	}))
	t.Cleanup(tokens.Close)
	toml := "[connections.crm]\ngrant = \"authorization_code\"\nauthorization_endpoint = \"" + tokens.URL + "/authorize\"\ntoken_endpoint = \"" + tokens.URL +
		"/token\"\nclient_id = \"demo\"\ntoken_endpoint_auth_method = \"none\"\nhosts = [\"127.0.0.1\"]\n"
	s := startWith(t, databasetest.Open(t, databasetest.SQLiteURL(t)), toml, "", func(c *server.Config) { c.KeepAlive = 100 * time.Millisecond })
	err := s.Service().Connections.Import(t.Context(), "crm", connection.Imported{AccessToken: "old", RefreshToken: "first", Expiry: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"refresh_token first", "refresh_token second"} {
		if got := <-refreshed; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
