package fake

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The rules are build/firebase/firestore.rules as far as the adapter's
// conformance needs them: who may, not what may be in a field.

var errDenied = status.Error(codes.PermissionDenied, "Missing or insufficient permissions.")

// request is one question to the rules; its fields are the server's state.
type request struct {
	uid   string
	now   time.Time
	store *store
}

// place is a document's room, and the seat whose candidate it is, if it is one.
func place(name string) (room, seat string) {
	root, path, _ := strings.Cut(name, "/documents/")
	parts := strings.Split(path, "/")
	room = root + "/documents/rooms/"
	if len(parts) > 1 {
		room += parts[1]
	}
	if len(parts) > 2 {
		seat = strings.TrimSuffix(parts[2], "Candidates")
	}
	return room, seat
}

func text(d *pb.Document, field string) string { return d.GetFields()[field].GetStringValue() }

func (q request) unexpired(d *pb.Document) bool {
	end := d.GetFields()["expireAt"].GetTimestampValue()
	return end != nil && end.AsTime().After(q.now)
}

func (q request) takesPart(room *pb.Document) bool {
	return q.uid != "" && (text(room, "callerUid") == q.uid || text(room, "calleeUid") == q.uid)
}

// read is asked about a get, or a listener of one document.
func (q request) read(t target) error {
	name, seat := place(t.document + t.collection)
	room := q.store.documents[name]
	free := seat == "" && q.uid != "" && (room == nil || text(room, "calleeUid") == "" && q.unexpired(room))
	if free || room != nil && q.takesPart(room) && q.unexpired(room) {
		return nil
	}
	return errDenied
}

// write is asked about each document of a commit.
func (q request) write(before, after *pb.Document) error {
	name, seat := place(before.GetName())
	if before == nil {
		name, seat = place(after.GetName())
	}
	room := q.store.documents[name]
	ok := false
	switch {
	case before == nil && after == nil:
		ok = true // both sides may hang up at once
	case seat != "" && after == nil:
		ok = q.takesPart(room) || text(before, "uid") == q.uid
	case seat != "":
		ok = room != nil && q.unexpired(room) && text(room, seat+"Uid") == q.uid && text(after, "uid") == q.uid
	case after == nil:
		ok = q.takesPart(before)
	case before == nil:
		ok = text(after, "callerUid") == q.uid && q.unexpired(after) && text(after, "calleeUid") == ""
	case text(before, "calleeUid") != text(after, "calleeUid"):
		ok = text(before, "calleeUid") == "" && text(after, "calleeUid") == q.uid && text(before, "callerUid") != q.uid && q.unexpired(before)
	default:
		ok = q.takesPart(before) && q.unexpired(before)
	}
	if end := after.GetFields()["expireAt"].GetTimestampValue(); end != nil && end.AsTime().After(q.now.Add(2*time.Hour)) {
		ok = false
	}
	if !ok || q.uid == "" {
		return errDenied
	}
	return nil
}

// userOf reads an unsigned ID token. The error is Unauthenticated.
func userOf(authorization string, now time.Time) (string, error) {
	parts := strings.Split(strings.TrimPrefix(authorization, "Bearer "), ".")
	var claims struct {
		Sub string `json:"sub"`
		Exp int64  `json:"exp"`
	}
	if len(parts) == 3 {
		if data, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Unmarshal(data, &claims) == nil && claims.Exp > now.Unix() {
			return claims.Sub, nil
		}
	}
	return "", status.Error(codes.Unauthenticated, "the token is not one, or has ended")
}
