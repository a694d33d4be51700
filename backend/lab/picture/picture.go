// Package picture makes what the laboratory's cameras see: a picture with the
// motion and the noise of a real one, with its number drawn into it so that a
// page can read back which picture it shows.
package picture

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
)

// The number is a row of cells along the top: one white, one black, then the
// bits of the number, the highest first, then its checksum. A cell is 1/Cells of
// the width and 1/Rows of the height: in a picture of 160x90, 8x10 pixels, which
// survives any encoder. The page that reads it is in lab/run/page.
const (
	Cells   = 20
	Rows    = 9
	bits    = 10
	sumBits = 8
)

// The luma of a cell; between them lies the threshold.
const (
	black = 30
	white = 220
)

// Sum is the checksum of a number. 251 is prime, so that each bit changes it; 90
// keeps a plain black or white row from being a number.
func Sum(number int) int { return (number*37 + 90) % 251 }

// Cell tells whether a cell of a number's row is white.
func Cell(number, cell int) bool {
	switch {
	case cell < 2:
		return cell == 0
	case cell < 2+bits:
		return number>>(bits+1-cell)&1 == 1
	default:
		return Sum(number)>>(1+bits+sumBits-cell)&1 == 1
	}
}

// Write writes a y4m file of so many pictures at 30 a second. Over and over it
// has no seam. The sides are divisible by 2.
func Write(w io.Writer, width, height, pictures int) error {
	if width%2 != 0 || height%2 != 0 || pictures < 1 || pictures > 1<<bits {
		return fmt.Errorf("a film of %d pictures of %dx%d: even sides, and 1 to %d pictures", pictures, width, height, 1<<bits)
	}
	out := bufio.NewWriterSize(w, 1<<20)
	if _, err := fmt.Fprintf(out, "YUV4MPEG2 W%d H%d F30:1 Ip A1:1 C420jpeg\n", width, height); err != nil {
		return err
	}
	f := newFilm(width, height)
	for n := range pictures {
		f.draw(n, pictures)
		if _, err := out.WriteString("FRAME\n"); err != nil {
			return err
		}
		for _, plane := range [][]byte{f.y, f.u, f.v} {
			if _, err := out.Write(plane); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// FrameSize and HeaderSize are those of the files that Write writes, in bytes.
func FrameSize(width, height int) int64 { return int64(len("FRAME\n") + width*height*3/2) }

// HeaderSize is the length of the file's first line.
func HeaderSize(width, height int) int64 {
	return int64(len(fmt.Sprintf("YUV4MPEG2 W%d H%d F30:1 Ip A1:1 C420jpeg\n", width, height)))
}

// film pans over a texture that is larger than the picture and tiles.
type film struct {
	width, height int
	texture       []byte // side x side luma
	y, u, v       []byte
	noise         *rand.Rand
}

const side = 512 // of the texture, a power of two

//go:norace
func newFilm(width, height int) *film {
	f := &film{width: width, height: height, texture: make([]byte, side*side), noise: rand.New(rand.NewPCG(1, 2))}
	f.y, f.u, f.v = make([]byte, width*height), make([]byte, width*height/4), make([]byte, width*height/4)
	// Waves with whole periods tile. Their amplitudes fall with the frequency,
	// as in natural images (D. J. Field, 1987).
	type wave struct{ kx, ky, phase, amplitude float64 }
	var waves []wave
	for range 24 {
		k := math.Exp(f.noise.Float64() * math.Log(60)) // 1 to 60 periods
		angle := f.noise.Float64() * 2 * math.Pi
		waves = append(waves, wave{math.Round(k * math.Cos(angle)), math.Round(k * math.Sin(angle)), f.noise.Float64() * 2 * math.Pi, 60 / math.Sqrt(k)})
	}
	for y := range side {
		for x := range side {
			v := 128.0
			for _, w := range waves {
				v += w.amplitude / 3 * math.Sin(2*math.Pi*(w.kx*float64(x)+w.ky*float64(y))/side+w.phase)
			}
			f.texture[y*side+x] = byte(min(max(v, 16), 235))
		}
	}
	return f
}

// draw draws picture n of a loop: a pan in a circle, a person-sized disc that
// moves against it, and noise. Where the race detector watches each pixel, it
// takes ten times as long.
//
//go:norace
func (f *film) draw(n, loop int) {
	turn := 2 * math.Pi * float64(n) / float64(loop)
	panX, panY := int(side/2+200*math.Cos(turn)), int(side/2+120*math.Sin(2*turn))
	// The disc goes round three times a loop.
	cx := float64(f.width)*0.5 + float64(f.width)*0.22*math.Cos(3*turn)
	cy := float64(f.height)*0.6 + float64(f.height)*0.1*math.Sin(6*turn)
	radius := float64(f.height) * 0.25
	for y := range f.height {
		for x := range f.width {
			dx, dy := float64(x)-cx, float64(y)-cy
			at := (y+panY)&(side-1)*side + (x+panX)&(side-1)
			v := int(f.texture[at])
			if dx*dx+dy*dy < radius*radius {
				v = 255 - int(f.texture[(y*2+panX)&(side-1)*side+(x*2)&(side-1)])
			}
			v += int(f.noise.Uint32()&7) - 4
			f.y[y*f.width+x] = byte(min(max(v, 16), 235))
		}
	}
	for y := range f.height / 2 {
		for x := range f.width / 2 {
			at := (y*2+panY)&(side-1)*side + (x*2+panX)&(side-1)
			f.u[y*f.width/2+x] = byte(128 + (int(f.texture[at])-128)/4)
			f.v[y*f.width/2+x] = byte(128 - (int(f.texture[at])-128)/5)
		}
	}
	f.number(n)
}

func (f *film) number(n int) {
	height := f.height / Rows
	for cell := range Cells {
		v := byte(black)
		if Cell(n, cell) {
			v = white
		}
		for x := cell * f.width / Cells; x < (cell+1)*f.width/Cells; x++ {
			for y := range height {
				f.y[y*f.width+x] = v
				f.u[y/2*f.width/2+x/2], f.v[y/2*f.width/2+x/2] = 128, 128
			}
		}
	}
}

// Read reads a number from the luma of its cells' middles; it is false where the
// row is none.
func Read(cells [Cells]byte) (int, bool) {
	number := 0
	for i := 2; i < 2+bits; i++ {
		number <<= 1
		if cells[i] > (black+white)/2 {
			number |= 1
		}
	}
	for i, luma := range cells {
		if (luma > (black+white)/2) != Cell(number, i) {
			return 0, false
		}
	}
	return number, true
}
