package bridge

import (
	"fmt"
	"testing"
	"time"

	"parley/backend/frame"
)

// BenchmarkBridge measures from Write to drawn, at 720p30 and with the page's
// report on the way back, in real engines: 15 s each, whatever b.N is.
func BenchmarkBridge(b *testing.B) {
	const seconds = 15
	for _, engine := range []string{"Chromium", "WebKitGTK"} {
		for _, codec := range []frame.Codec{frame.VP8, frame.H264} {
			b.Run(engine+"/"+string(codec), func(b *testing.B) {
				s := startShow(b, engine)
				clip := encode(b, codec, 1280, 720, "testsrc2=s=%dx%d:r=30:d=3,noise=alls=6:allf=t")
				halt := s.encoder.play(b, clip, 0)
				s.untilMore(30) // the decoder is warm
				first := s.track.Stats()
				s.bridge.mu.Lock()
				s.track.delay = window{}
				s.bridge.mu.Unlock()
				s.run(nil, fmt.Sprintf(`await new Promise((done) => setTimeout(done, %d))`, seconds*1000))
				st := s.track.Stats()
				halt()
				ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
				n := st.Drawn - first.Drawn
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(min(n, 512)), "n")
				b.ReportMetric(ms(st.DelayP50), "p50-ms")
				b.ReportMetric(ms(st.DelayP95), "p95-ms")
				b.ReportMetric(float64(st.Dropped+st.Skipped-first.Dropped-first.Skipped), "lost")
			})
		}
	}
}
