//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// TestEyeReadsWhatCame encodes a film, writes it as an eye does, and reads it back.
func TestEyeReadsWhatCame(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("no ffmpeg: build/deps.sh lab installs it")
	}
	const width, height, pictures = 320, 180, 30
	dir := t.TempDir()
	film, encoded, eye := dir+"/film.y4m", dir+"/encoded.ivf", dir+"/eye.ivf"
	if err := writeFilm(film, width, height, pictures); err != nil {
		t.Fatal(err)
	}
	encode := exec.Command("ffmpeg", "-v", "error", "-i", film, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", encoded)
	if said, err := encode.CombinedOutput(); err != nil {
		t.Fatalf("encode: %v: %s", err, said)
	}
	file, err := os.ReadFile(encoded)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := ivfWriter{to: &out}
	n := int64(0)
	eachPicture(t, file, func(picture []byte) {
		if err := w.write(1e15+n*33_333, picture); err != nil {
			t.Fatal(err)
		}
		n++
	})
	if err := os.WriteFile(eye, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if at, err := firstSeen(eye); err != nil || at != 1e12 {
		t.Errorf("first at %v, %v", at, err)
	}
	seen, samples, err := eyeSaw(eye)
	if err != nil || len(seen) != pictures {
		t.Fatalf("%d pictures: %v", len(seen), err)
	}
	for i, s := range seen {
		if s.Number != i || s.Width != width || s.Height != height || s.At < 1e12+float64(i)*33 || s.At > 1e12+float64(i)*34 {
			t.Fatalf("picture %d: %+v", i, s)
		}
	}
	good, err := similarity(film, width, height, samples)
	if err != nil || len(samples) != 1 || good < 0.9 || good > 1 {
		t.Errorf("similarity %v of %d: %v", good, len(samples), err)
	}
	samples[0].Number = 15
	if other, err := similarity(film, width, height, samples); err != nil || other > good-0.1 {
		t.Errorf("another picture is as similar: %v to %v, %v", other, good, err)
	}
	if at, err := firstSeen(dir + "/none"); at != 0 || err != nil {
		t.Errorf("nothing seen: %v, %v", at, err)
	}
}

// eachPicture hands on the pictures of an IVF file.
func eachPicture(t *testing.T, file []byte, each func([]byte)) {
	t.Helper()
	list, err := readIVF(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		each(p.data)
	}
}

func FuzzIVF(f *testing.F) {
	var b bytes.Buffer
	w := ivfWriter{to: &b}
	for _, p := range [][]byte{{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 2, 0x68, 1, 0}, {1, 2, 3}} {
		if err := w.write(1, p); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:40])
	f.Add([]byte("DKIF"))
	f.Fuzz(func(t *testing.T, file []byte) {
		list, err := readIVF(file)
		if err != nil && list != nil {
			t.Error("pictures of a bad file")
		}
		if len(list) > len(file)/12 {
			t.Errorf("%d pictures in %d bytes", len(list), len(file))
		}
	})
}
