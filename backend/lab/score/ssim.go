package score

import "math"

// The constants of SSIM for 8 bits, and its window of 11x11 pixels.
const (
	ssimC1     = (0.01 * 255) * (0.01 * 255)
	ssimC2     = (0.03 * 255) * (0.03 * 255)
	ssimSigma  = 1.5
	ssimRadius = 5
)

// SSIM is the mean structural similarity of two pictures' luma, 1 for the same
// picture: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image Quality
// Assessment: From Error Visibility to Structural Similarity", 2004. Windows that
// leave the picture are left out. The sides are at least 11 pixels.
func SSIM(a, b []byte, width, height int) float64 {
	planes := [5][]float64{} // a, b, a*a, b*b, a*b
	for i := range planes {
		planes[i] = make([]float64, width*height)
	}
	for i := range width * height {
		x, y := float64(a[i]), float64(b[i])
		planes[0][i], planes[1][i], planes[2][i], planes[3][i], planes[4][i] = x, y, x*x, y*y, x*y
	}
	for i := range planes {
		planes[i] = blur(planes[i], width, height)
	}
	sum, n := 0.0, 0
	for y := ssimRadius; y < height-ssimRadius; y++ {
		for x := ssimRadius; x < width-ssimRadius; x++ {
			i := y*width + x
			ma, mb := planes[0][i], planes[1][i]
			va, vb, cov := planes[2][i]-ma*ma, planes[3][i]-mb*mb, planes[4][i]-ma*mb
			sum += (2*ma*mb + ssimC1) * (2*cov + ssimC2) / ((ma*ma + mb*mb + ssimC1) * (va + vb + ssimC2))
			n++
		}
	}
	return sum / float64(n)
}

// blur weighs each pixel's window by a Gaussian, first along x, then along y.
// Pixels nearer to the border than the window's radius are not meant.
func blur(in []float64, width, height int) []float64 {
	var kernel [2*ssimRadius + 1]float64
	total := 0.0
	for i := range kernel {
		d := float64(i - ssimRadius)
		kernel[i] = math.Exp(-d * d / (2 * ssimSigma * ssimSigma))
		total += kernel[i]
	}
	along := func(from []float64, step int) []float64 {
		to := make([]float64, len(from))
		for i := ssimRadius * step; i < len(from)-ssimRadius*step; i++ {
			sum := 0.0
			for k, weight := range kernel {
				sum += weight * from[i+(k-ssimRadius)*step]
			}
			to[i] = sum / total
		}
		return to
	}
	return along(along(in, 1), width)
}

// Jain is Jain's fairness index of what flows got: 1 where all got the same, 1/n
// where one got everything (R. Jain, D. Chiu, W. Hawe, 1984).
func Jain(shares []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, s := range shares {
		sum, squares = sum+s, squares+s*s
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / (float64(len(shares)) * squares)
}
