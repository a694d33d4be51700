package picture

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"os/exec"
	"testing"
)

func TestEveryNumberIsReadAndNoOtherRowIs(t *testing.T) {
	for n := range 1 << bits {
		var cells [Cells]byte
		for i := range cells {
			if Cell(n, i) {
				cells[i] = 200
			}
		}
		if got, ok := Read(cells); !ok || got != n {
			t.Fatalf("%d is read as %d, %v", n, got, ok)
		}
		for i := range cells {
			wrong := cells
			wrong[i] = 200 - wrong[i]
			if got, ok := Read(wrong); ok {
				t.Fatalf("%d with cell %d wrong is read as %d", n, i, got)
			}
		}
	}
	for _, plain := range []byte{0, 100, 255} {
		if got, ok := Read([Cells]byte(bytes.Repeat([]byte{plain}, Cells))); ok {
			t.Errorf("a plain row is read as %d", got)
		}
	}
}

func TestBadFilms(t *testing.T) {
	for _, size := range [][3]int{{161, 90, 1}, {160, 91, 1}, {160, 90, 0}, {160, 90, 1<<bits + 1}} {
		if Write(&bytes.Buffer{}, size[0], size[1], size[2]) == nil {
			t.Errorf("%v: accepted", size)
		}
	}
}

func TestSizes(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, 160, 90, 3); err != nil {
		t.Fatal(err)
	}
	if want := HeaderSize(160, 90) + 3*FrameSize(160, 90); int64(b.Len()) != want {
		t.Errorf("%d bytes, want %d", b.Len(), want)
	}
}

// TestFilmMoves: from each picture to the next, and from the last to the first, it moves, at
// its edge and in its middle; not by its noise alone, nor so far that it is another scene.
func TestFilmMoves(t *testing.T) {
	const width, height, pictures, noise = 320, 180, 300, 8
	f := newFilm(width, height)
	before := make([]byte, width*height)
	for n := 0; n < pictures; n += 13 {
		f.draw((n+pictures-1)%pictures, pictures)
		copy(before, f.y)
		f.draw(n, pictures)
		for name, at := range map[string]image.Rectangle{"edge": image.Rect(0, 120, 40, 180), "middle": image.Rect(100, 60, 220, 150)} {
			moved := 0
			for y := at.Min.Y; y < at.Max.Y; y++ {
				for x := at.Min.X; x < at.Max.X; x++ {
					if d := int(f.y[y*width+x]) - int(before[y*width+x]); d >= noise || d <= -noise {
						moved++
					}
				}
			}
			if share := float64(moved) / float64(at.Dx()*at.Dy()); share < 0.1 || share > 0.95 {
				t.Errorf("picture %d, %s: %.2f of it is another than before", n, name, share)
			}
		}
	}
}

// TestReadableAtTheWorst scales the picture to 160x90 and encodes it at 100
// kbit/s with a real encoder.
func TestReadableAtTheWorst(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("no ffmpeg: build/deps.sh lab installs it")
	}
	dir := t.TempDir()
	name := dir + "/in.y4m"
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	const pictures = 60
	if err := Write(f, 320, 180, pictures); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	encode := exec.Command("ffmpeg", "-v", "error", "-i", name, "-vf", "scale=160:90", "-c:v", "libvpx", "-deadline", "realtime",
		"-cpu-used", "8", "-b:v", "100k", "-maxrate", "100k", "-bufsize", "100k", dir+"/out.webm")
	if said, err := encode.CombinedOutput(); err != nil {
		t.Fatalf("encode: %v: %s", err, said)
	}
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", dir+"/out.webm", "-f", "rawvideo", "-pix_fmt", "gray", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	const w, h = 160, 90
	if len(out) < (pictures-5)*w*h {
		t.Fatal(fmt.Errorf("only %d pictures came out", len(out)/(w*h)))
	}
	last := -1
	for i := range len(out) / (w * h) {
		var cells [Cells]byte
		for c := range cells {
			cells[c] = out[i*w*h+h/Rows/2*w+(2*c+1)*w/Cells/2]
		}
		n, ok := Read(cells)
		if !ok || n <= last {
			t.Fatalf("picture %d after %d is read as %d, %v: %v", i, last, n, ok, cells)
		}
		last = n
	}
}
