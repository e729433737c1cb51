package awssign_test

import (
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/awssign"
)

// The request, key and signature are those of the examples in Amazon's
// documentation, "Authenticating Requests: Using the Authorization Header".
func TestSign(t *testing.T) {
	t.Parallel()
	const key, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	now := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	req := &hostapi.Request{
		Method: "GET", URL: "https://examplebucket.s3.amazonaws.com/test.txt",
		Header:    []hostapi.Param{{Name: "Range", Value: "bytes=0-9"}},
		AWSSignV4: &hostapi.AWSSignV4{AccessKey: key, SecretKey: secret, Region: "us-east-1", Service: "s3"},
	}
	signed, err := awssign.Sign(t.Context(), req, now)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := signed.HTTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const want = "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
	if got := sent.Header.Get("Authorization"); !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential="+key) || !strings.HasSuffix(got, want) {
		t.Errorf("Authorization: %s, want it to end in %s", got, want)
	}
	if got := sent.Header.Get("X-Amz-Date"); got != "20130524T000000Z" {
		t.Errorf("X-Amz-Date: %s", got)
	}
	if req.AWSSignV4 == nil || len(req.Header) != 1 {
		t.Error("the request itself was changed: a second attempt could not be signed anew")
	}
}

func TestSignCoversTheBody(t *testing.T) {
	t.Parallel()
	sign := func(body string) string {
		t.Helper()
		signed, err := awssign.Sign(t.Context(), &hostapi.Request{
			Method: "POST", URL: "https://bedrock.us-east-1.amazonaws.com/model/x/invoke", Body: []byte(body), ContentType: "application/json",
			AWSSignV4: &hostapi.AWSSignV4{AccessKey: "id", SecretKey: "key", Region: "us-east-1", Service: "bedrock"},
		}, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		return signed.Authorization.Credentials
	}
	if sign(`{}`) == sign(`{"a":1}`) {
		t.Error("two bodies have one signature")
	}
}

func TestSignRefusesABadRequest(t *testing.T) {
	t.Parallel()
	_, err := awssign.Sign(t.Context(), &hostapi.Request{
		Method: "GET", URL: "ftp://h/", AWSSignV4: &hostapi.AWSSignV4{AccessKey: "id", SecretKey: "key", Region: "r", Service: "s3"},
	}, time.Unix(0, 0))
	if hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
		t.Errorf("error %v, want invalid_argument", err)
	}
}
