package rulestest

import (
	"strings"
	"time"
)

// Who is who in the rows.
const (
	caller   = "caller-uid"
	callee   = "callee-uid"
	stranger = "stranger-uid"
	nobody   = ""
)

const sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"

var (
	now    = time.Now()
	future = now.Add(time.Hour)
	past   = now.Add(-time.Minute)
)

func description(kind string) fields { return fields{"type": kind, "sdp": sdp} }
func later(n int) fields             { return fields{"n": n, "type": "offer", "sdp": sdp} }

// The room as the call goes on.
var (
	made     = fields{"callerUid": caller, "createdAt": now, "expireAt": future}
	offered  = with(made, fields{"offer": description("offer")})
	claimed  = with(offered, fields{"calleeUid": callee})
	answered = with(claimed, fields{"answer": description("answer")})
)

func in(room fields) map[string]fields      { return map[string]fields{"": room} }
func overdue(room fields) map[string]fields { return in(with(room, fields{"expireAt": past})) }

func roomRows() []row {
	return slicesOf(readRows(), createRows(), callerRows(), claimRows(), calleeRows(), deleteRows())
}

func readRows() []row {
	return []row{
		{name: "get a new room", before: in(made), as: caller, do: get(""), want: allowed},
		{name: "get an unclaimed room, to join", before: in(offered), as: stranger, do: get(""), want: allowed},
		{name: "get a claimed room as caller", before: in(claimed), as: caller, do: get(""), want: allowed},
		{name: "get a claimed room as callee", before: in(claimed), as: callee, do: get(""), want: allowed},
		{name: "get a claimed room as a third", before: in(claimed), as: stranger, do: get(""), want: refused},
		{name: "get an unclaimed room as nobody", before: in(offered), as: nobody, do: get(""), want: refused},
		{name: "get a claimed room as nobody", before: in(claimed), as: nobody, do: get(""), want: refused},
		{name: "get an unclaimed room after its end", before: overdue(offered), as: stranger, do: get(""), want: refused},
		{name: "get one's own room after its end", before: overdue(answered), as: caller, do: get(""), want: refused},
		{name: "get the joined room after its end", before: overdue(answered), as: callee, do: get(""), want: refused},
		{name: "get an old client's room, without an end", before: in(fields{"offer": description("offer")}), as: stranger, do: get(""), want: refused},
		{name: "get what is not there", as: stranger, do: get(""), want: allowed},
		{name: "get what is not there as nobody", as: nobody, do: get(""), want: refused},
		{name: "list rooms", before: in(offered), as: caller, do: listRooms, want: refused},
		{name: "list rooms as nobody", before: in(offered), as: nobody, do: listRooms, want: refused},
		{name: "get another collection", as: caller, do: get("messages/x"), want: refused},
		{name: "write another collection", before: in(answered), as: caller, do: set("messages/x", fields{"a": 1}), want: refused},
	}
}

func createRows() []row {
	new := with(made, fields{"createdAt": deleted{}})
	created := func(name string, changes fields, want verdict) row {
		return row{name: "create " + name, as: caller, do: setNow("", with(new, changes)), want: want}
	}
	id := func(id string, want verdict) row {
		return row{name: "create under the ID " + id, as: caller, roomID: id, do: setNow("", new), want: want}
	}
	rows := []row{
		created("before the offer", nil, allowed),
		created("with the offer", fields{"offer": description("offer")}, allowed),
		created("with null for an offer", fields{"offer": nil}, allowed),
		created("with an empty offer", fields{"offer": fields{"type": "offer", "sdp": ""}}, allowed),
		created("with an offer of text", fields{"offer": sdp}, refused),
		created("without callerUid", fields{"callerUid": deleted{}}, refused),
		created("in another's name", fields{"callerUid": stranger}, refused),
		created("without expireAt", fields{"expireAt": deleted{}}, refused),
		created("with an end that is no time", fields{"expireAt": "tomorrow"}, refused),
		created("with its end behind it", fields{"expireAt": past}, refused),
		created("for 110 minutes", fields{"expireAt": now.Add(119 * time.Minute)}, allowed),
		created("for 130 minutes", fields{"expireAt": now.Add(130 * time.Minute)}, refused),
		created("with its callee", fields{"calleeUid": callee}, refused),
		created("with its answer", fields{"answer": description("answer")}, refused),
		created("with an update", fields{"callerUpdate": later(1)}, refused),
		created("with an unknown field", fields{"title": "hello"}, refused),
		{name: "create as nobody", as: nobody, do: setNow("", new), want: refused},
		{name: "create as nobody, by nobody", as: nobody, do: setNow("", with(new, fields{"callerUid": nil})), want: refused},
		{name: "create without createdAt", as: caller, do: set("", new), want: refused},
		{name: "create with the client's time", as: caller, do: set("", made), want: refused},
		{name: "create over another's room", before: in(offered), as: stranger, do: setNow("", with(new, fields{"callerUid": stranger})), want: refused},
		id("AbCdEfGhIjKlMnOpQr09", allowed), // an old client's: letters of both cases
		id("AbCdEfGhIjKlMnOpQr0", refused),
		id("AbCdEfGhIjKlMnOpQr09x", refused),
		id("AbCdEfGhIjKlMnOpQr_9", refused),
		id("0123abcdxyz", refused),
		id("0123-abcd-xyz", refused),
		id("0123abcdxyzu", refused), // not in Crockford's alphabet
		id("lobby", refused),
	}
	for name, bad := range badDescriptions("offer", "answer") {
		rows = append(rows, created("with an offer "+name, fields{"offer": bad}, refused))
	}
	return rows
}

// badDescriptions are what no description of this type is.
func badDescriptions(kind, other string) map[string]any {
	return map[string]any{
		"of the other type":       description(other),
		"of an unknown type":      description("pranswer"),
		"without a type":          fields{"sdp": sdp},
		"without an sdp":          fields{"type": kind},
		"with a number for sdp":   fields{"type": kind, "sdp": 0},
		"with one key more":       fields{"type": kind, "sdp": sdp, "note": "x"},
		"that is a list":          []any{kind, sdp},
		"that does not begin v=0": fields{"type": kind, "sdp": "o=- 1 1 IN IP4 127.0.0.1\r\n"},
		"of another SDP version":  fields{"type": kind, "sdp": "v=01\r\n"},
		"with a NUL":              fields{"type": kind, "sdp": sdp + "\x00"},
		"of 65,537 bytes":         fields{"type": kind, "sdp": sized(65537)},
		"of 40,000 characters":    fields{"type": kind, "sdp": sdp + strings.Repeat("é", 40000)}, // 80,033 bytes
	}
}

// sized is an SDP of n bytes.
func sized(n int) string { return sdp + strings.Repeat("a", n-len(sdp)) }

func callerRows() []row {
	by := func(name string, before, changes fields, want verdict) row {
		return row{name: "caller: " + name, before: in(before), as: caller, do: update("", changes), want: want}
	}
	offer := func(before fields, want verdict) row {
		return by("", before, fields{"offer": fields{"type": "offer", "sdp": sdp + "a=x\r\n"}}, want)
	}
	named := func(name string, r row) row { r.name += name; return r }
	rows := []row{
		named("offer, in a room that was made before", offer(made, allowed)),
		named("offer, where there was null", offer(with(made, fields{"offer": nil}), allowed)),
		named("offer, where there was an empty one", offer(with(made, fields{"offer": fields{"type": "offer", "sdp": ""}}), allowed)),
		named("offer anew before the claim", offer(offered, allowed)),
		named("offer anew before the answer", offer(claimed, allowed)),
		named("offer anew after the answer", offer(answered, refused)),
		by("offer with line ends of one byte", made, fields{"offer": fields{"type": "offer", "sdp": "v=0\n"}}, allowed),
		by("offer of 65,536 bytes", made, fields{"offer": fields{"type": "offer", "sdp": sized(65536)}}, allowed),
		by("take the offer back", offered, fields{"offer": deleted{}}, refused),
		by("empty the offer", offered, fields{"offer": fields{"type": "offer", "sdp": ""}}, refused),
		by("answer its own offer", claimed, fields{"answer": description("answer")}, refused),
		by("fill the callee's seat", offered, fields{"calleeUid": callee}, refused),
		by("put the callee out", claimed, fields{"calleeUid": deleted{}}, refused),
		by("give the callee's seat away", claimed, fields{"calleeUid": stranger}, refused),
		by("take the answer away", answered, fields{"answer": deleted{}}, refused),
		by("give its seat away", answered, fields{"callerUid": stranger}, refused),
		by("change createdAt", answered, fields{"createdAt": future}, refused),
		by("add an unknown field", answered, fields{"title": "hello"}, refused),
		by("write the callee's update", answered, fields{"calleeUpdate": later(1)}, refused),
		{name: "caller: offer after the end", before: overdue(made), as: caller, do: update("", fields{"offer": description("offer")}), want: refused},
		{name: "a third: offer in another's room", before: in(made), as: stranger, do: update("", fields{"offer": description("offer")}), want: refused},
		{name: "nobody: offer", before: in(made), as: nobody, do: update("", fields{"offer": description("offer")}), want: refused},
		{name: "callee: change the offer", before: in(claimed), as: callee, do: update("", fields{"offer": description("offer")}), want: allowed}, // unchanged
		{name: "callee: change the offer's text", before: in(claimed), as: callee, do: update("", fields{"offer": fields{"type": "offer", "sdp": sdp + "a=x\r\n"}}), want: refused},
	}
	for name, bad := range badDescriptions("offer", "answer") {
		rows = append(rows, by("offer "+name, made, fields{"offer": bad}, refused))
	}
	return slicesOf(rows, updateRows(caller, "callerUpdate"), renewRows(caller))
}

// updateRows are about a seat's later descriptions.
func updateRows(as, field string) []row {
	by := func(name string, before, changes fields, want verdict) row {
		return row{name: as + ": " + name, before: in(before), as: as, do: update("", changes), want: want}
	}
	third := with(answered, fields{field: later(3)})
	rows := []row{
		by("a first update", answered, fields{field: later(1)}, allowed),
		by("a first update that is an answer", answered, fields{field: fields{"n": 1, "type": "answer", "sdp": sdp}}, allowed),
		by("a first update of 65,536 bytes", answered, fields{field: fields{"n": 1, "type": "offer", "sdp": sized(65536)}}, allowed),
		by("an update before the answer", claimed, fields{field: later(1)}, refused),
		by("the next update", third, fields{field: later(4)}, allowed),
		by("the same update again", third, fields{field: later(3)}, allowed), // changes nothing
		by("an update of the same number", third, fields{field: fields{"n": 3, "type": "answer", "sdp": sdp}}, refused),
		by("an update of a lower number", third, fields{field: later(2)}, refused),
		by("a first update of number 0", answered, fields{field: later(0)}, refused),
		by("an update of number 1.5", answered, fields{field: fields{"n": 1.5, "type": "offer", "sdp": sdp}}, refused),
		by("an update without a number", answered, fields{field: description("offer")}, refused),
		by("take an update back", third, fields{field: deleted{}}, refused),
		by("an update after the end", with(answered, fields{"expireAt": past}), fields{field: later(1)}, refused),
		{name: "a third: " + field, before: in(answered), as: stranger, do: update("", fields{field: later(1)}), want: refused},
	}
	for name, bad := range badDescriptions("offer", "pranswer") {
		if f, ok := bad.(fields); ok {
			bad = with(f, fields{"n": 1})
		}
		rows = append(rows, by("an update "+name, answered, fields{field: bad}, refused))
	}
	return rows
}

// renewRows are about the room's end. What a seat may do there is the same.
func renewRows(as string) []row {
	by := func(name string, end any, want verdict) row {
		return row{name: as + ": renew " + name, before: in(answered), as: as, do: update("", fields{"expireAt": end}), want: want}
	}
	return []row{
		by("by 110 minutes", now.Add(110*time.Minute), allowed),
		by("by 130 minutes", now.Add(130*time.Minute), refused),
		by("into the past", past, refused),
		by("to no time", "tomorrow", refused),
		by("for ever", deleted{}, refused),
		{name: as + ": renew after the end", before: overdue(answered), as: as, do: update("", fields{"expireAt": future}), want: refused},
	}
}

func claimRows() []row {
	claim := func(uid string) op { return update("", fields{"calleeUid": uid}) }
	return []row{
		{name: "claim", before: in(offered), as: callee, do: claim(callee), want: allowed},
		{name: "claim before the offer", before: in(made), as: callee, do: claim(callee), want: allowed},
		{name: "claim again, as the first answer was lost", before: in(claimed), as: callee, do: claim(callee), want: allowed}, // changes nothing
		{name: "claim for another", before: in(offered), as: stranger, do: claim(callee), want: refused},
		{name: "claim as nobody", before: in(offered), as: nobody, do: claim(callee), want: refused},
		{name: "claim what is claimed", before: in(claimed), as: stranger, do: claim(stranger), want: refused},
		{name: "claim what is answered", before: in(answered), as: stranger, do: claim(stranger), want: refused},
		{name: "claim after the end", before: overdue(offered), as: callee, do: claim(callee), want: refused},
		{name: "claim an old client's room, without an end", before: in(fields{"offer": description("offer")}), as: callee, do: claim(callee), want: refused},
		{name: "claim what is not there", as: callee, do: set("", fields{"calleeUid": callee}), want: refused},
		{name: "claim and answer at once", before: in(offered), as: callee, do: update("", fields{"calleeUid": callee, "answer": description("answer")}), want: refused},
		{name: "claim both seats", before: in(offered), as: stranger, do: update("", fields{"calleeUid": stranger, "callerUid": stranger}), want: refused},
		{name: "claim one's own room, from another program", before: in(offered), as: caller, do: claim(caller), want: refused},
	}
}

func calleeRows() []row {
	by := func(name string, before, changes fields, want verdict) row {
		return row{name: "callee: " + name, before: in(before), as: callee, do: update("", changes), want: want}
	}
	rows := []row{
		by("answer", claimed, fields{"answer": description("answer")}, allowed),
		by("answer of 65,536 bytes", claimed, fields{"answer": fields{"type": "answer", "sdp": sized(65536)}}, allowed),
		by("the same answer again", answered, fields{"answer": description("answer")}, allowed), // changes nothing
		by("answer differently", answered, fields{"answer": fields{"type": "answer", "sdp": sdp + "a=x\r\n"}}, refused),
		by("take the answer back", answered, fields{"answer": deleted{}}, refused),
		by("answer null", claimed, fields{"answer": nil}, refused),
		by("leave its seat", claimed, fields{"calleeUid": deleted{}}, refused),
		by("give its seat away", claimed, fields{"calleeUid": stranger}, refused),
		by("take the caller's seat", claimed, fields{"callerUid": callee}, refused),
		by("change createdAt", claimed, fields{"createdAt": future}, refused),
		by("add an unknown field", claimed, fields{"title": "hello"}, refused),
		by("write the caller's update", answered, fields{"callerUpdate": later(1)}, refused),
		{name: "callee: answer after the end", before: overdue(claimed), as: callee, do: update("", fields{"answer": description("answer")}), want: refused},
		{name: "a third: answer", before: in(claimed), as: stranger, do: update("", fields{"answer": description("answer")}), want: refused},
		{name: "answer without a claim", before: in(offered), as: callee, do: update("", fields{"answer": description("answer")}), want: refused},
		{name: "nobody: answer", before: in(claimed), as: nobody, do: update("", fields{"answer": description("answer")}), want: refused},
	}
	for name, bad := range badDescriptions("answer", "offer") {
		rows = append(rows, by("answer "+name, claimed, fields{"answer": bad}, refused))
	}
	return slicesOf(rows, updateRows(callee, "calleeUpdate"), renewRows(callee))
}

func deleteRows() []row {
	return []row{
		{name: "delete as caller", before: in(answered), as: caller, do: remove(""), want: allowed},
		{name: "delete as caller, unclaimed", before: in(made), as: caller, do: remove(""), want: allowed},
		{name: "delete as callee", before: in(answered), as: callee, do: remove(""), want: allowed},
		{name: "delete as a third", before: in(answered), as: stranger, do: remove(""), want: refused},
		{name: "delete as a third, unclaimed", before: in(offered), as: stranger, do: remove(""), want: refused},
		{name: "delete as nobody", before: in(answered), as: nobody, do: remove(""), want: refused},
		{name: "sweep as caller", before: overdue(answered), as: caller, do: remove(""), want: allowed},
		{name: "sweep as callee", before: overdue(answered), as: callee, do: remove(""), want: allowed},
		{name: "sweep as a third", before: overdue(answered), as: stranger, do: remove(""), want: refused},
		{name: "delete what is gone", as: stranger, do: remove(""), want: allowed},
		{name: "delete what is gone as nobody", as: nobody, do: remove(""), want: refused},
	}
}
