package peer

import (
	"testing"
	"time"
)

// A link that falls to a quarter of what is sent over it has a full queue before anybody
// can know. From then on pictures rest until that is empty, and nothing of them is sent
// again: sound is lost for as long as it takes to notice, and late until the queue is
// empty. Without the rest 15 packets of it were lost, 53 late, and 21 of pictures sent
// again.
func TestPicturesRestWhenTheLinkFalls(t *testing.T) {
	const way, seconds = 50 * time.Millisecond, 20
	rate := func(at time.Duration) float64 {
		if at > 12*time.Second {
			return 600_000
		}
		return 2_500_000
	}
	r := callWith(t, seconds*time.Second, &shaper{rate: rate, queue: 300 * time.Millisecond, delay: way}, &shaper{delay: way},
		func(caller *end) { caller.patient = true })
	lost, late := seconds*50-len(r.heard), 0
	for _, d := range r.heard {
		if d > way+100*time.Millisecond {
			late++
		}
	}
	t.Log(r, lost, "packets of sound lost,", late, "late,", r.out.Video.Out.Resent, "of pictures sent again")
	if lost > 10 || late > 30 || r.out.Video.Out.Resent > 0 {
		t.Errorf("%d packets of sound lost, %d late, %d of pictures sent again", lost, late, r.out.Video.Out.Resent)
	}
	if r.keys != 2 || r.freezes > 1 {
		t.Error(r)
	}
}
