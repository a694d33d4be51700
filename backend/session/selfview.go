package session

import (
	"image"
	"log/slog"
	"math"
	"time"

	"parley/backend/bridge"
	"parley/backend/frame"
	"parley/backend/media/i420"
)

// selfView shows our own page what the camera sees: at the size in which it is
// shown, and as it is, not encoded. To encode the small picture, or to decode the
// large one that is sent, would cost the webview as much as the other side's.
type selfView struct {
	track *bridge.Track
	log   *slog.Logger
	conv  i420.Shrinker
	small *image.YCbCr
}

// look is for the goroutine that captures.
func (v *selfView) look(p *image.YCbCr) {
	size := covering(v.track.Shown(), p.Rect.Size())
	if size == (image.Point{}) {
		return
	}
	if v.small == nil || v.small.Rect.Size() != size {
		v.small = image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	}
	if err := v.conv.Shrink(v.small, p); err != nil {
		v.log.Error("draw the self-view", "err", err)
		return
	}
	v.track.Write(frame.Video{Codec: frame.RGBA, Key: true, Data: i420.RGBA(v.small), Width: size.X, Height: size.Y}, time.Time{})
}

// mostPixels of a self-view: 28 MB/s at 30 pictures a second. The page stretches
// what it shows larger, as before a call on a screen of many pixels.
const mostPixels = 640 * 360

// covering is the size of a picture that covers a place and has no more pixels
// than that needs, nor than it has itself, nor than mostPixels. Both sides are
// even. It is zero where either is.
func covering(place, picture image.Point) image.Point {
	if place.X <= 0 || place.Y <= 0 || picture.X < 2 || picture.Y < 2 {
		return image.Point{}
	}
	scale := min(max(float64(place.X)/float64(picture.X), float64(place.Y)/float64(picture.Y)), 1,
		math.Sqrt(mostPixels/float64(picture.X*picture.Y)))
	even := func(n int) int { return min(2*int(float64(n)*scale/2+0.999), n&^1) }
	return image.Pt(even(picture.X), even(picture.Y))
}
