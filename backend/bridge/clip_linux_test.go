package bridge

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os/exec"
	"sync"
	"testing"
	"time"

	"parley/backend/frame"
)

// encode makes a clip of encoded frames from an ffmpeg source, with a key frame
// each half second of 30 frames.
func encode(t testing.TB, codec frame.Codec, width, height int, source string) []frame.Video {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	args := []string{
		"-v", "error", "-f", "lavfi", "-i", fmt.Sprintf(source, width, height),
		"-pix_fmt", "yuv420p", "-g", "15", "-b:v", "2M", "-threads", "1",
	}
	if codec == frame.VP8 {
		args = append(args, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-f", "ivf", "-")
	} else {
		args = append(args, "-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast",
			"-tune", "zerolatency", "-bsf:v", "h264_metadata=aud=insert", "-f", "h264", "-")
	}
	out, err := exec.Command("ffmpeg", args...).Output()
	if err != nil {
		t.Fatalf("ffmpeg: %v", err)
	}
	var clip []frame.Video
	add := func(data []byte, key bool) {
		clip = append(clip, frame.Video{Codec: codec, Data: data, Key: key, Width: width, Height: height})
	}
	if codec == frame.VP8 {
		// IVF: a header of 32 bytes, then frames of size:4 time:8 data.
		for b := out[32:]; len(b) > 12; {
			data := b[12 : 12+binary.LittleEndian.Uint32(b)]
			add(data, data[0]&1 == 0) // RFC 6386, 9.1
			b = b[12+len(data):]
		}
		return clip
	}
	delimiter := []byte{0, 0, 0, 1, 9}
	for _, data := range bytes.Split(out, delimiter)[1:] {
		data = append(bytes.Clone(delimiter), data...)
		add(data, bytes.Contains(data, []byte{0, 0, 1, 0x65})) // an IDR slice
	}
	return clip
}

// encoder plays clips into a track at 30 frames a second.
type encoder struct {
	track     *Track
	keyframes chan struct{}
}

// needKeyframe makes the clip go on with its next key frame.
func (e *encoder) needKeyframe() {
	select {
	case e.keyframes <- struct{}{}:
	default: // asked for already
	}
}

// play loops a clip until halt, which t's end calls as well; frames are to be
// drawn after ahead, or at once if that is zero.
func (e *encoder) play(t testing.TB, clip []frame.Video, ahead time.Duration) (halt func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-e.keyframes:
				for !clip[i%len(clip)].Key {
					i++
				}
			case <-tick.C:
			}
			present := time.Time{}
			if ahead > 0 {
				present = time.Now().Add(ahead)
			}
			e.track.Write(clip[i%len(clip)], present)
		}
	})
	halt = sync.OnceFunc(func() {
		close(stop)
		wg.Wait()
	})
	t.Cleanup(halt)
	return halt
}
