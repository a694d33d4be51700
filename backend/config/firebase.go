package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
)

// What can be wrong with what the Firebase console gave.
var (
	// ErrServiceAccount: it would hand the whole project to whoever has this
	// program. Parley is an ordinary user of Firebase.
	ErrServiceAccount = errors.New("this is a service account's private key, which must not be in a program: use the configuration of a web app (Firebase console, Project settings, Your apps)")
	ErrNotFirebase    = errors.New("this is not the configuration of a Firebase web app")
)

// projectID is what Google Cloud allows as one, and the emulator's "demo-x".
var projectID = regexp.MustCompile(`^[a-z][a-z0-9-]{2,61}[a-z0-9]$`)

// key is what an API key may look like; Google's own have 39 characters.
var apiKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

func (v *validation) firebase(f Firebase, used bool) {
	v.check("firebase.project", f.Project == "" || projectID.MatchString(f.Project), "%q should be a project ID, such as my-project-1234", f.Project)
	v.check("firebase.project", !used || f.Project != "", "signaling through Firestore needs a project: see `parley config import`")
	v.check("firebase.api_key", f.APIKey == "" || apiKey.MatchString(f.APIKey), "it should be the API key of a web app: letters, digits, - and _")
	v.oneOf("firebase.auth", f.Auth, "anonymous", "none")
	v.check("firebase.api_key", !used || f.APIKey != "" || f.Auth == "none" || f.AuthEmulator != "", "to sign in anonymously an API key is needed: see `parley config import`")
	v.check("firebase.page", f.Page == "" || validOrigin(f.Page), "%q should be an origin, such as https://call.example.org", f.Page)
	v.check("firebase.emulator", f.Emulator == "" || validAddress(f.Emulator), "%q should be HOST:PORT", f.Emulator)
	v.check("firebase.auth_emulator", f.AuthEmulator == "" || validAddress(f.AuthEmulator), "%q should be HOST:PORT", f.AuthEmulator)
}

// validOrigin takes https://HOST[:PORT], and plain http on this machine only.
func validOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || s != u.Scheme+"://"+u.Host || !validHost(u.Hostname()) {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
}

// Origin is where the phone page is.
func (f Firebase) Origin() string {
	if f.Page == "" && f.Project != "" {
		return "https://" + f.Project + ".web.app"
	}
	return f.Page
}

// field finds "name": "value" in JSON and in the JavaScript that the Firebase
// console shows, where names stand without quotes.
var field = regexp.MustCompile(`["']?\b([A-Za-z_]\w*)["']?\s*:\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)')`)

// ParseFirebase takes the configuration of a web app as the Firebase console
// gives it: as JSON or as the script that it stands in. The error wraps
// ErrServiceAccount, ErrNotFirebase or ErrBadValue.
func ParseFirebase(data []byte) (Firebase, error) {
	if len(data) > maxFileSize {
		return Firebase{}, fmt.Errorf("%w: it has %d bytes", ErrNotFirebase, len(data))
	}
	values := map[string]string{}
	if object := map[string]any{}; json.Unmarshal(bytes.TrimSpace(data), &object) == nil {
		for k, v := range object {
			s, ok := v.(string)
			if ok {
				values[k] = s
			}
		}
	} else {
		for _, m := range field.FindAllSubmatch(data, -1) {
			values[string(m[1])] = string(m[2]) + string(m[3])
		}
	}
	if isServiceAccount(data) || values["type"] == "service_account" {
		return Firebase{}, ErrServiceAccount
	}
	f := Default().Firebase
	f.Project, f.APIKey = values["projectId"], values["apiKey"]
	if f.Project == "" || f.APIKey == "" {
		return Firebase{}, fmt.Errorf("%w: it has no projectId or no apiKey", ErrNotFirebase)
	}
	var v validation
	v.firebase(f, true)
	if len(v.errs) > 0 {
		return Firebase{}, v.errs[0]
	}
	return f, nil
}

// isServiceAccount tells whether a file of any kind holds a private key.
func isServiceAccount(data []byte) bool {
	return bytes.Contains(data, []byte("private_key")) || bytes.Contains(data, []byte("PRIVATE KEY"))
}

// Import writes f's project and key into the config file: see Edit.
func Import(path string, environ []string, f Firebase) (string, error) {
	return Edit(path, environ, Change{Key: "firebase.project", Value: f.Project}, Change{Key: "firebase.api_key", Value: f.APIKey})
}
