package peer

import "bytes"

// NAL unit types (H.264, table 7-1; RFC 6184, table 1).
const (
	nalIDR   = 5
	nalSPS   = 7
	nalSTAPA = 24
)

// h264Key reads an access unit in Annex B form: whether it is a key frame with
// its parameter sets, and the size in pixels that those name, 0 without them.
func h264Key(data []byte) (width, height int, key bool) {
	idr, sps := false, false
	start := []byte{0, 0, 1}
	for at := bytes.Index(data, start); at >= 0; {
		nal := data[at+3:]
		next := bytes.Index(nal, start)
		if next >= 0 {
			nal = nal[:next]
		}
		if len(nal) > 0 {
			switch nal[0] & 0x1f {
			case nalIDR:
				idr = true
			case nalSPS:
				sps = true
				if w, h, ok := spsSize(nal[1:]); ok {
					width, height = w, h
				}
			}
		}
		if next < 0 {
			break
		}
		at += 3 + next
	}
	return width, height, idr && sps
}

// spsSize reads the picture's size out of a sequence parameter set without its
// NAL header (H.264, 7.3.2.1.1).
func spsSize(sps []byte) (width, height int, ok bool) {
	r := &bitReader{data: bytes.ReplaceAll(sps, []byte{0, 0, 3}, []byte{0, 0})}
	profile := r.bits(8)
	r.bits(16) // constraints, level
	r.ue()     // id
	chroma := 1
	separate := 0
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		if chroma = r.ue(); chroma == 3 {
			separate = r.bits(1)
		}
		r.ue()    // luma depth
		r.ue()    // chroma depth
		r.bits(1) // lossless bypass
		if r.bits(1) == 1 {
			lists := 8
			if chroma == 3 {
				lists = 12
			}
			for i := range lists {
				if r.bits(1) == 1 {
					r.scalingList(i)
				}
			}
		}
	}
	r.ue() // log2_max_frame_num
	switch r.ue() {
	case 0:
		r.ue()
	case 1:
		r.bits(1)
		r.ue()
		r.ue()
		for n := r.ue(); n > 0 && r.ok(); n-- {
			r.ue()
		}
	}
	r.ue()    // reference frames
	r.bits(1) // gaps allowed
	w, h := (r.ue()+1)*16, (r.ue()+1)*16
	frames := r.bits(1)
	if frames == 0 {
		h *= 2
		r.bits(1)
	}
	r.bits(1) // direct 8x8
	if r.bits(1) == 1 {
		unitX, unitY := 1, 2-frames
		if separate == 0 && (chroma == 1 || chroma == 2) {
			unitX = 2
		}
		if separate == 0 && chroma == 1 {
			unitY *= 2
		}
		left, right, top, bottom := r.ue(), r.ue(), r.ue(), r.ue()
		w -= (left + right) * unitX
		h -= (top + bottom) * unitY
	}
	if !r.ok() || w <= 0 || h <= 0 || w > 16384 || h > 16384 {
		return 0, 0, false
	}
	return w, h, true
}

// bitReader reads bits, most significant first; past the end it reads zeros
// and is no longer ok.
type bitReader struct {
	data []byte
	at   int // bits
}

func (r *bitReader) ok() bool { return r.at <= len(r.data)*8 }

func (r *bitReader) bits(n int) int {
	v := 0
	for range n {
		v <<= 1
		if i := r.at / 8; i < len(r.data) {
			v |= int(r.data[i]>>(7-r.at%8)) & 1
		}
		r.at++
	}
	return v
}

// ue reads an unsigned Exp-Golomb number (H.264, 9.1).
func (r *bitReader) ue() int {
	zeros := 0
	for r.bits(1) == 0 {
		if zeros++; zeros > 24 || !r.ok() {
			r.at = len(r.data)*8 + 1
			return 0
		}
	}
	return 1<<zeros - 1 + r.bits(zeros)
}

// scalingList skips the i-th scaling list (H.264, 7.3.2.1.1.1).
func (r *bitReader) scalingList(i int) {
	size := 16
	if i >= 6 {
		size = 64
	}
	last, next := 8, 8
	for range size {
		if next != 0 {
			v := r.ue()
			delta := (v + 1) / 2
			if v%2 == 0 {
				delta = -delta
			}
			next = (last + delta + 256) % 256
		}
		if next != 0 {
			last = next
		}
	}
}
