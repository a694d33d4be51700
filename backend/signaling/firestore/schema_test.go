package firestore

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/signaling"
)

func isErr(err error, target error) bool { return errors.Is(err, target) }

func TestParseRoom(t *testing.T) {
	offer := sdp("offer")
	good := descriptionFields(offer)
	for name, test := range map[string]struct {
		data  map[string]any
		offer bool
		err   error
	}{
		"nothing":          {nil, false, nil},
		"null":             {map[string]any{"offer": nil}, false, nil},
		"an empty offer":   {map[string]any{"offer": map[string]any{"type": "offer", "sdp": ""}}, false, nil},
		"no sdp":           {map[string]any{"offer": map[string]any{"type": "offer"}}, false, nil},
		"an offer":         {map[string]any{"offer": good, "more": 1}, true, nil},
		"odd fields":       {map[string]any{"offer": good, "expireAt": "soon", "callerUid": int64(7), "calleeUpdate": "x"}, true, nil},
		"text":             {map[string]any{"offer": "v=0"}, false, signaling.ErrBadMessage},
		"a number as sdp":  {map[string]any{"offer": map[string]any{"type": "offer", "sdp": int64(1)}}, false, signaling.ErrBadMessage},
		"an answer":        {map[string]any{"offer": descriptionFields(sdp("answer"))}, false, signaling.ErrBadMessage},
		"no type":          {map[string]any{"offer": map[string]any{"sdp": offer.SDP}}, false, signaling.ErrBadMessage},
		"a bad answer":     {map[string]any{"answer": []any{}}, false, signaling.ErrBadMessage},
		"a large answer":   {map[string]any{"answer": map[string]any{"type": "answer", "sdp": "v=0\r\n" + strings.Repeat("x", signaling.MaxSDP)}}, false, signaling.ErrTooLarge},
		"an update":        {map[string]any{"offer": good, "calleeUpdate": map[string]any{"n": 2.0, "type": "offer", "sdp": offer.SDP}}, true, nil},
		"an update of 1/2": {map[string]any{"calleeUpdate": map[string]any{"n": 0.5, "type": "offer", "sdp": offer.SDP}}, false, signaling.ErrBadMessage},
		"a bad update":     {map[string]any{"callerUpdate": map[string]any{"n": int64(1), "type": "rollback", "sdp": offer.SDP}}, false, signaling.ErrBadMessage},
	} {
		s, err := parseRoom(test.data)
		if !errors.Is(err, test.err) || (s.offer != nil) != test.offer {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestCandidatesComeBack(t *testing.T) {
	ufrag := "abcd"
	for _, c := range []signaling.Candidate{host(1), {}, {Candidate: host(2).Candidate, SDPMLineIndex: host(2).SDPMLineIndex, UsernameFragment: &ufrag}} {
		got, err := parseCandidates(candidateFields([]signaling.Candidate{c}, "me", time.Now()))
		if err != nil || !reflect.DeepEqual(got, []signaling.Candidate{c}) {
			t.Errorf("%+v came back as %+v, %v", c, got, err)
		}
	}
	line := host(1).Candidate
	for _, bad := range []map[string]any{
		{"candidate": int64(1)}, {"candidate": "candidate:1", "sdpMid": int64(0)}, {"candidate": "candidate:1", "sdpMLineIndex": "0"},
		{"candidate": "candidate:1", "sdpMLineIndex": 0.5}, {"candidate": "candidate:1", "sdpMLineIndex": int64(-1)},
		{"candidate": "candidate:1", "sdpMid": "0", "usernameFragment": true}, {"candidate": "hello", "sdpMid": "0"}, {"candidate": "candidate:1"},
		{"candidate": line, "sdpMid": "0", "more": ""}, {"candidate": line, "sdpMid": "0", "more": int64(1)},
		{"candidate": line, "sdpMid": "0", "more": line + "\n"}, {"candidate": line, "sdpMid": "0", "more": "hello"},
	} {
		if c, err := parseCandidates(bad); !errors.Is(err, signaling.ErrBadMessage) {
			t.Errorf("%v was read as %+v, %v", bad, c, err)
		}
	}
	for _, more := range []string{strings.Repeat(line+"\n", 15) + line, line + strings.Repeat("x", maxMore)} {
		if c, err := parseCandidates(map[string]any{"candidate": line, "sdpMid": "0", "more": more}); !errors.Is(err, signaling.ErrTooLarge) {
			t.Errorf("%d bytes were read as %+v, %v", len(more), c, err)
		}
	}
}

// FuzzDocuments: no document of any shape harms us, and what is taken is valid.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		`{"offer":{"type":"offer","sdp":"v=0\r\n"},"expireAt":"x"}`, `{"answer":7}`, `{"candidate":"candidate:1","sdpMLineIndex":1e300}`,
		`{"callerUpdate":{"n":1,"type":"answer","sdp":"v=0\n"}}`, `{"candidate":null,"sdpMid":[]}`,
		`{"candidate":"candidate:1","sdpMid":"0","more":"candidate:2\na=candidate:3"}`, `{"candidate":"candidate:1","sdpMid":"0","more":"\n"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m map[string]any
		if json.Unmarshal(data, &m) != nil {
			return
		}
		candidates, _ := parseCandidates(m)
		for _, c := range candidates {
			if c.Validate() != nil || len(candidates) > maxPacked {
				t.Errorf("took %+v", candidates)
			}
		}
		s, err := parseRoom(m)
		if err != nil && !errors.Is(err, signaling.ErrBadMessage) && !errors.Is(err, signaling.ErrTooLarge) {
			t.Errorf("an error without a name: %v", err)
		}
		if s.offer != nil && s.offer.Validate(signaling.Caller) != nil {
			t.Errorf("took %+v", s.offer)
		}
	})
}

func TestInsertCandidate(t *testing.T) {
	line, none := uint16(1), uint16(2)
	first, second, gone := host(1), host(2), host(3)
	second.SDPMid, second.SDPMLineIndex = nil, &line
	gone.SDPMid, gone.SDPMLineIndex = nil, &none
	text, ok := insertCandidate(sdp("offer").SDP, first)
	if !ok || text != sdp("offer", "a="+first.Candidate+"\r\n").SDP {
		t.Errorf("by mid: %v %s", ok, text)
	}
	text, ok = insertCandidate(text, second)
	if !ok || !strings.HasSuffix(text, "a=mid:1\r\na="+second.Candidate+"\r\n") {
		t.Errorf("by line: %v %s", ok, text)
	}
	if after, ok := insertCandidate(text, gone); ok || after != text {
		t.Errorf("a section that is not there: %s", after)
	}
	if _, ok := insertCandidate("v=0\r\nm=audio 9\r\na=mid:0", first); ok {
		t.Error("an SDP that is cut")
	}
}
