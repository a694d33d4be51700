package rulestest

import (
	"strings"
	"time"
)

// devRows are what clients of the plain schema do, without signing in, and what
// even they must not.
func devRows() []row {
	old := fields{"offer": description("offer")}
	oldAnswered := with(old, fields{"answer": description("answer")})
	line := fields{"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
	there := map[string]fields{"": oldAnswered, "callerCandidates/x": line, "calleeCandidates/x": line}
	over := map[string]fields{"": with(offered, fields{"expireAt": past}), "callerCandidates/x": line, "calleeCandidates/x": line}
	long := strings.Repeat("a", 65537)
	do := func(name string, before map[string]fields, do op, want verdict) row {
		return row{name: name, before: before, do: do, want: want}
	}
	rows := []row{
		do("get", in(old), get(""), allowed),
		do("get what is not there", nil, get(""), allowed),
		do("get before its end", in(offered), get(""), allowed),
		do("get after its end", over, get(""), refused),
		do("list rooms", in(old), listRooms, refused),
		do("read candidates in all rooms", there, listAnywhere("callerCandidates"), refused),
		do("create", nil, set("", old), allowed),
		do("create with createdAt by the server", nil, setNow("", old), allowed),
		do("create with createdAt as a number", nil, set("", with(old, fields{"createdAt": 1763700000000})), allowed),
		do("create with createdAt as text", nil, set("", with(old, fields{"createdAt": "2026-11-21T12:00:00Z"})), allowed),
		do("create with createdAt as a long text", nil, set("", with(old, fields{"createdAt": long})), refused),
		do("create with createdAt as a map", nil, set("", with(old, fields{"createdAt": fields{}})), refused),
		do("create before the offer", nil, set("", fields{}), allowed),
		do("create with an empty offer", nil, set("", fields{"offer": fields{"type": "", "sdp": ""}}), allowed),
		do("create one of ours", nil, set("", claimed), allowed),
		do("create one of ours for ever", nil, set("", with(claimed, fields{"expireAt": "never"})), refused),
		do("create one of ours for too long", nil, set("", with(claimed, fields{"expireAt": now.Add(130 * time.Minute)})), refused),
		do("create one of ours in the past", nil, set("", with(claimed, fields{"expireAt": past})), refused),
		do("create with an unknown field", nil, set("", with(old, fields{"payload": "x"})), refused),
		{name: "create under a short ID", roomID: "lobby", do: set("", old), want: refused},
		{name: "create under an ID of 20 letters", roomID: "AbCdEfGhIjKlMnOpQrSt", do: set("", old), want: allowed},
		do("answer", in(old), update("", fields{"answer": description("answer")}), allowed),
		do("update after its end", over, update("", fields{"answer": description("answer")}), refused),
		do("renew after its end", over, update("", fields{"expireAt": future}), refused),
		do("update with an unknown field", in(old), update("", fields{"payload": "x"}), refused),
		do("delete", there, remove("callerCandidates/x", "calleeCandidates/x", ""), allowed),
		do("delete after its end", over, remove("callerCandidates/x", "calleeCandidates/x", ""), allowed),
	}
	for _, field := range []string{"offer", "answer", "callerUpdate", "calleeUpdate"} {
		rows = append(rows,
			do("create with a long "+field, nil, set("", fields{field: fields{"type": "offer", "sdp": long}}), refused),
			do("create with a long type in "+field, nil, set("", fields{field: fields{"type": long, "sdp": sdp}}), refused),
			do("create with a number for the sdp of "+field, nil, set("", fields{field: fields{"type": "offer", "sdp": 1}}), refused),
			do("create with one key more in "+field, nil, set("", fields{field: fields{"type": "offer", "sdp": sdp, "x": 1}}), refused),
			do("create with text for "+field, nil, set("", fields{field: sdp}), refused),
		)
	}
	for _, field := range []string{"callerUid", "calleeUid"} {
		rows = append(rows, do("create with a long "+field, nil, set("", with(old, fields{field: long})), refused))
	}
	for _, c := range []string{"callerCandidates", "calleeCandidates"} {
		at := c + "/x"
		rows = append(rows,
			do(c+": list", there, list(c), allowed),
			do(c+": list after its end", over, list(c), refused),
			do(c+": list before the room", nil, list(c), allowed),
			do(c+": add", in(old), set(at, line), allowed),
			do(c+": add before the room", nil, set(at, line), allowed),
			do(c+": add one of ours", in(claimed), set(at, candidateOf(caller)), allowed),
			do(c+": add several of ours", in(claimed), set(at, with(candidateOf(caller), fields{"more": "candidate:2"})), allowed),
			do(c+": add one of ours in the past", in(claimed), set(at, with(candidateOf(caller), fields{"expireAt": past})), refused),
			do(c+": add after its end", over, set(c+"/y", line), refused),
			do(c+": change after its end", over, set(at, line), refused),
			do(c+": change", there, set(at, with(line, fields{"sdpMid": "1"})), allowed),
			do(c+": change to a long one", there, set(at, with(line, fields{"candidate": long})), refused),
			do(c+": add without sdpMLineIndex", in(old), set(at, with(line, fields{"sdpMLineIndex": nil})), allowed),
			do(c+": add with text for sdpMLineIndex", in(old), set(at, with(line, fields{"sdpMLineIndex": "0"})), refused),
			do(c+": add with an unknown field", in(old), set(at, with(line, fields{"x": 1})), refused),
		)
		for _, field := range []string{"candidate", "sdpMid", "usernameFragment", "uid", "more"} {
			rows = append(rows, do(c+": add with a long "+field, in(old), set(at, with(line, fields{field: long})), refused))
		}
	}
	return rows
}
