package bridge

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/backend/frame"
)

func TestKeyframeIsAskedOnceASecond(t *testing.T) {
	b := &Bridge{asks: make(chan *Track, 10)}
	track := &Track{bridge: b, needKeyframe: func() {}}
	start := time.Now()
	for ms := range 3000 {
		track.askKeyframe(start.Add(time.Duration(ms) * time.Millisecond))
	}
	if len(b.asks) != 3 {
		t.Errorf("%d times in 3 s", len(b.asks))
	}
}

// Whatever happens, the page gets frames in order, each of which it can decode:
// a key frame, or the frame right after the one before.
func TestLaneSendsOnlyWhatDecodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLane()
		var written, last uint32
		var queued, sent, dropped int
		now := time.Now()
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				written++
				key := rapid.IntRange(0, 9).Draw(t, "key") == 0
				now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "ms")) * time.Millisecond)
				dropped += l.push(packet{frame: frame.Video{Key: key}, sequence: written, written: now})
				if len(l.queue) > 0 && now.Sub(l.queue[0].written) >= queueFor {
					t.Fatalf("a frame has waited for %v", now.Sub(l.queue[0].written))
				}
			},
			"pop": func(t *rapid.T) {
				if !l.ready() {
					t.Skip()
				}
				p := l.pop()
				sent++
				if !p.frame.Key && p.sequence != last+1 {
					t.Fatalf("delta frame %d after frame %d", p.sequence, last)
				}
				last = p.sequence
			},
			"settle": func(t *rapid.T) {
				l.settle(uint32(rapid.IntRange(0, int(written)).Draw(t, "sequence")))
			},
			"restart": func(*rapid.T) { dropped += l.restart() },
			"reset":   func(*rapid.T) { dropped += l.reset() },
			"": func(t *rapid.T) {
				queued = len(l.queue)
				if queued > queueFrames || len(l.flight) > flightFrames {
					t.Fatalf("%d frames queued, %d in flight", queued, len(l.flight))
				}
				if int(written) != queued+sent+dropped {
					t.Fatalf("%d written, but %d queued, %d sent, %d dropped", written, queued, sent, dropped)
				}
				if l.waiting && queued > 0 {
					t.Fatal("waiting with frames in the queue")
				}
			},
		})
	})
}

// What waited for a lost packet comes at once when that is there, and to drop it would cost a
// key frame; where a page is too slow nothing waits for long.
func TestLaneTakesWhatComesAtOnce(t *testing.T) {
	l := newLane()
	now := time.Now()
	l.push(packet{frame: frame.Video{Key: true}, written: now})
	l.pop()
	for n := range 80 {
		if dropped := l.push(packet{written: now}); dropped != 0 {
			t.Fatalf("frame %d: %d dropped", n, dropped)
		}
	}
	for l.ready() {
		l.pop()
	}
	frames := 0
	for l.push(packet{written: now.Add(time.Duration(frames) * 33 * time.Millisecond)}) == 0 {
		frames++
	}
	if frames > int(queueFor/(33*time.Millisecond))+1 {
		t.Errorf("%d frames wait for a page that takes none", frames)
	}
}

func TestPercentiles(t *testing.T) {
	var w window
	if p50, p95 := w.percentiles(); p50 != 0 || p95 != 0 {
		t.Errorf("of nothing: %v, %v", p50, p95)
	}
	for i := range 2000 {
		w.add(time.Duration(i))
	}
	if p50, p95 := w.percentiles(); p50 != 1488+255 || p95 != 1488+485 {
		t.Errorf("of 1488 to 1999: %v, %v", p50, p95)
	}
}
