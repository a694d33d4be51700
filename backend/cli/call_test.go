package cli

import (
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/backend/call"
	"parley/backend/signaling"
)

const roomEvent = `{"event":"room","id":"0123-4567-89ab","invite":"https://192.168.1.7:7373/#room=0123-4567-89ab&cert=x"}` + "\n"

func TestJSONOfACall(t *testing.T) {
	s := &scripted{
		steps: append(answered(), step{2200 * time.Millisecond, in(call.Reconnecting)}, step{time.Second, ended(call.OtherHungUp)}),
		stats: call.Stats{RTT: 12.5},
	}
	figures, err := json.Marshal(s.stats)
	if err != nil {
		t.Fatal(err)
	}
	stats := `{"event":"stats",` + string(figures[1:]) + "\n"
	o := run(t, s, terminal{}, nil, "call", "create", "--json")
	want := `{"event":"state","state":"preparing"}
` + roomEvent + `{"event":"state","state":"waiting"}
{"event":"state","state":"connecting"}
{"event":"state","state":"connected"}
` + stats + stats + `{"event":"state","state":"reconnecting"}
` + stats + `{"event":"state","state":"ended"}
{"event":"end","reason":"other_hung_up"}
`
	if o.stdout != want || o.stderr != "" || o.exit != ExitEnded {
		t.Errorf("exit code %d, standard error %q, output\n%s", o.exit, o.stderr, o.stdout)
	}
	if o.did != "create, unwatch, close" {
		t.Errorf("did %s", o.did)
	}
}

func TestSecurityWordsOfACall(t *testing.T) {
	with := func(trust call.Trust) call.Snapshot {
		s := in(call.Connected)
		s.Trust = trust
		return s
	}
	steps := append(answered(),
		step{time.Millisecond, with(call.Trust{Words: "one two three four"})},
		step{time.Millisecond, with(call.Trust{Words: "one two three four", Swapped: true})},
		step{time.Millisecond, ended(call.OtherHungUp)})
	o := run(t, &scripted{steps: steps}, terminal{}, nil, "call", "create", "--json")
	want := `{"event":"words","words":"one two three four","swapped":false}
{"event":"words","words":"one two three four","swapped":true}
`
	if !strings.Contains(o.stdout, want) || strings.Count(o.stdout, "words") != 4 {
		t.Errorf("output\n%s", o.stdout)
	}
	o = run(t, &scripted{steps: steps}, terminal{}, nil, "call", "create")
	if !strings.Contains(o.stdout, "Words   one two three four\n") || !strings.Contains(o.stderr, "take the other side's place") {
		t.Errorf("said\n%s\n%s", o.stdout, o.stderr)
	}
}

func TestWordsOfACall(t *testing.T) {
	s := &scripted{steps: append(answered(), step{time.Second, ended(call.OtherLost)})}
	o := run(t, s, terminal{}, nil, "call", "create")
	for _, part := range []string{"Room    0123-4567-89ab\n", "Invite  https://192.168.1.7:7373/#room=0123-4567-89ab&cert=x\n", "▀", "Waiting for the other side", "Connected", "gone"} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("%q is missing in\n%s", part, o.stdout)
		}
	}
	if o.exit != ExitConnection {
		t.Errorf("exit code %d", o.exit)
	}
	for line := range strings.Lines(o.stdout) {
		if n := len([]rune(line)); n > 80 && !strings.HasPrefix(line, "Invite") && !strings.HasPrefix(line, "Waiting") {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}

func TestJoinerIsShownNoQRCode(t *testing.T) {
	snapshot := in(call.Connected)
	snapshot.Role = signaling.Callee
	s := &scripted{steps: []step{{0, snapshot}, {time.Second, ended(call.OtherHungUp)}}}
	o := run(t, s, terminal{}, nil, "call", "join", "0123-4567-89AB")
	if strings.Contains(o.stdout, "▀") || !strings.HasPrefix(o.did, "join 0123-4567-89AB, ") || o.exit != ExitEnded {
		t.Errorf("exit code %d, did %s, output\n%s", o.exit, o.did, o.stdout)
	}
}

func TestCodesByHand(t *testing.T) {
	waiting := in(call.Waiting)
	waiting.Role, waiting.Room, waiting.Invite, waiting.Code = signaling.Caller, "", "", "OFFER"
	steps := []step{{0, waiting}, {time.Second, in(call.Connected)}, {time.Second, ended(call.OtherHungUp)}}
	o := run(t, &scripted{steps: steps}, terminal{stdin: strings.NewReader("cut\n\n good \n")}, nil, "call", "create", "--json", "--signaling", "manual")
	want := `{"event":"code","code":"OFFER"}
{"event":"state","state":"waiting"}
{"event":"error","code":"bad_code","message":"not a call code"}
`
	if !strings.HasPrefix(o.stdout, want) || o.exit != ExitEnded || o.did != "create, code cut, code good, unwatch, close" {
		t.Errorf("exit code %d, did %s, output\n%s", o.exit, o.did, o.stdout)
	}
	o = run(t, &scripted{steps: steps}, terminal{}, nil, "call", "create", "--signaling", "manual")
	for _, part := range []string{"Give them this code", "\nOFFER\n", "▀", "Connected"} {
		if !strings.Contains(o.stdout, part) {
			t.Errorf("%q is missing in\n%s", part, o.stdout)
		}
	}
}

func TestLineThatIsTooLongIsSaid(t *testing.T) {
	waiting := in(call.Waiting)
	waiting.Code = "OFFER"
	steps := []step{{0, waiting}, {time.Second, ended(call.OtherHungUp)}}
	long := strings.NewReader("good\n" + strings.Repeat("x", 65<<10) + "\nnot read\n")
	o := run(t, &scripted{steps: steps}, terminal{stdin: long}, nil, "call", "create", "--json")
	if !strings.Contains(o.stdout, `{"event":"error","code":"internal","message":"read standard input, of which no more is taken: bufio.Scanner: token too long"}`) ||
		o.did != "create, code good, unwatch, close" || o.exit != ExitEnded {
		t.Errorf("exit code %d, did %s, output\n%s", o.exit, o.did, o.stdout)
	}
}

// codes reads the list of call.Code from its source, so that a new one is
// missed here before a user misses it.
func codes(t *testing.T) (list []call.Code) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../call/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Code" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, call.Code(code))
		}
		return true
	})
	return list
}

// atDoor is a call at whose door somebody knocks, first without a name.
func atDoor(role signaling.Role, name string) []step {
	unnamed := in(call.Knocking)
	unnamed.Role = role
	named := unnamed
	named.Knock.Name = name
	return []step{{0, unnamed}, {time.Second, named}, {time.Second, in(call.Connected)}, {time.Second, ended(call.OtherHungUp)}}
}

func TestWhoKnocksIsAskedAbout(t *testing.T) {
	want := `{"event":"state","state":"knocking"}
{"event":"knock","name":""}
`
	named := `{"event":"knock","name":"Ann"}
`
	for typed, did := range map[string]string{
		`{"let_in":true}`: "let in", `{"let_in":false}`: "hang up", "y": "", `{"let_in":1}`: "", "{}": "",
	} {
		o := run(t, &scripted{steps: atDoor(signaling.Caller, "Ann")}, terminal{stdin: strings.NewReader(typed + "\n")}, nil, "call", "create", "--json")
		asked := want
		if did == "" {
			asked += `{"event":"knock","name":""}` + "\n" // again
		}
		if did != "hang up" {
			asked += named
		}
		if did != "" {
			did += ", "
		}
		if !strings.HasPrefix(o.stdout, roomEvent+asked) || o.exit != ExitEnded || o.did != "create, "+did+"unwatch, close" {
			t.Errorf("%s: exit code %d, did %s, output\n%s", typed, o.exit, o.did, o.stdout)
		}
	}
	o := run(t, &scripted{steps: atDoor(signaling.Caller, "Ann")}, terminal{stdin: strings.NewReader("perhaps\nYES\n")}, nil, "call", "create")
	if strings.Count(o.stdout, "Somebody without a name knocks") != 2 || !strings.Contains(o.stdout, "Ann knocks") || !strings.Contains(o.did, "let in") {
		t.Errorf("did %s, output\n%s", o.did, o.stdout)
	}
	o = run(t, &scripted{steps: atDoor(signaling.Caller, "Ann")}, terminal{}, nil, "call", "create")
	if strings.Contains(o.did, "let in") || o.exit != ExitEnded {
		t.Errorf("without anybody to ask: exit code %d, did %s", o.exit, o.did)
	}
}

func TestJoinerKnocks(t *testing.T) {
	o := run(t, &scripted{steps: atDoor(signaling.Callee, "Bob")}, terminal{}, nil, "call", "join", "x", "--name", "Bob")
	if o.did != "join x, knock Bob, unwatch, close" || !strings.Contains(o.stdout, "Waiting to be let in.") {
		t.Errorf("did %s, output\n%s", o.did, o.stdout)
	}
	o = run(t, &scripted{steps: atDoor(signaling.Callee, "")}, terminal{}, nil, "call", "join", "x")
	if strings.Contains(o.did, "knock") {
		t.Errorf("without a name: did %s", o.did)
	}
	o = run(t, &scripted{}, terminal{}, nil, "call", "join", "x", "--name", "\u202e")
	if o.exit != ExitUsage || !strings.Contains(o.stderr, "--name") {
		t.Errorf("exit code %d, standard error %s", o.exit, o.stderr)
	}
}

func TestEveryCodeHasItsExitCodeAndWords(t *testing.T) {
	list := codes(t)
	if len(list) != len(failures) || len(list) < 20 {
		t.Errorf("%d codes, %d with words", len(list), len(failures))
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range list {
		f, ok := failures[code]
		if !ok || f.words == "" || f.exit == ExitEnded || !strings.Contains(string(readme), "`"+string(code)+"`") {
			t.Errorf("%s has no words, exit code or place in README.md", code)
		}
		event := `{"event":"state","state":"failed"}
{"event":"error","code":"` + string(code) + `","message":"`
		end := "\"}\n{\"event\":\"end\",\"reason\":\"failed\"}\n"

		// As the state of the call, ...
		s := &scripted{steps: []step{{0, failedWith(code)}}}
		o := run(t, s, terminal{}, nil, "call", "create", "--json")
		if o.exit != f.exit || o.stdout != roomEvent+event+"because"+end || o.did != "create, unwatch, close" {
			t.Errorf("%s: exit code %d, did %s, output\n%s", code, o.exit, o.did, o.stdout)
		}
		// ... as the error of the command, ...
		failure := &call.Error{Code: code, Op: "join room", Err: errTest}
		o = run(t, &scripted{startErr: failure}, terminal{}, nil, "call", "join", "x", "--json")
		if o.exit != f.exit || o.stdout != event+failure.Error()+end {
			t.Errorf("%s: exit code %d, output\n%s", code, o.exit, o.stdout)
		}
		// ... and before there is a session.
		o = run(t, &scripted{}, terminal{open: failure}, nil, "call", "create")
		if o.exit != f.exit || o.stdout != "" || !strings.Contains(o.stderr, f.words) || o.did != "" {
			t.Errorf("%s: exit code %d, output %q, standard error %q", code, o.exit, o.stdout, o.stderr)
		}
	}
}

func TestEndReasons(t *testing.T) {
	for reason, exit := range map[call.Reason]int{call.HungUp: ExitEnded, call.OtherHungUp: ExitEnded, call.OtherLost: ExitConnection, call.Declined: ExitEnded, call.OtherDeclined: ExitRoom} {
		o := run(t, &scripted{steps: []step{{0, ended(reason)}}}, terminal{}, nil, "call", "create", "--json")
		if o.exit != exit || !strings.HasSuffix(o.stdout, `{"event":"end","reason":"`+string(reason)+"\"}\n") {
			t.Errorf("%s: exit code %d, output\n%s", reason, o.exit, o.stdout)
		}
	}
}

func TestNobodyIsAskedWhetherToWaitOn(t *testing.T) {
	asking := in(call.Reconnecting)
	asking.Asking = true
	steps := append(answered(), step{time.Second, in(call.Reconnecting)}, step{30 * time.Second, asking}, step{time.Second, asking})
	o := run(t, &scripted{steps: steps}, terminal{}, nil, "call", "create", "--json")
	if o.exit != ExitConnection || !strings.HasSuffix(o.stdout, `{"event":"end","reason":"other_lost"}`+"\n") || o.did != "create, hang up, unwatch, close" {
		t.Errorf("exit code %d, did %s, output\n%s", o.exit, o.did, o.stdout)
	}
	if o.took != 40500*time.Millisecond {
		t.Errorf("took %s", o.took)
	}

	// Back in time, it is a call like any other.
	back := append(answered(), step{time.Second, in(call.Reconnecting)}, step{20 * time.Second, in(call.Connected)}, step{time.Second, ended(call.OtherHungUp)})
	o = run(t, &scripted{steps: back}, terminal{}, nil, "call", "create", "--json")
	if o.exit != ExitEnded || o.did != "create, unwatch, close" {
		t.Errorf("back in time: exit code %d, did %s", o.exit, o.did)
	}
}

const hungUp = `{"event":"end","reason":"hung_up"}` + "\n"

func TestForCountsFromConnected(t *testing.T) {
	o := run(t, &scripted{steps: answered()}, terminal{}, nil, "call", "create", "--json", "--for", "30s")
	if o.exit != ExitEnded || o.took != 39500*time.Millisecond || !strings.HasSuffix(o.stdout, hungUp) || o.did != "create, hang up, unwatch, close" {
		t.Errorf("exit code %d after %s, did %s, output\n%s", o.exit, o.took, o.did, o.stdout)
	}
	if n := strings.Count(o.stdout, `{"event":"stats",`); n != 30 {
		t.Errorf("%d stats in 30 s, not 30", n)
	}
}

func TestCtrlCHangsUp(t *testing.T) {
	o := run(t, &scripted{steps: answered()}, terminal{}, ctrlC(2*time.Second), "call", "create", "--json")
	if o.exit != ExitEnded || o.took != 2*time.Second || !strings.HasSuffix(o.stdout, hungUp) || o.did != "create, hang up, unwatch, close" {
		t.Errorf("exit code %d after %s, did %s, output\n%s", o.exit, o.took, o.did, o.stdout)
	}
}

func stuck(ctx context.Context, _ *scripted) error {
	<-ctx.Done()
	return &call.Error{Code: call.Unreachable, Op: "hang up", Err: ctx.Err()}
}

func TestHangUpIsBounded(t *testing.T) {
	o := run(t, &scripted{steps: answered(), hangUp: stuck}, terminal{}, ctrlC(2*time.Second), "call", "create", "--json")
	if o.exit != ExitSignaling || o.took != 2*time.Second+hangUpWithin+endedWithin || !strings.Contains(o.stdout, `"code":"unreachable"`) || !strings.HasSuffix(o.stdout, hungUp) {
		t.Errorf("exit code %d after %s, output\n%s", o.exit, o.took, o.stdout)
	}
}

// README.md promises 5 s, whatever does not answer.
func TestCtrlCTakesFiveSecondsAtMost(t *testing.T) {
	silent := func(context.Context, *scripted) error { return nil } // no last snapshot
	for name, tc := range map[string]struct {
		s      *scripted
		stdout io.Writer
	}{
		"the server":   {s: &scripted{hangUp: stuck}},
		"the call":     {s: &scripted{hangUp: silent}},
		"the devices":  {s: &scripted{closing: time.Hour}},
		"the reader":   {s: &scripted{}, stdout: sleepyPipe{}},
		"any of these": {s: &scripted{hangUp: stuck, closing: time.Hour}, stdout: sleepyPipe{}},
	} {
		tc.s.steps = answered()
		o := run(t, tc.s, terminal{stdout: tc.stdout}, ctrlC(20*time.Second), "call", "create", "--json")
		if took := o.took - 20*time.Second; took > 5*time.Second || !strings.HasSuffix(o.did, "unwatch, close") {
			t.Errorf("without %s it takes %s, did %s", name, took, o.did)
		}
	}
}

func TestSecondCtrlCWaitsForNothing(t *testing.T) {
	o := run(t, &scripted{steps: answered(), hangUp: stuck}, terminal{}, ctrlC(2*time.Second, 3*time.Second), "call", "create", "--json")
	if o.exit != ExitInterrupted || o.took != 3*time.Second || strings.Contains(o.stdout, `"end"`) {
		t.Errorf("exit code %d after %s, output\n%s", o.exit, o.took, o.stdout)
	}
	closing := &scripted{steps: answered(), closing: time.Hour}
	o = run(t, closing, terminal{}, ctrlC(2*time.Second, 3*time.Second), "call", "create", "--json")
	if o.exit != ExitInterrupted || o.took != 3*time.Second {
		t.Errorf("while closing: exit code %d after %s", o.exit, o.took)
	}
}

func TestCloseIsBoundedAndItsErrorIsTold(t *testing.T) {
	o := run(t, &scripted{steps: answered(), closing: time.Hour}, terminal{}, ctrlC(2*time.Second), "call", "create", "--json")
	if o.exit != ExitInternal || o.took != 2*time.Second+endWithin-writeWithin || !strings.HasSuffix(o.stdout, hungUp) {
		t.Errorf("exit code %d after %s, output\n%s", o.exit, o.took, o.stdout)
	}
	full := &call.Error{Code: call.BadDevice, Op: "finish the recording", Err: errTest}
	o = run(t, &scripted{steps: []step{{0, ended(call.OtherHungUp)}}, closeErr: full}, terminal{}, nil, "call", "create", "--json")
	if o.exit != ExitDevice || !strings.Contains(o.stdout, `"code":"bad_device"`) || !strings.HasSuffix(o.stdout, "{\"event\":\"end\",\"reason\":\"other_hung_up\"}\n") {
		t.Errorf("exit code %d, output\n%s", o.exit, o.stdout)
	}
}

func TestDeviceProblems(t *testing.T) {
	without := in(call.Waiting)
	without.Camera = call.Device{On: true, Problem: call.CameraBusy}
	without.Choice.Camera = "Webcam"
	const event = `{"event":"error","code":"camera_busy","message":"camera \"Webcam\": Another program uses the camera."}` + "\n"

	steps := []step{{0, without}, {time.Second, without}, {time.Second, ended(call.OtherHungUp)}}
	o := run(t, &scripted{steps: steps}, terminal{}, nil, "call", "create", "--json")
	if o.exit != ExitEnded || strings.Count(o.stdout, event) != 1 || !strings.HasSuffix(o.stdout, "\"other_hung_up\"}\n") {
		t.Errorf("not named: exit code %d, output\n%s", o.exit, o.stdout)
	}
	o = run(t, &scripted{steps: steps}, terminal{}, nil, "call", "create", "--json", "--camera", "Webcam")
	if o.exit != ExitDevice || !strings.Contains(o.stdout, event) || !strings.HasSuffix(o.stdout, "\"failed\"}\n") || o.did != "create, hang up, unwatch, close" {
		t.Errorf("named: exit code %d, did %s, output\n%s", o.exit, o.did, o.stdout)
	}
	late := []step{{0, in(call.Connected)}, {time.Second, without}, {time.Second, ended(call.OtherHungUp)}}
	o = run(t, &scripted{steps: late}, terminal{}, nil, "call", "create", "--json", "--camera", "Webcam")
	if o.exit != ExitEnded || !strings.Contains(o.stdout, event) {
		t.Errorf("unplugged in the call: exit code %d, output\n%s", o.exit, o.stdout)
	}
}

func TestRecord(t *testing.T) {
	o := run(t, &scripted{steps: []step{{0, ended(call.HungUp)}}}, terminal{}, nil, "call", "create", "--record", "a.webm")
	if o.exit != ExitEnded || o.did != "record a.webm, create, unwatch, close" {
		t.Errorf("exit code %d, did %s", o.exit, o.did)
	}
	refused := &scripted{record: func(string) error { return errTest }}
	o = run(t, refused, terminal{}, nil, "call", "create", "--json", "--record", "a.webm")
	if o.exit != ExitDevice || !strings.Contains(o.stdout, `"code":"bad_device"`) || o.did != "record a.webm, close" {
		t.Errorf("exit code %d, did %s, output\n%s", o.exit, o.did, o.stdout)
	}
}

func TestSessionThatEndsByItself(t *testing.T) {
	s := &scripted{}
	o := run(t, s, terminal{}, func(chan<- os.Signal) { close(s.snapshots) }, "call", "create", "--json")
	if o.exit != ExitInternal || !strings.Contains(o.stdout, `"code":"internal"`) {
		t.Errorf("exit code %d, output\n%s", o.exit, o.stdout)
	}
}

func TestFigureThatIsNoNumber(t *testing.T) {
	steps := append(answered(), step{1500 * time.Millisecond, ended(call.HungUp)})
	o := run(t, &scripted{steps: steps, stats: call.Stats{RTT: math.NaN()}}, terminal{}, nil, "call", "create", "--json")
	for line := range strings.Lines(o.stdout) {
		var event struct{ Event string }
		if err := json.Unmarshal([]byte(line), &event); err != nil || event.Event == "" || event.Event == "stats" {
			t.Errorf("%v: %s", err, line)
		}
	}
	if !strings.Contains(o.stdout, `"code":"internal"`) {
		t.Errorf("output\n%s", o.stdout)
	}
}

// brokenPipe is a standard output whose reader left after some writes.
type brokenPipe struct{ writes int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.writes--; b.writes < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestReaderThatLeaves(t *testing.T) {
	o := run(t, &scripted{steps: answered()}, terminal{stdout: &brokenPipe{2}}, nil, "call", "create", "--json")
	if o.exit != ExitInternal || o.took > 2*time.Second || o.did != "create, hang up, unwatch, close" {
		t.Errorf("exit code %d after %s, did %s", o.exit, o.took, o.did)
	}
}

// sleepyPipe is a standard output that nobody reads for a long time.
type sleepyPipe struct{}

func (sleepyPipe) Write(p []byte) (int, error) {
	<-time.After(90 * time.Minute)
	return 0, io.ErrClosedPipe
}

func TestReaderThatSleeps(t *testing.T) {
	o := run(t, &scripted{steps: answered()}, terminal{stdout: sleepyPipe{}}, ctrlC(time.Hour), "call", "create", "--json")
	if o.exit != ExitInternal || o.took < time.Hour || o.took > time.Hour+time.Minute || o.did != "create, hang up, unwatch, close" {
		t.Errorf("exit code %d after %s, did %s", o.exit, o.took, o.did)
	}
}

func TestErrorsKeepTheirCode(t *testing.T) {
	for err, exit := range map[error]int{
		nil:                 ExitEnded,
		errTest:             ExitInternal,
		usageError{errTest}: ExitUsage,
		errors.Join(errTest, &call.Error{Code: call.RoomFull, Err: errTest}): ExitRoom,
		&call.Error{Code: "unheard_of", Err: errTest}:                        ExitInternal,
	} {
		if got := exitOf(err); got != exit {
			t.Errorf("%v: exit code %d, want %d", err, got, exit)
		}
	}
}
