//go:build linux

package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"parley/backend/lab/picture"
	"parley/backend/lab/score"
)

// Pictures are compared with what was filmed at this size, whatever they were
// sent at.
const (
	sampleWidth, sampleHeight = 320, 180
	sampleEvery               = 1000.0 // ms
)

// sample is a picture that was seen.
type sample struct {
	Number int     `json:"n"`
	At     float64 `json:"at"` // ms
	Luma   string  `json:"luma"`
	luma   []byte
}

// decode hands on the luma of each picture of a file, at the samples' size.
func decode(name string, each func(luma []byte)) error {
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", name, "-fps_mode", "passthrough",
		"-vf", fmt.Sprintf("scale=%d:%d:flags=area", sampleWidth, sampleHeight), "-f", "rawvideo", "-pix_fmt", "gray", "-")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("decode: %w (build/deps.sh lab installs it)", err)
	}
	luma := make([]byte, sampleWidth*sampleHeight)
	for {
		if _, err := io.ReadFull(out, luma); err != nil {
			break // the end; how it was, Wait tells
		}
		each(luma)
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("decode %s: %w", name, err)
	}
	return nil
}

// numberOf reads the number in a picture of the samples' size; -1 is none.
func numberOf(luma []byte) int {
	var cells [picture.Cells]byte
	for c := range cells {
		cells[c] = luma[sampleHeight/picture.Rows/2*sampleWidth+(2*c+1)*sampleWidth/picture.Cells/2]
	}
	if n, ok := picture.Read(cells); ok {
		return n
	}
	return -1
}

// similarity is the mean SSIM of samples with the film's own pictures; 0 without
// a sample.
func similarity(film string, width, height int, samples []sample) (float64, error) {
	f, err := os.Open(film)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum := 0.0
	full, small := make([]byte, width*height), make([]byte, sampleWidth*sampleHeight)
	for _, s := range samples {
		if s.luma == nil {
			if s.luma, err = base64.StdEncoding.DecodeString(s.Luma); err != nil {
				return 0, fmt.Errorf("picture of a page: %w", err)
			}
		}
		if len(s.luma) != len(small) {
			return 0, errors.New("picture of a page: wrong size")
		}
		at := picture.HeaderSize(width, height) + int64(s.Number)*picture.FrameSize(width, height) + int64(len("FRAME\n"))
		if _, err := f.ReadAt(full, at); err != nil {
			return 0, fmt.Errorf("picture %d of the film: %w", s.Number, err)
		}
		shrink(full, width, small)
		sum += score.SSIM(small, s.luma, sampleWidth, sampleHeight)
	}
	return sum / max(float64(len(samples)), 1), nil
}

// shrink averages a picture down to the samples' size, of which its own is a
// multiple.
func shrink(from []byte, width int, to []byte) {
	k := width / sampleWidth
	for y := range sampleHeight {
		for x := range sampleWidth {
			sum := 0
			for dy := range k {
				for dx := range k {
					sum += int(from[(y*k+dy)*width+x*k+dx])
				}
			}
			to[y*sampleWidth+x] = byte((sum + k*k/2) / (k * k))
		}
	}
}
