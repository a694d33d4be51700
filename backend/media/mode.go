package media

import (
	"fmt"
	"slices"

	mdframe "github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/prop"
)

// formats that mediadevices can read, cheapest first: Go takes some 15 ms to
// decode a 720p JPEG.
var formats = []mdframe.Format{
	mdframe.FormatI420, mdframe.FormatYUYV, mdframe.FormatYUY2, mdframe.FormatUYVY,
	mdframe.FormatNV12, mdframe.FormatNV21, mdframe.FormatMJPEG,
}

// chooseMode takes, of a camera's modes, one that is fast enough, covers the
// wanted size with the least excess, and is cheap to read, in this order. A
// frame rate of 0 is one that the driver does not tell.
func chooseMode(modes []prop.Media, width, height, rate int) (prop.Media, error) {
	type score [4]int // lower is better
	of := func(m prop.Media) score {
		var s score
		if m.FrameRate > 0 && int(m.FrameRate+0.5) < min(rate, 24) {
			s[0] = rate - int(m.FrameRate) // below film, motion suffers
		}
		if m.Width >= width && m.Height >= height {
			s[1] = m.Width*m.Height - width*height
		} else {
			s[1] = 1<<30 - min(m.Width, width)*min(m.Height, height)
		}
		s[2] = slices.Index(formats, m.FrameFormat)
		s[3] = max(int(m.FrameRate)-rate, rate-int(m.FrameRate))
		return s
	}
	var best prop.Media
	var bestScore score
	for _, m := range modes {
		if !slices.Contains(formats, m.FrameFormat) || m.Width < minSide || m.Height < minSide || m.Width > 8192 || m.Height > 8192 {
			continue
		}
		if s := of(m); best.Width == 0 || slices.Compare(s[:], bestScore[:]) < 0 {
			best, bestScore = m, s
		}
	}
	if best.Width == 0 {
		return best, fmt.Errorf("%w: it offers no format that can be read", ErrCameraBroken)
	}
	return best, nil
}
