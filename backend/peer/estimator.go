package peer

import (
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/cc"
	"github.com/pion/interceptor/pkg/gcc"
	"github.com/pion/logging"
)

// The estimate's bounds, bit/s. The first is low because a burst at the start of
// a call costs more than a second of coarse picture.
const (
	firstBitrate = 600_000
	leastBitrate = 100_000
	mostBitrate  = 2_500_000

	audioShare = 40_000 // of it, bit/s: Opus with its headers
)

// estimator is the bandwidth estimate of one connection: all that the rest of
// the package knows of congestion control.
type estimator struct{ cc.BandwidthEstimator }

// videoBitrate is what the video encoder may make, bit/s. The estimate is held
// to our bounds here as well: pion's is the least of several, each with its own.
func (e *estimator) videoBitrate() int {
	return min(max(e.GetTargetBitrate(), leastBitrate), mostBitrate) - audioShare
}

// newEstimator makes Google congestion control over TWCC feedback
// (draft-ietf-rmcat-gcc-02). Pacing is not its business but videoSender's:
// pion's pacer has an unbounded queue.
func (p *Peer) newEstimator(logs logging.LoggerFactory) (interceptor.Factory, error) {
	f, err := cc.NewInterceptor(func() (cc.BandwidthEstimator, error) {
		return gcc.NewSendSideBWE(
			gcc.SendSideBWEInitialBitrate(firstBitrate),
			gcc.SendSideBWEMinBitrate(leastBitrate),
			gcc.SendSideBWEMaxBitrate(mostBitrate),
			gcc.SendSideBWEPacer(gcc.NewNoOpPacer()),
			gcc.WithLoggerFactory(logs),
		)
	})
	if err != nil {
		return nil, err
	}
	f.OnNewPeerConnection(func(_ string, e cc.BandwidthEstimator) {
		e.OnTargetBitrateChange(func(int) { wake(p.target) })
		p.bwe = &estimator{e}
	})
	return f, nil
}
