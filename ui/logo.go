package ui

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
)

const (
	maxLogo     = 64 << 10 // bytes, as given
	maxLogoSide = 2048     // pixels
	logoHeight  = 28       // as shown; the style sheet says the same in rem
)

// logo is a picture that was drawn anew.
type logo struct {
	png           []byte
	width, height int // as shown
}

// LogoImage is where the configured logo is and how large it is shown, in CSS
// pixels.
type LogoImage struct {
	Path          string
	Width, Height int
}

// readLogo decodes a PNG and encodes its pixels again. A picture that scripts can
// live in, above all SVG, is never taken: it would be served from the origin that
// the sign-in page has.
func readLogo(given []byte) (*logo, error) {
	if len(given) > maxLogo {
		return nil, fmt.Errorf("larger than %d KiB", maxLogo>>10)
	}
	if !bytes.HasPrefix(given, []byte("\x89PNG\r\n\x1a\n")) {
		return nil, errors.New("is not a PNG")
	}
	// The size first: a small file may claim a picture that fills the memory.
	head, err := png.DecodeConfig(bytes.NewReader(given))
	if err != nil {
		return nil, fmt.Errorf("is not a PNG: %w", err)
	}
	if head.Width < 1 || head.Height < 1 || head.Width > maxLogoSide || head.Height > maxLogoSide {
		return nil, fmt.Errorf("is %d × %d pixels, at most %d a side", head.Width, head.Height, maxLogoSide)
	}
	decoded, err := png.Decode(bytes.NewReader(given))
	if err != nil {
		return nil, fmt.Errorf("is not a PNG: %w", err)
	}
	pixels := image.NewNRGBA(image.Rect(0, 0, head.Width, head.Height))
	draw.Draw(pixels, pixels.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, pixels); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return &logo{png: out.Bytes(), width: max(1, head.Width*logoHeight/head.Height), height: logoHeight}, nil
}
