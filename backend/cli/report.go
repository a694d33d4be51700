package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/mdp/qrterminal/v3"

	"parley/backend/call"
	"parley/backend/signaling"
)

// scripts reports in JSON, one object a line.
type scripts struct{ out *lines }

func (s scripts) room(now call.Snapshot) {
	s.event("room", struct {
		ID     string `json:"id"`
		Invite string `json:"invite"`
	}{now.Room, now.Invite})
}

func (s scripts) code(now call.Snapshot) {
	s.event("code", struct {
		Code string `json:"code"`
	}{now.Code})
}

func (s scripts) state(now call.Snapshot) {
	s.event("state", struct {
		State call.State `json:"state"`
	}{now.State})
}

func (s scripts) knock(now call.Snapshot) {
	s.event("knock", struct {
		Name string `json:"name"`
	}{now.Knock.Name})
}

// answer takes {"let_in":true} or {"let_in":false}.
func (s scripts) answer(line string) (letIn, ok bool) {
	var typed struct {
		LetIn *bool `json:"let_in"`
	}
	if err := json.Unmarshal([]byte(line), &typed); err != nil || typed.LetIn == nil {
		return false, false
	}
	return *typed.LetIn, true
}

func (s scripts) words(now call.Snapshot) {
	if now.Trust.Words != "" {
		s.event("words", struct {
			Words   string `json:"words"`
			Swapped bool   `json:"swapped"`
		}{now.Trust.Words, now.Trust.Swapped})
	}
}

func (s scripts) stats(stats call.Stats) {
	if !s.out.crowded() { // the next second has newer ones
		s.event("stats", stats)
	}
}

func (s scripts) problem(code call.Code, message string) {
	s.event("error", call.Failure{Code: code, Message: message})
}

func (s scripts) end(reason string) {
	s.event("end", struct {
		Reason string `json:"reason"`
	}{reason})
}

// event writes the fields of a struct as a JSON object, with the event's name
// before them.
func (s scripts) event(name string, fields any) {
	object, err := marshal(fields)
	if err != nil { // a figure that is no number
		s.problem(call.Internal, fmt.Sprintf("write the %s event: %v", name, err))
		return
	}
	fmt.Fprintf(s.out, "{\"event\":%q,%s", name, object[1:])
}

// marshal gives v as a line of JSON, in which a link stays a link: & and not
// \u0026, which encoding/json writes for the sake of HTML.
func marshal(v any) ([]byte, error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return line.Bytes(), err
}

// people reports in words.
type people struct {
	out    *lines
	errors io.Writer
}

func (p people) room(now call.Snapshot) {
	fmt.Fprintf(p.out, "Room    %s\n", now.Room)
	if now.Role != signaling.Caller || now.Invite == "" || now.Invite == now.Room {
		return
	}
	fmt.Fprintf(p.out, "Invite  %s\n\n%s\n", now.Invite, qrCode(now.Invite))
}

func qrCode(text string) string {
	var qr bytes.Buffer
	qrterminal.GenerateHalfBlock(text, qrterminal.L, &qr)
	return qr.String()
}

func (p people) code(now call.Snapshot) {
	next := "Give them this code. Then paste the one that they give back, and press Enter:"
	if now.Role == signaling.Callee {
		next = "Give this code back to them:"
	}
	fmt.Fprintf(p.out, "%s\n\n%s\n\n%s\n", next, now.Code, qrCode(now.Code))
}

func (p people) knock(now call.Snapshot) {
	who := "Somebody without a name"
	if now.Knock.Name != "" {
		who = now.Knock.Name
	}
	fmt.Fprintf(p.out, "%s knocks, and sees and hears nothing yet. Let them in? Type y or n, and press Enter:\n", who)
}

// answer takes y or n, or the whole word.
func (people) answer(line string) (letIn, ok bool) {
	switch strings.ToLower(line) {
	case "y", "yes":
		return true, true
	case "n", "no":
		return false, true
	}
	return false, false
}

var stateWords = map[call.State]string{
	call.Preparing:    "Getting ready.",
	call.Waiting:      "Waiting for the other side.",
	call.Connecting:   "The other side is there. Connecting.",
	call.Connected:    "Connected. Ctrl+C hangs up.",
	call.Reconnecting: "Nothing comes from the other side. Trying to reconnect.",
}

func (p people) state(now call.Snapshot) {
	words := stateWords[now.State]
	if now.State == call.Knocking && now.Role == signaling.Callee {
		words = "The other side has a waiting room. Waiting to be let in."
	}
	if now.State == call.Waiting && now.Role == signaling.Caller && now.Code == "" && now.Invite != "" {
		words += " Send them the link, or let them scan the code."
	}
	if words != "" {
		fmt.Fprintln(p.out, words)
	}
}

func (p people) words(now call.Snapshot) {
	switch {
	case now.Trust.Words == "": // the call is over
	case now.Trust.Swapped:
		fmt.Fprintf(p.errors, "parley: Somebody tried to take the other side's place, and was refused. Compare the words again: %s\n", now.Trust.Words)
	default:
		fmt.Fprintf(p.out, "Words   %s\n        The other side should see the same. If not, somebody may listen in: hang up.\n", now.Trust.Words)
	}
}

func (people) stats(call.Stats) {}

func (p people) problem(code call.Code, message string) {
	words := failures[code].words
	if strings.Contains(message, words) {
		fmt.Fprintf(p.errors, "parley: %s (%s)\n", message, code)
		return
	}
	fmt.Fprintf(p.errors, "parley: %s (%s: %s)\n", words, code, message)
}

var reasonWords = map[string]string{
	string(call.HungUp):        "The call is over.",
	string(call.OtherHungUp):   "The other side hung up.",
	string(call.OtherLost):     "The other side is gone, and did not come back.",
	string(call.Declined):      "Nobody was let in. The room is closed.",
	string(call.OtherDeclined): "The other side did not let you in.",
}

func (p people) end(reason string) {
	if words := reasonWords[reason]; words != "" {
		fmt.Fprintln(p.out, words)
	}
}

// lines writes standard output from a goroutine of its own: a reader that is
// slow or gone must not keep the call from hearing Ctrl+C.
type lines struct {
	queue  chan []byte
	failed chan struct{} // closed when a write failed or nobody reads
	fail   func()
	done   chan struct{} // closed when all is written
}

func newLines(w io.Writer) *lines {
	l := &lines{queue: make(chan []byte, 64), failed: make(chan struct{}), done: make(chan struct{})}
	l.fail = sync.OnceFunc(func() { close(l.failed) })
	go func() {
		defer close(l.done)
		for b := range l.queue {
			if _, err := w.Write(b); err != nil {
				l.fail()
				return
			}
		}
	}()
	return l
}

// Write queues b. A full queue is as good as no reader.
func (l *lines) Write(b []byte) (int, error) {
	select {
	case l.queue <- bytes.Clone(b):
	default:
		l.fail()
	}
	return len(b), nil
}

// crowded tells that what can be left out should be.
func (l *lines) crowded() bool { return len(l.queue) > cap(l.queue)/2 }

// close writes what is queued until end, and tells whether all could be written.
func (l *lines) close(end time.Time) bool {
	close(l.queue)
	select {
	case <-l.done:
	case <-time.After(time.Until(end)):
		return false
	}
	select {
	case <-l.failed:
		return false
	default:
		return true
	}
}
