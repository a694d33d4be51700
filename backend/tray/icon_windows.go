package tray

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
)

// encode is the icon as an .ico file of one image, which is what Windows loads:
// a bitmap from the bottom up, blue first, then a mask that nobody reads where
// there is transparency (https://devblogs.microsoft.com/oldnewthing/20101019-00/?p=12503).
func encode(icon *image.NRGBA) ([]byte, error) {
	width, height := icon.Rect.Dx(), icon.Rect.Dy()
	mask := make([]byte, (width+31)/32*4*height)
	const directory, header = 22, 40
	var out bytes.Buffer
	for _, field := range []any{
		[3]uint16{0, 1, 1}, // an icon, of one image
		[4]uint8{uint8(width), uint8(height)},
		[2]uint16{1, 32}, // planes, bits a pixel
		[2]uint32{uint32(header + 4*width*height + len(mask)), directory},

		[3]uint32{header, uint32(width), uint32(2 * height)}, // the mask counts as height
		[2]uint16{1, 32},
		[6]uint32{},
	} {
		if err := binary.Write(&out, binary.LittleEndian, field); err != nil {
			return nil, fmt.Errorf("draw the tray's icon: %w", err)
		}
	}
	for y := height - 1; y >= 0; y-- {
		for x := range width {
			c := icon.NRGBAAt(x, y)
			out.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	out.Write(mask)
	return out.Bytes(), nil
}
