package hostapi

import "time"

// Trace has functions that a Connector calls while it works for a task, see [Grant].
// Each may be nil. A Connector calls them on the goroutine of the call that they report
// on, before it returns. They must not block. What they are given holds no secret: no
// path, query, header or body of a request.
type Trace struct {
	// Attempt is called when an HTTP request that was sent for the task has ended: first
	// attempts, repeats and redirects, but not token requests of connections, and not
	// requests that were denied.
	Attempt func(Attempt)

	// TokenFetch is called when the task has waited for a token of a connection.
	TokenFetch func(TokenFetch)
}

// Attempt is one HTTP request that was sent to the network.
type Attempt struct {
	Number int    // in the request of the script, from 1; set by the engine
	Resend Resend // why the request was sent again; "" for the first attempt. A Connector sets only ResendRedirect.

	Method      string
	Origin      Origin   // where it was sent
	Connections []string // those whose credentials it carried, also where a stand-in was used

	Status   int    // 0: there was no response
	Protocol string // of the response, such as "HTTP/2.0"; "" if it is not known
	Code     Code   // of the error; "" if the response was received in full

	RequestBytes  int64 // of the body, as sent
	ResponseBytes int64 // of the body that was read, decompressed

	Start    time.Time
	Duration time.Duration // until the body of the response was read
}

// Resend is why a request was sent again.
type Resend string

// The reasons.
const (
	ResendRepeat     Resend = "repeat"     // the script asked for repeats after a failure
	ResendRedirect   Resend = "redirect"   // the server redirected it
	ResendCredential Resend = "credential" // the API refused the token, and there is another one
)

// TokenFetch is one wait for an access token: a request to an authorization server, or
// a token that another process has stored.
type TokenFetch struct {
	Connection string
	Account    string // "" if the connection has none
	Reason     FetchReason
	FromStore  bool // another process had obtained the token
	Shared     bool // the task waited for a request that another caller began
	Code       Code // of the error; "" if there is a token

	Start    time.Time
	Duration time.Duration
}

// FetchReason is why a token was fetched.
type FetchReason string

// The reasons.
const (
	FetchFirst   FetchReason = "first"   // this process has none yet
	FetchExpired FetchReason = "expired" // it has expired, or is about to
	FetchEarly   FetchReason = "early"   // it will expire soon, and is renewed in the background
	FetchRefused FetchReason = "refused" // an API refused it
	FetchForced  FetchReason = "forced"  // the program asked for a new one
)
