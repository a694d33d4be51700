package update

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	fetchTimeout = 20 * time.Second // for one file, all of it
	maxSize      = 64 << 10         // bytes of one file, or of its headers; a manifest has some hundred
	maxRedirects = 3
)

// transport is of this fetch alone: its connections end with it.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxResponseHeaderBytes = maxSize
	return t
}

// fetch reads the manifest and its signature. It sends nothing about the user
// or this program but what any reader of a web page sends.
func fetch(ctx context.Context, through *http.Transport, address string) (signed, error) {
	client := &http.Client{
		Transport: through,
		Timeout:   fetchTimeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if !secure(r.URL.String()) {
				return ErrInsecure
			}
			if len(via) > maxRedirects {
				return errors.New("too many redirects")
			}
			return nil
		},
	}
	defer client.CloseIdleConnections()
	manifest, err := get(ctx, client, address)
	if err != nil {
		return signed{}, err
	}
	signature, err := get(ctx, client, address+".minisig")
	if err != nil {
		return signed{}, err
	}
	return signed{manifest, signature}, nil
}

func get(ctx context.Context, client *http.Client, address string) (string, error) {
	if !secure(address) {
		return "", fmt.Errorf("%w: %s", ErrInsecure, address)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	request.Header.Set("User-Agent", "parley")
	response, err := client.Do(request)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%w: %s: %s", ErrUnreachable, address, response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxSize+1))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if len(body) > maxSize {
		return "", fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, address, maxSize)
	}
	return string(body), nil
}
