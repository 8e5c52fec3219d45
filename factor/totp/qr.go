package totp

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strconv"
	"strings"

	"rsc.io/qr"

	"github.com/axess-go/axess/seal"
)

// quiet is the width of the white border in modules (ISO/IEC 18004 §6.3.8).
const quiet = 4

// QR is the picture of a provisioning URI: a square of black and white modules
// with its white border, error correction level M. It is a secret like the URI,
// made in this process and never sent anywhere else (FAC-037): whatever carries
// it is marked no-store.
type QR struct {
	side int
	dark []bool // row by row
}

// NewQR draws a URI. Error: [ErrPolicy] when it is empty or does not fit.
func NewQR(uri seal.Secret) (QR, error) {
	if len(uri.Reveal()) == 0 {
		return QR{}, fmt.Errorf("%w: the URI is empty", ErrPolicy)
	}
	c, err := qr.Encode(string(uri.Reveal()), qr.M)
	if err != nil {
		// The library's error tells the text that did not fit.
		return QR{}, fmt.Errorf("%w: the URI does not fit a QR code", ErrPolicy)
	}
	q := QR{side: c.Size + 2*quiet}
	q.dark = make([]bool, q.side*q.side)
	for y := range c.Size {
		for x := range c.Size {
			q.dark[(y+quiet)*q.side+x+quiet] = c.Black(x, y)
		}
	}
	return q, nil
}

// Side is the number of modules on a side, the border included.
func (q QR) Side() int { return q.side }

// Dark reports whether the module in column x of row y is black; outside of the
// picture nothing is.
func (q QR) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < q.side && y < q.side && q.dark[y*q.side+x]
}

// Path gives the black modules as the data of one SVG path in a view box of
// Side by Side: for pages that draw the white ground themselves.
func (q QR) Path() string {
	var b strings.Builder
	for y := range q.side {
		for x := 0; x < q.side; x++ {
			n := 0
			for q.Dark(x+n, y) {
				n++
			}
			if n > 0 {
				b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h" + strconv.Itoa(n) + "v1h-" + strconv.Itoa(n) + "z")
				x += n
			}
		}
	}
	return b.String()
}

// WriteSVG writes the picture as an SVG document with an opaque white ground.
func (q QR) WriteSVG(w io.Writer) error {
	side := strconv.Itoa(q.side)
	_, err := io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 `+side+" "+side+`" shape-rendering="crispEdges">`+
		`<rect width="`+side+`" height="`+side+`" fill="#fff"/><path fill="#000" d="`+q.Path()+`"/></svg>`)
	if err != nil {
		return fmt.Errorf("totp: write SVG: %w", err)
	}
	return nil
}

// WritePNG writes the picture as an opaque black and white PNG, each module scale
// pixels wide, 1 to 32.
func (q QR) WritePNG(w io.Writer, scale int) error {
	if scale < 1 || scale > 32 {
		return fmt.Errorf("%w: scale is %d, 1 to 32", ErrPolicy, scale)
	}
	img := image.NewPaletted(image.Rect(0, 0, q.side*scale, q.side*scale), color.Palette{color.White, color.Black})
	for y := range q.side * scale {
		for x := range q.side * scale {
			if q.Dark(x/scale, y/scale) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	if err := png.Encode(w, img); err != nil {
		return fmt.Errorf("totp: write PNG: %w", err)
	}
	return nil
}
