package relay

import (
	"crypto/hmac"
	"crypto/sha1" // the draft and all that implements it
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pion/stun/v4"
)

// Why credentials are refused.
var (
	// ErrUsername: not of the form EXPIRY:USER.
	ErrUsername = errors.New("the user name is not of the form EXPIRY:USER")
	// ErrExpired: their time is over.
	ErrExpired = errors.New("the credentials have expired: ask the relay's owner for new ones")
)

// Credentials are good for a while from now on, for allocations of this user
// at a relay that has the secret, ours or another that keeps to the draft
// (draft-uberti-behave-turn-rest-00, 2.2): the user name tells the time in unix
// seconds at which they expire, and the password is its HMAC.
func Credentials(secret []byte, user string, valid time.Duration) (username, password string) {
	username = strconv.FormatInt(time.Now().Add(valid).Unix(), 10) + ":" + user
	return username, sign(secret, username)
}

// Credentials are those for this relay.
func (r *Relay) Credentials(user string, valid time.Duration) (username, password string) {
	return Credentials(r.opts.Secret, user, valid)
}

func sign(secret []byte, username string) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// password is what the user name's should be. Expired ones still keep an
// allocation that is there: a call does not end with its credentials. Who did
// not know the password could not have made it.
func (r *Relay) password(username string, method stun.Method) (user, password string, err error) {
	user, expiry, err := parseUsername(username)
	if err != nil {
		return "", "", err
	}
	if method == stun.MethodAllocate && !time.Now().Before(expiry) {
		return "", "", fmt.Errorf("%w (%v)", ErrExpired, expiry.UTC().Format(time.RFC3339))
	}
	return user, sign(r.opts.Secret, username), nil
}

func parseUsername(username string) (user string, expiry time.Time, err error) {
	stamp, user, found := strings.Cut(username, ":")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || seconds <= 0 || !found || user == "" || len(username) > 255 {
		return "", time.Time{}, ErrUsername
	}
	return user, time.Unix(seconds, 0), nil
}
