package server

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/postern-dev/postern/connection"
)

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

// post sends a message to the webhook, as https://www.standardwebhooks.com specifies it.
func (n *notifier) post(ctx context.Context, id string, m notice) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
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
