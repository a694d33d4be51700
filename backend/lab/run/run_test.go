//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/lab/emulate"
	"parley/backend/lab/picture"
	"parley/backend/lab/score"
)

// TestFigures scores a call of 10 s that is known: 30 pictures a second, each
// 100 ms late, none for 2 s while the link is down.
func TestFigures(t *testing.T) {
	c := emulate.Conditions{Rate: 1 * mbit}
	off := c
	off.Down = true
	s := scenario{
		Forth:  emulate.Schedule{{For: 4 * time.Second, Conditions: c}, {For: 2 * time.Second, Conditions: off}, {Conditions: c}},
		Length: 10 * time.Second,
	}
	const start = 1e12
	var captured []score.Capture
	var seen []shown
	var traffic emulate.Traffic
	for i := range 300 {
		at := start + float64(i)*1000/30
		captured = append(captured, score.Capture{Number: i % loop, At: at})
		if sec := (at - start + 100) / 1000; sec < 4 || sec >= 6 {
			seen = append(seen, shown{Number: i % loop, At: at + 100, Width: 640, Height: 360})
		}
	}
	for i := range 100 { // half of the capacity arrives
		traffic.Bytes = append(traffic.Bytes, 6250)
		traffic.Lost = append(traffic.Lost, i%2)
		traffic.Dropped = append(traffic.Dropped, 0)
	}
	var r result
	r.figures(s, start, captured, seen, traffic)
	if r.Delay.N != r.Shown || math.Abs(r.Delay.Median-100) > 0.01 || math.Abs(r.Delay.P95-100) > 0.01 {
		t.Errorf("delay %+v of %d, want 100 ms", r.Delay, r.Shown)
	}
	if r.FPS != float64(r.Shown)/10 || r.Read != r.Shown || r.Camera != 300 || r.Height != 360 {
		t.Errorf("%v pictures a second, %d of %d read, %v pixels high", r.FPS, r.Read, r.Camera, r.Height)
	}
	if r.Freezes != 1 || math.Abs(r.Frozen-2000) > 40 {
		t.Errorf("%d freezes, %v ms, want one of 2 s", r.Freezes, r.Frozen)
	}
	for x, frozen := range r.Series.Frozen { // the picture of 3.97 s stands until 6.0
		if want := x == 8 || x == 9 || x == 10 || x == 11; (frozen > 400) != want {
			t.Errorf("%v ms frozen of half second %d", frozen, x)
		}
	}
	if r.Back < 100 || r.Back > 134 { // the delay, and a frame at most
		t.Errorf("back after %v ms", r.Back)
	}
	// Of 10 Mbit but for the 2 that were down, 5 arrived.
	if math.Abs(r.Used-5.0/8) > 0.001 || r.Lost != 50 {
		t.Errorf("used %v, lost %d", r.Used, r.Lost)
	}
	if r.Series.FPS[0] < 24 || r.Series.FPS[9] != 0 || r.Series.Capacity[9] != 0 || r.Series.Height[0] != 360 {
		t.Errorf("series %+v", r.Series)
	}
}

// TestStepsAreFollowed: after a fall what is sent counts, with what the full queue drops of
// it; after a rise what arrives.
func TestStepsAreFollowed(t *testing.T) {
	s := steps("", "", rate(1*mbit, 2), rate(mbit/2, 3), rate(1*mbit, 3))
	for _, x := range []struct {
		down, up     int // ms after the fall and the rise
		below, risen float64
	}{{0, 0, 500, 500}, {700, 1000, 1200, 1500}, {3000, 3000, -1, -1}} {
		var traffic emulate.Traffic
		for ms := 0; ms < 8000; ms += 100 {
			sent, arrived := 12_500, 5_000 // bytes: 1 and 0.4 Mbit/s
			if ms >= 2000+x.down {
				sent = arrived
			}
			if ms >= 5000+x.up {
				arrived = 11_900
			}
			traffic.Offered, traffic.Bytes = append(traffic.Offered, sent), append(traffic.Bytes, arrived)
		}
		var r result
		r.followed(s.Forth, s.Length, traffic)
		if r.Below != x.below || r.Risen != x.risen {
			t.Errorf("%+v: within the fall after %v ms, up the rise after %v", x, r.Below, r.Risen)
		}
	}
	var r result
	r.followed(blackout("", "", time.Second, time.Second).Forth, 7*time.Second, emulate.Traffic{})
	if r.Below != 0 || r.Risen != 0 {
		t.Errorf("a link that is down is narrow: %+v", r)
	}
}

// A Parley tells of its sound what a browser tells: of 12 s, 1 s was made up and 2 s were
// silence.
func TestSoundIsCountedAlike(t *testing.T) {
	var before, after event
	for line, e := range map[string]*event{
		`{"event":"stats","audio":{"in":{"packets":50,"lost":0,"samples":48000,"concealed":960,"silent":480}}}`:          &before,
		`{"event":"stats","audio":{"in":{"packets":500,"lost":150,"samples":624000,"concealed":144960,"silent":96480}}}`: &after,
	} {
		if err := json.Unmarshal([]byte(line), e); err != nil {
			t.Fatal(err)
		}
	}
	var theirs [2]counters
	for i, answer := range []string{`{"samples":48000,"concealed":960,"silent":480}`, `{"samples":624000,"concealed":144960,"silent":96480}`} {
		if err := json.Unmarshal([]byte(answer), &theirs[i]); err != nil {
			t.Fatal(err)
		}
	}
	ours, silent := after.counters().sound(before.counters())
	if browsers, _ := theirs[1].sound(theirs[0]); ours != browsers || math.Abs(ours-1.0/12) > 1e-9 || math.Abs(silent-2.0/12) > 1e-9 {
		t.Errorf("made up %v, of a browser %v, silent %v", ours, browsers, silent)
	}
}

// A Parley that fell silent gives no figures: of zeros nonsense would be made.
func TestNoCountersAreNoZeros(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parley{stats: make(chan event, 1)}
		if c, err := p.counters(); err == nil {
			t.Errorf("%+v of a Parley that tells nothing", c)
		}
		p.stats <- event{Event: "stats"}
		if _, err := p.counters(); err != nil {
			t.Error(err)
		}
	})
}

func TestScenariosCanBe(t *testing.T) {
	// What starting and fetching take besides was measured.
	total := time.Second // for the films
	for _, s := range quick {
		switch {
		case s.Setup: // is over with the first pictures
			total += 2 * 3400 * ms
		case s.Cost != "":
			total += 2 * (s.Length + 8*time.Second)
		default:
			total += 3 * (s.Length + 5300*ms)
		}
	}
	t.Logf("lab-quick takes %v", total)
	if total > 9*time.Minute { // in an hour in which the machine is slow it takes a tenth more
		t.Errorf("lab-quick takes %v", total)
	}
	for _, s := range slices.Concat(quick, full(1), full(6)) {
		if s.Length <= 0 || len(s.Forth) == 0 || len(s.Back) == 0 || s.Move >= s.Length || slices.ContainsFunc(s.Flows, func(f flow) bool { return f.Start >= s.Length/2 }) {
			t.Errorf("%s: %+v", s.Name, s)
		}
		if at := s.again(); at > 0 && at >= s.Length-4*time.Second {
			t.Errorf("%s: too short to see it come back", s.Name)
		}
	}
}

func TestScoreboardComparesMedians(t *testing.T) {
	results := []result{
		{Scenario: "a", Way: ours, FPS: 10}, {Scenario: "a", Way: ours, FPS: 15}, {Scenario: "a", Way: ours, FPS: 30},
		{Scenario: "a", Way: chromium, FPS: 30, Back: -1},
		{Scenario: "b", Way: ours, Problem: "no <picture>", Busy: 0.97},
	}
	// Where nothing was seen, nothing was fast.
	results = append(results, result{Scenario: "c", Way: ours, Camera: 9}, result{Scenario: "c", Way: chromium, Camera: 9, Read: 9, Delay: score.Figure{N: 9, Median: 70, P95: 80}})
	text := scoreboard(results)
	for _, want := range []string{"15, 30, 3", "30, 30, 1", " 0.50   -      higher", "-1, -1, 1              -                      70, 70, 1              -      -      lower", "did not run: no <picture>", "97 % busy"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	html := page(results, nil)
	if !bytes.Contains(html, []byte("no &lt;picture&gt;")) || bytes.Contains(html, []byte("src=")) {
		t.Error("the page leaves text as it is, or asks for something else")
	}
}

// TestResultsAreJSON: what was measured is read back as it was, each kind of figure of it.
func TestResultsAreJSON(t *testing.T) {
	r := result{Scenario: "a", Way: ours, Back: -1, Delay: score.Figure{N: 3, Median: 70.5, P95: 80}, Series: newSeries(2)}
	r.Series.Frozen[1] = 250
	folder := t.TempDir() + "/new"
	if err := write(folder, []result{r}, []cell{{Way: chromium, Sender: emulate.Symmetric, Setup: 300}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(folder + "/results.json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Runs  []result
		Cells []cell
	}
	if err := json.Unmarshal(text, &got); err != nil || len(got.Runs) != 1 || !reflect.DeepEqual(got.Runs[0], r) || len(got.Cells) != 1 || got.Cells[0].Setup != 300 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := os.Stat(folder + "/report.html"); err != nil {
		t.Error(err)
	}
}

// TestReportDrawsBothOnOnePlot: ours and Chromium's curves are in the same figures,
// that of the throughput over the capacity.
func TestReportDrawsBothOnOnePlot(t *testing.T) {
	var results []result
	for _, w := range []way{ours, chromium} {
		results = append(results, result{Scenario: "a", Way: w, Seconds: 2, Series: newSeries(4)})
	}
	html := string(page(results, nil))
	figures := strings.Split(html, "<figure>")[1:]
	if len(figures) != len(plots) {
		t.Fatalf("%d plots, want %d", len(figures), len(plots))
	}
	for i, f := range figures {
		capacity := strings.Count(f, `stroke="#999"`)
		if strings.Count(f, `stroke="`+colours[ours]) != 1 || strings.Count(f, `stroke="`+colours[chromium]) != 1 || (capacity == 1) != (i == 0) {
			t.Errorf("%s: %s", plots[i].title, f)
		}
	}
}

// TestCameraIsWatched reads a film as Parley does, picture by picture.
func TestCameraIsWatched(t *testing.T) {
	const width, height = 320, 180
	name := t.TempDir() + "/film.y4m"
	if err := writeFilm(name, width, height, 40); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := watchFilm(name, width, height)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(picture.HeaderSize(width, height), io.SeekStart); err != nil {
		t.Fatal(err)
	}
	reads := make(chan []float64)
	go func() {
		emulate.RealTime() // on a busy machine too it takes the time when it reads
		var read []float64
		defer func() { reads <- read }()
		tick := time.NewTicker(40 * time.Millisecond)
		defer tick.Stop()
		frame := make([]byte, picture.FrameSize(width, height))
		for range 40 {
			<-tick.C
			if _, err := io.ReadFull(f, frame); err != nil {
				t.Error(err)
				return
			}
			read = append(read, wallClock(time.Now()))
		}
		<-tick.C
	}()
	read := <-reads
	captured := c.Close()
	if len(captured) < 30 {
		t.Fatalf("%d of 40 pictures were seen taken", len(captured))
	}
	late := []float64{}
	for _, p := range captured {
		late = append(late, math.Abs(p.At-read[p.Number]))
	}
	if f := score.FigureOf(late); f.Median > 8 {
		t.Errorf("the time of capture is off by %+v ms", f)
	} else {
		t.Logf("off by %+v ms", f)
	}
	if _, err := watchFilm(name+"x", width, height); err == nil {
		t.Error("a film that nobody reads is watched")
	}
}
