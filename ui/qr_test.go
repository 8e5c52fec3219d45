package ui_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/axess-go/axess/ui"
)

func TestQR_path_paints_exactly_the_dark_modules_inside_a_quiet_zone(t *testing.T) {
	t.Parallel()
	const size, quiet = 29, 4
	dark := func(x, y int) bool { return (x*3+y*5+x*y)%7 < 3 }
	code := ui.QR{Size: size, Black: dark}
	if code.Side() != size+2*quiet {
		t.Fatalf("side %d", code.Side())
	}
	painted := map[[2]int]bool{}
	run := regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	path := code.Path()
	if rest := run.ReplaceAllString(path, ""); rest != "" {
		t.Fatalf("path holds %q", rest)
	}
	for _, m := range run.FindAllStringSubmatch(path, -1) {
		n := make([]int, 4)
		for i := range n {
			var err error
			if n[i], err = strconv.Atoi(m[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		if n[2] != n[3] {
			t.Fatalf("run %s does not close", m[0])
		}
		for x := n[0]; x < n[0]+n[2]; x++ {
			painted[[2]int{x, n[1]}] = true
		}
	}
	// UIX-029
	for y := range code.Side() {
		for x := range code.Side() {
			cx, cy := x-quiet, y-quiet
			want := cx >= 0 && cy >= 0 && cx < size && cy < size && dark(cx, cy)
			if painted[[2]int{x, y}] != want {
				t.Fatalf("module %d,%d: %v", x, y, !want)
			}
		}
	}
	if (ui.QR{}).Path() != "" {
		t.Error("an absent code has a path")
	}
}
