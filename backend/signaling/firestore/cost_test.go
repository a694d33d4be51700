package firestore

import (
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"parley/backend/signaling"
)

// The budget of a completed call, both sides together.
var budget = Documents{Reads: 16, Writes: 12, Deletes: 12}

const trickled = 10 // candidates of each side that come after its description

// hosts are the candidates that a description holds from the start.
func hosts(kind string) signaling.Description {
	var lines []string
	for n := range 3 {
		lines = append(lines, "a="+host(100+n).Candidate+"\r\n")
	}
	return ours(kind, lines...)
}

// gather sends candidates as servers at several distances bring them.
func gather(t testing.TB, from *room) {
	answers := time.NewTicker(30 * time.Millisecond)
	defer answers.Stop()
	for n := range trickled {
		<-answers.C
		if err := from.SendCandidate(within(t), host(n)); err != nil {
			t.Error(err)
		}
	}
}

// hear waits for so many events.
func hear(t testing.TB, r *room, n int) {
	for range n {
		nextEvent(t, r)
	}
}

// callOnce is a whole call's signaling, with realistic candidates, and how long
// it took from Join until the caller has the answer and all candidates of the
// callee. A call that lasts has no candidates on their way at its end.
func callOnce(t testing.TB, caller, callee *Client, lasts time.Duration) time.Duration {
	a := open(t, caller)
	send(t, a, hosts("offer"))
	for n := range trickled {
		if err := a.SendCandidate(within(t), host(n)); err != nil {
			t.Fatal(err)
		}
	}
	// A person needs longer than this to open the invite.
	for folded := 0; folded < trickled; {
		a.mu.Lock()
		folded = len(a.folded)
		a.mu.Unlock()
		time.Sleep(10 * time.Millisecond) // a poll: nothing tells of it
	}
	began := time.Now()
	b := enter(t, callee, a)
	for described := false; !described; {
		_, described = nextEvent(t, b).(signaling.DescriptionEvent)
	}
	send(t, b, hosts("answer"))
	for n := range trickled {
		if err := b.SendCandidate(within(t), host(n)); err != nil {
			t.Fatal(err)
		}
	}
	hear(t, a, trickled+2) // with the presence and the answer
	took := time.Since(began)
	end(t, a, b, lasts)
	return took
}

// callAtOnce is one whose callee is there before the caller has a candidate of a
// server, and which connects only when each side has heard all of the other's.
func callAtOnce(t testing.TB, caller, callee *Client) {
	a := open(t, caller)
	send(t, a, hosts("offer"))
	b := enter(t, callee, a)
	send(t, b, hosts("answer"))
	var both sync.WaitGroup
	for _, r := range []*room{a, b} {
		both.Go(func() { gather(t, r) })
	}
	hear(t, a, trickled+2)
	hear(t, b, trickled+2)
	both.Wait()
	end(t, a, b, late)
}

// end is a call that is up and lasts, and two who hang up.
func end(t testing.TB, a, b *room, lasts time.Duration) {
	a.Settled()
	b.Settled()
	time.Sleep(lasts) // the call itself
	if err := a.Leave(within(t)); err != nil {
		t.Fatal(err)
	}
	want(t, b, signaling.LeftEvent{})
	if err := b.Leave(within(t)); err != nil {
		t.Fatal(err)
	}
}

func counted(t testing.TB, s service) (*Usage, *Client, *Client) {
	usage := new(Usage)
	// On a machine too slow to connect the two in time they would look again.
	set := func(c *Config) { c.Usage, c.doubtAfter = usage, patience }
	return usage, s.client(t, set), s.client(t, set)
}

func TestBudget(t *testing.T) {
	test := func(t *testing.T, s service) {
		for name, call := range map[string]func(testing.TB, *Client, *Client){
			"invited": func(t testing.TB, caller, callee *Client) { callOnce(t, caller, callee, late) },
			"at once": callAtOnce,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of it is waiting
				usage, caller, callee := counted(t, s)
				call(t, caller, callee)
				got := usage.Documents()
				t.Logf("%+v of %+v", got, budget)
				if got.Reads > budget.Reads || got.Writes > budget.Writes || got.Deletes > budget.Deletes {
					t.Errorf("a call costs %+v, and may cost %+v", got, budget)
				}
				if got.Reads < 6 || got.Writes < 5 || got.Deletes < 2 {
					t.Errorf("counted %+v only", got)
				}
			})
		}
	}
	t.Run("fake", func(t *testing.T) { s, _ := startFake(t, AuthAnonymous); test(t, s) })
	t.Run("emulator", func(t *testing.T) { test(t, startEmulator(t, AuthAnonymous)) })
}

// naive is what a client of the plain schema costs that writes each candidate
// as it comes, and reads what it deletes.
func naive(t testing.TB, s service) Documents {
	usage := new(Usage)
	set := func(c *Config) { c.Usage = usage }
	a, b := s.client(t, set).store, s.client(t, set).store
	ctx := within(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	room := a.Collection("rooms").NewDoc()
	_, err := room.Set(ctx, map[string]any{"offer": descriptionFields(sdp("offer"))})
	must(err)
	theirs := b.Collection("rooms").Doc(room.ID)
	atA := room.Snapshots(ctx)
	defer atA.Stop()
	_, err = atA.Next()
	must(err)
	_, err = theirs.Get(ctx)
	must(err)
	const all = 3 + trickled
	add := func(from, to *firestore.DocumentRef, name string) {
		for n := range all {
			_, _, err := from.Collection(name).Add(ctx, plainCandidate(n, false))
			must(err)
		}
		it := to.Collection(name).Snapshots(ctx)
		defer it.Stop()
		_, err := it.Next()
		must(err)
	}
	add(room, theirs, "callerCandidates")
	_, err = theirs.Update(ctx, []firestore.Update{{Path: "answer", Value: descriptionFields(sdp("answer"))}})
	must(err)
	_, err = atA.Next()
	must(err)
	add(theirs, room, "calleeCandidates")
	for _, name := range []string{"callerCandidates", "calleeCandidates"} {
		docs, err := room.Collection(name).Documents(ctx).GetAll()
		must(err)
		for _, d := range docs {
			_, err := d.Ref.Delete(ctx)
			must(err)
		}
	}
	_, err = room.Delete(ctx)
	must(err)
	return usage.Documents()
}

// slow is a network in front of a service: each direction takes half of delay.
func slow(t testing.TB, to string, delay time.Duration) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		work.Wait()
	})
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", to)
			if err != nil {
				c.Close()
				continue
			}
			mu.Lock()
			open = append(open, c, s)
			mu.Unlock()
			work.Go(func() { carry(c, s, delay/2) })
			work.Go(func() { carry(s, c, delay/2) })
		}
	})
	return l.Addr().String()
}

// carry takes what one end sends to the other, so much later, until either ends.
func carry(from, to net.Conn, later time.Duration) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 1024)
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(func() {
		defer to.Close()
		for p := range pieces {
			time.Sleep(time.Until(p.due)) // the delay itself
			if _, err := to.Write(p.data); err != nil {
				from.Close()
			}
		}
	})
	defer close(pieces)
	for {
		buffer := make([]byte, 32<<10)
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		pieces <- piece{buffer[:n], time.Now().Add(later)}
	}
}

// TestBenchSignaling is `make bench-signaling`: what a call costs beside the
// naive client, and how long it takes from Join until answer and candidates
// are there.
func TestBenchSignaling(t *testing.T) {
	if os.Getenv("PARLEY_BENCH_SIGNALING") == "" {
		t.Skip("a measurement: make bench-signaling")
	}
	s := startEmulator(t, AuthAnonymous)
	usage, caller, callee := counted(t, s)
	callOnce(t, caller, callee, late)
	fmt.Printf("documents of a call     %+v\n", usage.Documents())
	fmt.Printf("one write a candidate  %+v\n", naive(t, startEmulator(t, AuthNone)))
	fmt.Printf("the budget             %+v\n", budget)
	const n = 20
	for _, delay := range []time.Duration{0, 50 * time.Millisecond, 150 * time.Millisecond} {
		far := s
		far.host = slow(t, s.host, delay)
		a, b := far.client(t, nil), far.client(t, nil)
		for _, c := range []*Client{a, b} { // connected and signed in, as after a start
			if err := c.Sweep(within(t)); err != nil {
				t.Fatal(err)
			}
		}
		var took []time.Duration
		for range n {
			took = append(took, callOnce(t, a, b, 0))
		}
		slices.Sort(took)
		fmt.Printf("join to answer and candidates, %3d ms of delay a round trip: n %d, median %d ms, p95 %d ms\n",
			delay.Milliseconds(), n, took[n/2].Milliseconds(), took[n*95/100].Milliseconds())
	}
}
