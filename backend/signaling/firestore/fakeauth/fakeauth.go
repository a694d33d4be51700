// Package fakeauth plays the two endpoints of Firebase Authentication that an
// anonymous user needs, as the Auth emulator has them: sign-up and refresh. Its
// ID tokens are unsigned JWTs, which the Firestore emulator takes. For tests.
package fakeauth

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server makes users. It is an http.Handler.
type Server struct {
	Project string
	Host    string // host:port, where Start made it

	mu       sync.Mutex
	users    map[string]string // refresh token: user ID
	lifetime time.Duration
	refusal  string
	requests map[string]int
}

// New makes a Server without users.
func New(project string) *Server {
	return &Server{Project: project, users: map[string]string{}, lifetime: time.Hour, requests: map[string]int{}}
}

// Start runs a Server on loopback for a test.
func Start(t testing.TB, project string) *Server {
	s := New(project)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.Host = strings.TrimPrefix(h.URL, "http://")
	return s
}

// Refuse has every request answered with this error, such as
// "ADMIN_ONLY_OPERATION"; empty ends it.
func (s *Server) Refuse(message string) { s.locked(func() { s.refusal = message }) }

// SetLifetime is how long new tokens last.
func (s *Server) SetLifetime(d time.Duration) { s.locked(func() { s.lifetime = d }) }

// Forget deletes all users: their refresh tokens are revoked.
func (s *Server) Forget() { s.locked(func() { clear(s.users) }) }

// Requests is how often an endpoint was asked: "signUp" or "token".
func (s *Server) Requests(endpoint string) (n int) {
	s.locked(func() { n = s.requests[endpoint] })
	return n
}

func (s *Server) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	w.Header().Set("Content-Type", "application/json")
	signUp, token := strings.HasSuffix(r.URL.Path, "/v1/accounts:signUp"), strings.HasSuffix(r.URL.Path, "/v1/token")
	switch {
	case r.Method != http.MethodPost || !signUp && !token:
		http.NotFound(w, r)
		return
	case signUp:
		s.requests["signUp"]++
	case token:
		s.requests["token"]++
	}
	switch {
	case s.refusal != "":
		refuse(w, s.refusal)
	case r.URL.Query().Get("key") == "":
		refuse(w, "API key not valid. Please pass a valid API key.")
	case signUp:
		uid, refresh := rand.Text(), rand.Text()
		s.users[refresh] = uid
		s.write(w, map[string]string{
			"kind": "identitytoolkit#SignupNewUserResponse", "idToken": Token(s.Project, uid, s.lifetime), "refreshToken": refresh,
			"localId": uid, "expiresIn": fmt.Sprint(int(s.lifetime.Seconds())),
		})
	case token:
		refresh := r.PostFormValue("refresh_token")
		uid, ok := s.users[refresh]
		if !ok {
			refuse(w, "USER_NOT_FOUND")
			return
		}
		id := Token(s.Project, uid, s.lifetime)
		s.write(w, map[string]string{
			"id_token": id, "access_token": id, "refresh_token": refresh, "user_id": uid, "token_type": "Bearer",
			"expires_in": fmt.Sprint(int(s.lifetime.Seconds())), "project_id": s.Project,
		})
	}
}

func (s *Server) write(w http.ResponseWriter, m map[string]string) {
	_ = json.NewEncoder(w).Encode(m) // whoever asked may be gone
}

func refuse(w http.ResponseWriter, message string) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": 400, "message": message}})
}

// Token is an unsigned ID token (alg "none") of an anonymous user.
func Token(project, uid string, lasts time.Duration) string {
	now := time.Now()
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err) // of strings and numbers only
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(map[string]any{"alg": "none", "typ": "JWT"}) + "." + part(map[string]any{
		"iss": "https://securetoken.google.com/" + project, "aud": project, "sub": uid, "user_id": uid,
		"iat": now.Unix(), "auth_time": now.Unix(), "exp": now.Add(lasts).Unix(), "provider_id": "anonymous",
		"jti":      rand.Text(), // no two are the same
		"firebase": map[string]any{"sign_in_provider": "anonymous", "identities": map[string]any{}},
	}) + "."
}
