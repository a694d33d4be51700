package rulestest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/backend/signaling"
	"parley/backend/signaling/firestore/emulator"
)

// fields of a document; see emulator.Document for the types.
type fields = map[string]any

// row is one thing that one user tries.
type row struct {
	name   string
	before map[string]fields // what is there, by its path below the room ("": the room)
	as     string            // a uid; empty: nobody signed in
	do     op
	want   verdict
	roomID string // empty: one of ours
}

type verdict string

const (
	allowed verdict = "allowed"
	refused verdict = "refused"
)

// op is a request of Firestore's REST interface about a room.
type op func(room string) (method, path string, body any)

func get(below string) op {
	return func(room string) (string, string, any) { return http.MethodGet, join(room, below), nil }
}

func list(collection string) op { return get(collection) }

// listRooms asks for all rooms.
func listRooms(string) (string, string, any) { return http.MethodGet, "rooms", nil }

// listAnywhere asks for a subcollection's documents in all rooms.
func listAnywhere(collection string) op {
	return func(string) (string, string, any) {
		from := []any{fields{"collectionId": collection, "allDescendants": true}}
		return http.MethodPost, ":runQuery", fields{"structuredQuery": fields{"from": from}}
	}
}

// set writes a whole document, whether it is there or not.
func set(below string, f fields) op { return write(below, f, nil, false) }

// setNow is set with createdAt by the server's clock.
func setNow(below string, f fields) op { return write(below, f, nil, true) }

// update writes these fields of a document that is there; deleted{} deletes one.
func update(below string, f fields) op {
	return write(below, f, slices.Sorted(maps.Keys(f)), false)
}

type deleted struct{}

func write(below string, f fields, mask []string, createdAt bool) op {
	return func(room string) (string, string, any) {
		f := maps.Clone(f)
		maps.DeleteFunc(f, func(_ string, v any) bool { return v == deleted{} })
		w := fields{"update": fields{"name": name(join(room, below)), "fields": emulator.EncodeFields(f)}}
		if mask != nil {
			w["updateMask"] = fields{"fieldPaths": mask}
			w["currentDocument"] = fields{"exists": true}
		}
		if createdAt {
			w["updateTransforms"] = []any{fields{"fieldPath": "createdAt", "setToServerValue": "REQUEST_TIME"}}
		}
		return http.MethodPost, ":commit", fields{"writes": []any{w}}
	}
}

func remove(below ...string) op {
	return func(room string) (string, string, any) {
		var writes []any
		for _, b := range below {
			writes = append(writes, fields{"delete": name(join(room, b))})
		}
		return http.MethodPost, ":commit", fields{"writes": writes}
	}
}

func join(room, below string) string { return strings.TrimSuffix("rooms/"+room+"/"+below, "/") }

// name stands in a request for what only the project's name makes whole.
func name(path string) string { return "projects/PROJECT/databases/(default)/documents/" + path }

// try puts what the row needs into a new room, and runs it.
func try(ctx context.Context, e *emulator.Emulator, project string, r row) (verdict, error) {
	room := r.roomID
	if room == "" {
		room = string(signaling.NewRoomID())
	}
	documents := map[string]fields{}
	for below, f := range r.before {
		documents[join(room, below)] = f
	}
	if len(documents) > 0 {
		if err := e.PutAll(ctx, project, documents); err != nil {
			return "", err
		}
	}
	return ask(ctx, e, project, r.as, room, r.do)
}

// errAborted says that others wrote to the same document for too long: nothing
// was written, and a client tries again.
var errAborted = errors.New("aborted: others hold the document")

// ask makes the request as the user. Any answer but the rules' yes and no is an
// error: a request that is wrong in itself would pass for refused.
func ask(ctx context.Context, e *emulator.Emulator, project, as, room string, do op) (verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	method, path, body := do(room)
	encoded, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	encoded = bytes.ReplaceAll(encoded, []byte("projects/PROJECT/"), []byte("projects/"+project+"/"))
	url := "http://" + e.Host + "/v1/projects/" + project + "/databases/(default)/documents"
	if strings.HasPrefix(path, ":") {
		url += path
	} else {
		url += "/" + path
	}
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(encoded))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	if as != "" {
		request.Header.Set("Authorization", "Bearer "+emulator.Token(project, as))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	switch {
	case response.StatusCode == http.StatusForbidden:
		return refused, nil
	case response.StatusCode == http.StatusOK, response.StatusCode == http.StatusNotFound && method == http.MethodGet:
		return allowed, nil
	}
	if response.StatusCode == http.StatusConflict {
		return "", errAborted
	}
	return "", fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
}

// with is a copy with some fields put in their places; deleted{} takes one away.
func with(f fields, changes fields) fields {
	f = maps.Clone(f)
	maps.Copy(f, changes)
	maps.DeleteFunc(f, func(_ string, v any) bool { return v == deleted{} })
	return f
}

func slicesOf(rows ...[]row) []row { return slices.Concat(rows...) }
