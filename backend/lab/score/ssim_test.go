package score

import (
	"math"
	"math/rand/v2"
	"testing"
)

// naive is the definition, window by window.
func naive(a, b []byte, width, height int) float64 {
	sum, n := 0.0, 0
	for y := 5; y < height-5; y++ {
		for x := 5; x < width-5; x++ {
			var w, ma, mb, va, vb, cov float64
			each := func(f func(weight, p, q float64)) {
				for dy := -5; dy <= 5; dy++ {
					for dx := -5; dx <= 5; dx++ {
						i := (y+dy)*width + x + dx
						f(math.Exp(-float64(dx*dx+dy*dy)/4.5), float64(a[i]), float64(b[i]))
					}
				}
			}
			each(func(weight, p, q float64) { w, ma, mb = w+weight, ma+weight*p, mb+weight*q })
			ma, mb = ma/w, mb/w
			each(func(weight, p, q float64) {
				va, vb, cov = va+weight/w*(p-ma)*(p-ma), vb+weight/w*(q-mb)*(q-mb), cov+weight/w*(p-ma)*(q-mb)
			})
			sum += (2*ma*mb + 6.5025) * (2*cov + 58.5225) / ((ma*ma + mb*mb + 6.5025) * (va + vb + 58.5225))
			n++
		}
	}
	return sum / float64(n)
}

func TestSSIM(t *testing.T) {
	const width, height = 24, 19
	dice := rand.New(rand.NewPCG(1, 1))
	grey, lighter, noise, near, negative := make([]byte, width*height), make([]byte, width*height), make([]byte, width*height), make([]byte, width*height), make([]byte, width*height)
	for i := range noise {
		grey[i], lighter[i] = 100, 150
		noise[i] = byte(20 + dice.IntN(200))
		near[i] = noise[i] + byte(dice.IntN(20))
		negative[i] = 255 - noise[i]
	}
	for _, test := range []struct {
		name string
		a, b []byte
		want float64
	}{
		{"the same", noise, noise, 1},
		// Without any structure only the brightness counts.
		{"two greys", grey, lighter, (2*100*150 + 6.5025) / (100*100 + 150*150 + 6.5025)},
		{"noise", noise, near, naive(noise, near, width, height)},
		{"the negative", noise, negative, naive(noise, negative, width, height)},
	} {
		if got := SSIM(test.a, test.b, width, height); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if SSIM(noise, negative, width, height) > -0.5 {
		t.Error("a negative is similar")
	}
}

func TestJain(t *testing.T) {
	for _, test := range []struct {
		shares []float64
		want   float64
	}{{[]float64{5, 5, 5}, 1}, {[]float64{9, 0, 0}, 1.0 / 3}, {[]float64{1, 3}, 0.8}, {nil, 0}, {[]float64{0, 0}, 0}} {
		if got := Jain(test.shares); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%v: %v, want %v", test.shares, got, test.want)
		}
	}
}

func BenchmarkSSIM(b *testing.B) {
	const width, height = 320, 180
	dice := rand.New(rand.NewPCG(1, 1))
	x, y := make([]byte, width*height), make([]byte, width*height)
	for i := range x {
		x[i], y[i] = byte(dice.IntN(256)), byte(dice.IntN(256))
	}
	for b.Loop() {
		SSIM(x, y, width, height)
	}
}
