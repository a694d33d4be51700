//go:build unix

package media

import (
	"fmt"
	"image"
	"syscall"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/codec"
	stock "github.com/pion/mediadevices/pkg/codec/vpx"
	mdvideo "github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"parley/backend/media/openh264"
	"parley/backend/media/vpx"
)

// BenchmarkEncode reports the CPU seconds that a second of 720p30 costs. The
// card is the test picture; the pan moves and has noise, as hard as a call
// gets. Stock is mediadevices' own VP8.
func BenchmarkEncode(b *testing.B) {
	card, pan := newFilm(newClip(1280, 720, false), 45), newFilm(newPan(1280, 720), 45)
	for _, content := range []struct {
		name string
		film film
	}{{"card", card}, {"pan", pan}} {
		for _, bitrate := range []int{600_000, 2_500_000} {
			var at time.Time
			captured := func() time.Time { return at }
			theirs, err := stock.NewVP8Params()
			if err != nil {
				b.Fatal(err)
			}
			theirs.BitRate = bitrate
			for _, encoder := range []struct {
				name    string
				builder codec.VideoEncoderBuilder
			}{
				{"vp8", vpx.Params{Bitrate: bitrate, Captured: captured}},
				{"h264", openh264.Params{Bitrate: bitrate, Captured: captured}},
				{"stock", &theirs},
			} {
				b.Run(fmt.Sprintf("%s/%s/%dk", encoder.name, content.name, bitrate/1000), func(b *testing.B) {
					n, bytes := 0, 0
					reader := mdvideo.ReaderFunc(func() (image.Image, func(), error) {
						at = begin.Add(time.Duration(n) * time.Second / 30)
						n++
						return content.film.at(n - 1), func() {}, nil
					})
					e, err := encoder.builder.BuildVideoEncoder(reader, prop.Media{Video: prop.Video{Width: 1280, Height: 720, FrameRate: 30}})
					if err != nil {
						b.Fatal(err)
					}
					start := cpu(b)
					for b.Loop() {
						data, _, err := e.Read()
						if err != nil {
							b.Fatal(err)
						}
						bytes += len(data)
					}
					b.ReportMetric((cpu(b)-start).Seconds()*30/float64(n), "cpu-s/video-s")
					b.ReportMetric(float64(bytes*8*30/n/1000), "kbit/s")
					if err := e.Close(); err != nil {
						b.Error(err)
					}
				})
			}
		}
	}
}

// cpu is what the process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
