// Package awssign signs requests with AWS Signature Version 4.
package awssign

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/postern-dev/postern/hostapi"
)

// Sign returns req with the signature that its AWSSignV4 asks for. It signs the bytes
// that will be sent, so it must be the last change to a request. It is called again
// for every attempt, because a signature is valid for some minutes only.
func Sign(ctx context.Context, req *hostapi.Request, now time.Time) (*hostapi.Request, error) {
	key := req.AWSSignV4
	if hostapi.HasSealed(key.AccessKey + key.SecretKey) {
		return nil, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: "awsSignV4", Message: "a key is a sealed token, which only a request can use",
			Hint: "set sealed = false for the connection, if the script has to sign with it",
		}
	}
	signed := *req
	signed.AWSSignV4 = nil
	sent, body, err := signed.Encode(ctx)
	if err != nil {
		return nil, err
	}
	if sealedIn(sent, body) {
		return nil, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: "awsSignV4", Message: "the request to sign has a sealed token, which is replaced after that",
			Hint: "authenticate the request with awsSignV4 alone",
		}
	}
	hash, err := bodyHash(sent)
	if err != nil {
		return nil, err
	}
	sent.Header.Set("X-Amz-Content-Sha256", hash)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = key.Service == "s3" })
	credentials := aws.Credentials{AccessKeyID: key.AccessKey, SecretAccessKey: key.SecretKey}
	if err := signer.SignHTTP(ctx, credentials, sent, hash, key.Service, key.Region, now); err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "awsSignV4", Message: "the request cannot be signed"}
	}
	scheme, value, _ := strings.Cut(sent.Header.Get("Authorization"), " ")
	signed.Authorization = &hostapi.Authorization{Scheme: scheme, Credentials: value}
	signed.Header = append([]hostapi.Param{}, req.Header...)
	for _, name := range []string{"X-Amz-Content-Sha256", "X-Amz-Date"} {
		signed.Header = append(signed.Header, hostapi.Param{Name: name, Value: sent.Header.Get(name)})
	}
	return &signed, nil
}

// sealedIn reports whether a part of a request that is signed has a sealed token.
func sealedIn(r *http.Request, body *hostapi.Body) bool {
	if hostapi.HasSealed(r.URL.String()) {
		return true
	}
	for _, values := range r.Header {
		if slices.ContainsFunc(values, hostapi.HasSealed) {
			return true
		}
	}
	for content := range body.InMemory() {
		if bytes.Contains(content, []byte(hostapi.SealedPrefix)) && hostapi.HasSealed(string(content)) {
			return true
		}
	}
	return false
}

func bodyHash(req *http.Request) (string, error) {
	sum := sha256.New()
	if req.Body != nil {
		defer req.Body.Close() //nolint:errcheck // it has been read
		if _, err := io.Copy(sum, req.Body); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
