//go:build unix

package peer

import (
	"syscall"
	"testing"
	"time"

	"parley/backend/frame"
)

// BenchmarkCall is the cost of sending and receiving 720p30 at 2 Mbit/s, both
// ends in this process: frames in to frames out, with encryption and loopback.
// cpu-ms/s is processor time for each second of video, of both ends together.
func BenchmarkCall(b *testing.B) {
	caller, callee := newPair(b, frame.VP8)
	get(b, caller.keyframe, "key frame request on connecting")
	const size = 2_000_000 / 8 / 30
	tick := time.NewTicker(time.Second / 30)
	defer tick.Stop()
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	b.ResetTimer()
	for n := range b.N {
		<-tick.C
		f := picture(frame.VP8, n, size, n == 0)
		if err := caller.WriteVideo(f); err != nil {
			b.Fatal(err)
		}
		get(b, callee.video, "frame")
	}
	b.StopTimer()
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	seconds := float64(b.N) / 30
	b.ReportMetric(float64(cpu.Milliseconds())/seconds, "cpu-ms/s")
}
