package ui

import (
	"strconv"
	"strings"
)

// QR is a code as a square of modules. It is drawn by the page as one path, so
// that no markup and no picture has to pass through the program.
type QR struct {
	Size  int                 // modules per side, without the quiet zone
	Black func(x, y int) bool // whether the module at column x, row y is dark
}

// quiet is the white border that scanners need, in modules (FAC-037).
const quiet = 4

// Side is the length of one side with the quiet zone, in modules.
func (q QR) Side() int { return q.Size + 2*quiet }

// Path is the dark modules as an SVG path: one rectangle per horizontal run.
func (q QR) Path() string {
	if q.Black == nil {
		return ""
	}
	var d strings.Builder
	for y := range q.Size {
		for x := 0; x < q.Size; {
			if !q.Black(x, y) {
				x++
				continue
			}
			start := x
			for x < q.Size && q.Black(x, y) {
				x++
			}
			d.WriteByte('M')
			d.WriteString(strconv.Itoa(start + quiet))
			d.WriteByte(' ')
			d.WriteString(strconv.Itoa(y + quiet))
			d.WriteByte('h')
			d.WriteString(strconv.Itoa(x - start))
			d.WriteString("v1h-")
			d.WriteString(strconv.Itoa(x - start))
			d.WriteByte('z')
		}
	}
	return d.String()
}
