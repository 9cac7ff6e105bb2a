package test

import (
	"bytes"
	"io"
	"net/http"
)

// A Client is an HTTP client for the AWS SDK for Go that has the request's body
// in memory before it sends. The SDK (1.48) closes the body of a request as soon
// as it has an answer; when a server on the same machine is so fast that net/http
// hasn't closed it yet, net/http takes the second closing for a failure to write
// and lets the connection go, with what is left of a long answer. Its zero value
// is ready for use.
type Client struct{ http.Client }

// Do sends a request.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return c.Client.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	whole := r.Clone(r.Context())
	whole.Body, whole.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return c.Client.Do(whole)
}
