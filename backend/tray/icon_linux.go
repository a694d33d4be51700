package tray

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
)

// encode is the icon as a PNG file.
func encode(icon *image.NRGBA) ([]byte, error) {
	var file bytes.Buffer
	if err := png.Encode(&file, icon); err != nil {
		return nil, fmt.Errorf("draw the tray's icon: %w", err)
	}
	return file.Bytes(), nil
}
