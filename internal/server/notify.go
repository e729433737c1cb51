package server

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/postern-dev/postern/connection"
)

// notifier tells a webhook when a connection begins to fail, and when it works again, as
// https://www.standardwebhooks.com specifies it.
type notifier struct {
	url     string // "": nothing is told
	secret  []byte
	baseURL string // of the server, for the link
	log     *slog.Logger
	client  *http.Client
	queue   chan notice

	mu  sync.Mutex
	bad map[string]bool // connections that were told of as failing
}

// notice is the body of a message.
type notice struct {
	Type      string     `json:"type"`
	Timestamp time.Time  `json:"timestamp"`
	Data      noticeData `json:"data"`
}

type noticeData struct {
	Connection string           `json:"connection"`
	State      connection.State `json:"state"`
	Reason     string           `json:"reason,omitempty"`
	URL        string           `json:"url"` // of the page of the connection
}

// Bounds of the notifier.
const (
	maxNotices    = 100 // that wait; more are dropped, and the log says so
	noticeTimeout = 10 * time.Second
	noticeTries   = 5
)

func newNotifier(cfg Config) *notifier {
	return &notifier{
		url: cfg.NotifyURL, secret: cfg.NotifySecret, baseURL: cfg.URL, log: cfg.Log, queue: make(chan notice, maxNotices), bad: make(map[string]bool),
		client: &http.Client{Timeout: noticeTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// event queues a message if the connection has begun to fail, or works again.
func (n *notifier) event(e connection.Event) {
	isBad := e.State == connection.StateFailing || e.State == connection.StateNeedsReauth
	n.mu.Lock()
	wasBad := n.bad[e.Connection]
	n.bad[e.Connection] = isBad
	n.mu.Unlock()
	if n.url == "" || !isBad && !wasBad {
		return
	}
	m := notice{"connection." + string(e.State), time.Now().UTC(), noticeData{
		Connection: e.Connection, State: e.State, URL: n.baseURL + "/connections/" + e.Connection,
	}}
	if !isBad {
		m.Type = "connection.recovered"
	}
	if e.Err != nil {
		m.Data.Reason = e.Err.Error()
	}
	select {
	case n.queue <- m:
	default:
		n.log.Error("notify: too many messages wait", "connection", e.Connection, "state", e.State)
	}
}

// run sends messages until ctx ends.
func (n *notifier) run(ctx context.Context) {
	for {
		select {
		case m := <-n.queue:
			n.deliver(ctx, m)
		case <-ctx.Done():
			return
		}
	}
}

// deliver sends a message, again after 1 s, 2 s and so on if it was not taken.
func (n *notifier) deliver(ctx context.Context, m notice) {
	body, err := json.Marshal(m)
	if err != nil {
		n.log.ErrorContext(ctx, "notify", "err", err)
		return
	}
	id := "msg_" + rand.Text()
	for try, wait := 1, time.Second; ; try, wait = try+1, 2*wait {
		err := n.send(ctx, id, body)
		if err == nil || ctx.Err() != nil {
			return
		}
		n.log.WarnContext(ctx, "notify", "connection", m.Data.Connection, "try", try, "err", err)
		if try == noticeTries {
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

func (n *notifier) send(ctx context.Context, id string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	sent := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", sent)
	if len(n.secret) > 0 {
		mac := hmac.New(sha256.New, n.secret)
		_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, sent, body) // a hash does not fail
		r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	response, err := n.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // not read
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("the response is %s", response.Status)
	}
	return nil
}
