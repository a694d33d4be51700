package record

import (
	"math"
	"strconv"
	"testing"
	"time"

	"parley/backend/frame"
)

// A packet may hold 20 ms or 40: each has its own time in the file, which ends with the
// last one's sound.
func TestPacketsOfEitherLength(t *testing.T) {
	long := []byte{0xfd, 0xff, 0xfe, 0xff, 0xfe} // two frames of 20 ms
	f, path := create(t, "a.webm")
	r := newRecorder(f, time.Now)
	at := 0
	for i := range 300 {
		data, ms := opusPacket, 20
		if i/50%2 == 1 || i == 299 {
			data, ms = long, 40
		}
		at += ms // it is there when all of it was said
		r.Audio(frame.Audio{Data: data, Timestamp: uint32(at-ms) * 48, Arrived: start.Add(time.Duration(at) * time.Millisecond)})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	p := probe(t, path)
	times := p.times("audio")
	if len(times) != 300 {
		t.Fatalf("%d packets", len(times))
	}
	for i := range times[1:] {
		want := 0.02
		if i/50%2 == 1 {
			want = 0.04
		}
		if d := times[i+1] - times[i]; math.Abs(d-want) > 0.0015 {
			t.Errorf("packet %d: the next is %.3f s after it", i, d)
		}
	}
	if d, _ := strconv.ParseFloat(p.Format.Duration, 64); math.Abs(d-float64(at)/1000) > 0.015 {
		t.Errorf("%v s, not %v", d, float64(at)/1000)
	}
}
