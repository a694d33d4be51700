package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/backend/signaling"
)

// https://cloud.google.com/identity-platform/docs/use-rest-api
const (
	identityToolkit = "identitytoolkit.googleapis.com"
	secureToken     = "securetoken.googleapis.com"
	maxAnswer       = 64 << 10 // bytes; an ID token has about 1 KiB
)

// errRevoked: the user was deleted, or its refresh token is not taken any more.
var errRevoked = errors.New("the refresh token is no more")

// answer is a signed-in user.
type answer struct {
	token, refresh, uid string
	lasts               time.Duration
	date                time.Time // the server's, zero if it did not say
}

// signUp makes a new anonymous user. Firebase makes 100 an hour for one address.
func (c Config) signUp(ctx context.Context) (answer, error) {
	return c.post(ctx, identityToolkit, "/v1/accounts:signUp", "application/json", []byte(`{"returnSecureToken":true}`))
}

// refresh gets a new ID token for a user that is there.
func (c Config) refresh(ctx context.Context, token string) (answer, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	return c.post(ctx, secureToken, "/v1/token", "application/x-www-form-urlencoded", []byte(form.Encode()))
}

func (c Config) post(ctx context.Context, host, path, contentType string, body []byte) (answer, error) {
	base := "https://" + host
	if c.Emulator != "" {
		base = "http://" + c.Emulator + "/" + host
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path+"?key="+url.QueryEscape(c.APIKey), bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", signaling.ErrUnreachable, err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := c.HTTP.Do(request)
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return answer{}, ctx.Err()
		}
		// net/http's error would hold the API key.
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return answer{}, fmt.Errorf("%w: %s: %w", signaling.ErrUnreachable, host, err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("%w: %s: %w", signaling.ErrUnreachable, host, err)
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, refusal(response.StatusCode, data)
	}
	a, err := parseAnswer(data)
	a.date, _ = http.ParseTime(response.Header.Get("Date"))
	return a, err
}

// parseAnswer reads what either endpoint says: signUp in camel case, token in
// snake case.
func parseAnswer(data []byte) (answer, error) {
	var m struct {
		IDToken       string `json:"idToken"`
		RefreshToken  string `json:"refreshToken"`
		LocalID       string `json:"localId"`
		ExpiresIn     string `json:"expiresIn"`
		IDTokenS      string `json:"id_token"`
		RefreshTokenS string `json:"refresh_token"`
		UserID        string `json:"user_id"`
		ExpiresInS    string `json:"expires_in"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return answer{}, fmt.Errorf("%w: the sign-in's answer is not JSON", signaling.ErrBadMessage)
	}
	a := answer{token: m.IDToken + m.IDTokenS, refresh: m.RefreshToken + m.RefreshTokenS, uid: m.LocalID + m.UserID}
	seconds, err := strconv.ParseUint(m.ExpiresIn+m.ExpiresInS, 10, 31)
	if err != nil || a.token == "" || a.refresh == "" || a.uid == "" || strings.ContainsAny(a.token, "\r\n") {
		return answer{}, fmt.Errorf("%w: the sign-in's answer lacks a token, its end or the user", signaling.ErrBadMessage)
	}
	a.lasts = time.Duration(seconds) * time.Second
	return a, nil
}

// refusal names what Firebase refused a request with.
func refusal(code int, data []byte) error {
	var m struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(data, &m) // what is not JSON has no message
	name, _, _ := strings.Cut(m.Error.Message, " ")
	switch name {
	case "USER_NOT_FOUND", "TOKEN_EXPIRED", "USER_DISABLED", "INVALID_REFRESH_TOKEN", "MISSING_REFRESH_TOKEN", "INVALID_GRANT_TYPE", "PROJECT_NUMBER_MISMATCH":
		return errRevoked
	case "ADMIN_ONLY_OPERATION", "OPERATION_NOT_ALLOWED", "CONFIGURATION_NOT_FOUND":
		return ErrSignInOff
	case "TOO_MANY_ATTEMPTS_TRY_LATER", "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED":
		return fmt.Errorf("%w: Firebase makes no more anonymous users for this address now; try again in an hour", signaling.ErrTooMany)
	}
	switch {
	case strings.Contains(m.Error.Message, "API key not valid"), strings.Contains(m.Error.Message, "API_KEY_INVALID"):
		return ErrBadKey
	case strings.Contains(m.Error.Message, "App Check token"):
		return ErrAppCheck
	case code == http.StatusTooManyRequests:
		return fmt.Errorf("%w: Firebase's sign-in is busy", signaling.ErrTooMany)
	case code >= 500:
		return fmt.Errorf("%w: Firebase's sign-in answers %d", signaling.ErrUnreachable, code)
	}
	return fmt.Errorf("%w: Firebase's sign-in answers %d %.100q", signaling.ErrRefused, code, m.Error.Message)
}
