package openh264

import "time"

// pace follows the frame rate of the pictures that come in.
type pace struct {
	fps  float64 // as the engine knows it
	mean float64 // of the time between pictures, in seconds
	last time.Time
}

func newPace(fps float64) pace { return pace{fps: clampRate(fps), mean: 1 / fps} }

// settle is the time constant of the mean, in seconds.
const settle = 0.5

// OpenH264 takes 1 to 60 frames a second (MAX_FRAME_RATE in its sources).
func clampRate(fps float64) float64 { return min(max(fps, 1), 60) }

// add notes a picture. It returns a rate, and true, when the engine's is more
// than 4 % away from it.
func (p *pace) add(taken time.Time) (float64, bool) {
	if p.last.IsZero() {
		p.last = taken
		return 0, false
	}
	gap := min(max(taken.Sub(p.last).Seconds(), 0.001), 1)
	p.last = taken
	p.mean += (gap - p.mean) * min(p.mean/settle, 0.5)
	fps := clampRate(1 / p.mean)
	if fps > 0.96*p.fps && fps < 1.04*p.fps {
		return 0, false
	}
	p.fps = fps
	return fps, true
}
