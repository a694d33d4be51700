package rulestest

import (
	"strings"
	"time"
)

func candidateOf(uid string) fields {
	return fields{
		"candidate": "candidate:1 1 udp 2122260223 127.0.0.1 40000 typ host", "sdpMid": "0", "sdpMLineIndex": 0,
		"usernameFragment": "abcd", "uid": uid, "expireAt": future,
	}
}

func candidateRows() []row {
	return slicesOf(seatRows(caller, callee, "callerCandidates"), seatRows(callee, caller, "calleeCandidates"), []row{
		{name: "read candidates in all rooms", before: in(answered), as: caller, do: listAnywhere("callerCandidates"), want: refused},
		{name: "delete room and candidates in one commit", as: caller, want: allowed,
			before: map[string]fields{"": answered, "callerCandidates/a": candidateOf(caller), "calleeCandidates/b": candidateOf(callee)},
			do:     remove("callerCandidates/a", "calleeCandidates/b", "")},
		{name: "sweep room and candidates in one commit", as: caller, want: allowed,
			before: map[string]fields{"": with(answered, fields{"expireAt": past}), "callerCandidates/a": candidateOf(caller), "calleeCandidates/b": candidateOf(callee)},
			do:     remove("callerCandidates/a", "calleeCandidates/b", "")},
		{name: "delete another's room with one's own candidate", as: stranger, want: refused,
			before: map[string]fields{"": answered, "callerCandidates/a": candidateOf(stranger)},
			do:     remove("callerCandidates/a", "")},
	})
}

// seatRows are about the candidates of the seat where own sits.
func seatRows(own, other, collection string) []row {
	at := collection + "/x"
	ours := candidateOf(own)
	there := func(room fields) map[string]fields { return map[string]fields{"": room, at: ours} }
	over := with(answered, fields{"expireAt": past})
	put := func(name string, before map[string]fields, as string, do op, want verdict) row {
		return row{name: collection + ": " + name, before: before, as: as, do: do, want: want}
	}
	rows := []row{
		put("list as caller", there(answered), caller, list(collection), allowed),
		put("list as callee", there(answered), callee, list(collection), allowed),
		put("list as a third", there(answered), stranger, list(collection), refused),
		put("list as a third, in an unclaimed room", there(offered), stranger, list(collection), refused),
		put("list as nobody", there(answered), nobody, list(collection), refused),
		put("list after the end", there(over), own, list(collection), refused),
		put("list when the room is gone", map[string]fields{at: ours}, own, list(collection), refused),
		put("list in an empty room", in(claimed), other, list(collection), allowed),
		put("get as the other side", there(answered), other, get(at), allowed),
		put("get as a third", there(answered), stranger, get(at), refused),
		put("get after the end", there(over), own, get(at), refused),
		put("get after its own end, in a room that was renewed", map[string]fields{"": answered, at: with(ours, fields{"expireAt": past})}, other, get(at), allowed),

		put("add", in(claimed), own, set(at, ours), allowed),
		put("add after the answer", in(answered), own, set(at, ours), allowed),
		put("add as the other side", in(answered), other, set(at, candidateOf(other)), refused),
		put("add in the other's name", in(answered), own, set(at, candidateOf(other)), refused),
		put("add as a third", in(answered), stranger, set(at, candidateOf(stranger)), refused),
		put("add as a third, in the owner's name", in(answered), stranger, set(at, ours), refused),
		put("add as nobody", in(answered), nobody, set(at, ours), refused),
		put("add after the end", in(over), own, set(at, ours), refused),
		put("add where no room is", nil, own, set(at, ours), refused),
		put("add again, as the first answer was lost", there(answered), own, set(at, ours), allowed),
		put("add again after the end", there(over), own, set(at, ours), refused),
		put("change", there(answered), own, update(at, fields{"candidate": "candidate:2"}), refused),
		put("change the other's", there(answered), other, update(at, fields{"uid": other}), refused),
		put("write the other's again", there(answered), other, set(at, ours), refused),

		put("delete one's own", there(answered), own, remove(at), allowed),
		put("delete the other's", there(answered), other, remove(at), allowed),
		put("delete as a third", there(answered), stranger, remove(at), refused),
		put("delete as nobody", there(answered), nobody, remove(at), refused),
		put("sweep one's own", there(over), own, remove(at), allowed),
		put("sweep the other's", there(over), other, remove(at), allowed),
		put("sweep as a third", there(over), stranger, remove(at), refused),
		put("sweep one's own when the room is gone", map[string]fields{at: ours}, own, remove(at), allowed),
		put("sweep the other's when the room is gone", map[string]fields{at: ours}, other, remove(at), refused),
		put("delete what is gone", in(answered), stranger, remove(at), allowed),
		put("delete what is gone with its room", nil, stranger, remove(at), allowed),
		put("delete what is gone as nobody", in(answered), nobody, remove(at), refused),
	}
	for _, c := range candidateChanges() {
		rows = append(rows, put("add "+c.name, in(answered), own, set(at, with(ours, c.changes)), c.want))
	}
	return rows
}

// candidateChanges are the fields, one by one.
func candidateChanges() []struct {
	name    string
	changes fields
	want    verdict
} {
	line := "candidate:1 1 udp 1 127.0.0.1 9 typ host"
	return []struct {
		name    string
		changes fields
		want    verdict
	}{
		{"without usernameFragment", fields{"usernameFragment": deleted{}}, allowed},
		{"with null for usernameFragment", fields{"usernameFragment": nil}, allowed},
		{"with a usernameFragment of 256 bytes", fields{"usernameFragment": strings.Repeat("a", 256)}, allowed},
		{"with a usernameFragment of 257 bytes", fields{"usernameFragment": strings.Repeat("a", 257)}, refused},
		{"with a usernameFragment of two lines", fields{"usernameFragment": "a\r\nb"}, refused},
		{"with a number for usernameFragment", fields{"usernameFragment": 1}, refused},
		{"with the prefix of SDP", fields{"candidate": "a=" + line}, allowed},
		{"that ends them", fields{"candidate": "", "sdpMid": nil, "sdpMLineIndex": nil}, allowed},
		{"without candidate", fields{"candidate": deleted{}}, refused},
		{"with null for candidate", fields{"candidate": nil}, refused},
		{"that is no candidate", fields{"candidate": "hello"}, refused},
		{"of two lines", fields{"candidate": line + "\r\na=x"}, refused},
		{"with a DEL", fields{"candidate": line + "\x7f"}, refused},
		{"of 1,024 bytes", fields{"candidate": line + strings.Repeat("x", 1024-len(line))}, allowed},
		{"of 1,025 bytes", fields{"candidate": line + strings.Repeat("x", 1025-len(line))}, refused},
		{"of 600 characters in 1,160 bytes", fields{"candidate": line + strings.Repeat("é", 560)}, refused},
		{"by sdpMid alone", fields{"sdpMLineIndex": nil}, allowed},
		{"by sdpMLineIndex alone", fields{"sdpMid": nil}, allowed},
		{"without sdpMid", fields{"sdpMid": deleted{}}, allowed},
		{"without sdpMLineIndex", fields{"sdpMLineIndex": deleted{}}, allowed},
		{"of no media", fields{"sdpMid": nil, "sdpMLineIndex": nil}, refused},
		{"with a number for sdpMid", fields{"sdpMid": 0}, refused},
		{"with an sdpMid of 64 bytes", fields{"sdpMid": strings.Repeat("a", 64)}, allowed},
		{"with an sdpMid of 65 bytes", fields{"sdpMid": strings.Repeat("a", 65)}, refused},
		{"with text for sdpMLineIndex", fields{"sdpMLineIndex": "0"}, refused},
		{"with a fraction for sdpMLineIndex", fields{"sdpMLineIndex": 0.5}, refused},
		{"with an sdpMLineIndex of -1", fields{"sdpMLineIndex": -1}, refused},
		{"with an sdpMLineIndex of 65,535", fields{"sdpMLineIndex": 65535}, allowed},
		{"with an sdpMLineIndex of 65,536", fields{"sdpMLineIndex": 65536}, refused},
		{"without uid", fields{"uid": deleted{}}, refused},
		{"without expireAt", fields{"expireAt": deleted{}}, refused},
		{"with its end behind it", fields{"expireAt": past}, refused},
		{"for 110 minutes", fields{"expireAt": now.Add(119 * time.Minute)}, allowed},
		{"for 130 minutes", fields{"expireAt": now.Add(130 * time.Minute)}, refused},
		{"with an end that is no time", fields{"expireAt": "tomorrow"}, refused},
		{"with an unknown field", fields{"priority": 1}, refused},
		{"with another", fields{"more": line}, allowed},
		{"with another in SDP's form", fields{"more": "a=" + line}, allowed},
		{"with 15 others", fields{"more": line + strings.Repeat("\n"+line, 14)}, allowed},
		{"with 16 others", fields{"more": line + strings.Repeat("\n"+line, 15)}, refused},
		{"with others of 15,374 bytes", fields{"more": line + strings.Repeat("x", 15374-len(line))}, allowed},
		{"with others of 15,375 bytes", fields{"more": line + strings.Repeat("x", 15375-len(line))}, refused},
		{"with an empty text of others", fields{"more": ""}, refused},
		{"with another that is none", fields{"more": line + "\nhello"}, refused},
		{"with others in lines that end otherwise", fields{"more": line + "\r\n" + line}, refused},
		{"with null for others", fields{"more": nil}, refused},
		{"with a list of others", fields{"more": []any{line}}, refused},
	}
}
