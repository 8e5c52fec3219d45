package totp_test

import (
	"bytes"
	"encoding/base32"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/seal"
)

// FAC-036
func TestURI_form(t *testing.T) {
	t.Parallel()
	r, err := totp.Import(totp.Policy{}, []byte("12345678901234567890"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.URI("Example & Söhne", "ada+x@example.test")
	const want = "otpauth://totp/Example%20%26%20S%C3%B6hne:ada%2Bx%40example.test" +
		"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example%20%26%20S%C3%B6hne&algorithm=SHA1&digits=6&period=30"
	if err != nil || string(got.Reveal()) != want {
		t.Errorf("%s, %v", got.Reveal(), err)
	}
	if key := string(r.Key().Reveal()); key != "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" {
		t.Errorf("key %q", key)
	}
	for name, c := range map[string][2]string{
		"issuer with colon": {"a:b", "ada"}, "no issuer": {"", "ada"}, "no account": {"a", ""},
		"line end": {"a", "ada\n"}, "not UTF-8": {"\xff", "ada"}, "bidi": {"a\u202eb", "ada"}, "long": {"a", strings.Repeat("a", 129)},
	} {
		if _, err := r.URI(c[0], c[1]); !errors.Is(err, totp.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (totp.Record{}).URI("a", "b"); !errors.Is(err, totp.ErrPolicy) {
		t.Errorf("a record without a seed: %v", err)
	}
}

// What an authenticator app reads out of the URI is what was put in. FAC-036,
// FUZ-F11
func TestURI_round_trip(t *testing.T) {
	t.Parallel()
	label := rapid.StringOfN(rapid.RuneFrom([]rune("aZ09 &=?#%+/@.-_~<>\"'äß漢")), 1, 30, 128)
	rapid.Check(t, func(t *rapid.T) {
		p := totp.Policy{
			Algorithm: rapid.SampledFrom([]totp.Algorithm{totp.SHA1, totp.SHA256, totp.SHA512}).Draw(t, "algorithm"),
			Digits:    rapid.IntRange(6, 8).Draw(t, "digits"), Period: rapid.SampledFrom([]int{30, 60}).Draw(t, "period"),
		}
		seed := rapid.SliceOfN(rapid.Byte(), 16, 64).Draw(t, "seed")
		issuer, account := label.Draw(t, "issuer"), label.Draw(t, "account")+rapid.SampledFrom([]string{"", ":x"}).Draw(t, "colon")
		r, err := totp.Import(p, seed)
		if err != nil {
			t.Fatal(err)
		}
		uri, err := r.URI(issuer, account)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(string(uri.Reveal()))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		got, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(q.Get("secret"))
		if err != nil || !bytes.Equal(got, seed) {
			t.Fatalf("secret %x of %x, %v", got, seed, err)
		}
		if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/"+issuer+":"+account || q.Get("issuer") != issuer ||
			q.Get("algorithm") != p.Algorithm.String() || q.Get("digits") != strconv.Itoa(p.Digits) || q.Get("period") != strconv.Itoa(p.Period) || len(q) != 5 {
			t.Fatalf("%s", uri.Reveal())
		}
	})
}

func picture(t *testing.T) totp.QR {
	t.Helper()
	uri, err := record(t, 1, totp.Policy{}).URI("Example", "ada@example.test")
	if err != nil {
		t.Fatal(err)
	}
	q, err := totp.NewQR(uri)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// FAC-037
func TestQR_has_finder_patterns_and_a_quiet_zone(t *testing.T) {
	t.Parallel()
	q := picture(t)
	n := q.Side()
	if (n-8-17)%4 != 0 || n < 8+21 {
		t.Fatalf("%d modules are no QR code with its border", n)
	}
	for i := range n {
		for d := range 4 {
			if q.Dark(i, d) || q.Dark(i, n-1-d) || q.Dark(d, i) || q.Dark(n-1-d, i) {
				t.Fatal("the border is not white")
			}
		}
	}
	for _, corner := range [][2]int{{4, 4}, {n - 11, 4}, {4, n - 11}} {
		for y := range 7 {
			for x := range 7 {
				ring := max(max(x, 6-x), max(y, 6-y)) // 6 outside, 5 the white ring, less inside
				if q.Dark(corner[0]+x, corner[1]+y) != (ring != 5) {
					t.Fatalf("finder pattern at %v is broken", corner)
				}
			}
		}
	}
	// Format information beside the first finder: level M is 00 under the mask
	// 101010000010010, so its two first bits read 10.
	if !q.Dark(4, 4+8) || q.Dark(4+1, 4+8) {
		t.Error("the level is not M")
	}
	if q.Dark(-1, 0) || q.Dark(0, n) || q.Dark(n, 0) {
		t.Error("dark outside of the picture")
	}
}

// FAC-037
func TestQR_SVG_and_PNG_show_the_same_modules(t *testing.T) {
	t.Parallel()
	q := picture(t)
	var svg, raster bytes.Buffer
	if err := q.WriteSVG(&svg); err != nil {
		t.Fatal(err)
	}
	if err := q.WritePNG(&raster, 3); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		ViewBox string `xml:"viewBox,attr"`
		Rect    struct {
			Fill  string `xml:"fill,attr"`
			Width int    `xml:"width,attr"`
		} `xml:"rect"`
		Path struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(svg.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	side := strconv.Itoa(q.Side())
	if doc.ViewBox != "0 0 "+side+" "+side || doc.Rect.Fill != "#fff" || doc.Rect.Width != q.Side() {
		t.Errorf("no opaque white ground: %+v", doc.Rect)
	}
	drawn := make(map[[2]int]bool)
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`).FindAllStringSubmatch(doc.Path.D, -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		n, _ := strconv.Atoi(m[3])
		for i := range n {
			drawn[[2]int{x + i, y}] = true
		}
	}
	img, err := png.Decode(&raster)
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 3*q.Side() || b.Dy() != 3*q.Side() {
		t.Fatalf("PNG of %v", b)
	}
	for y := range q.Side() {
		for x := range q.Side() {
			want := color.Gray{Y: 255}
			if q.Dark(x, y) {
				want.Y = 0
			}
			r, g, b, a := img.At(3*x+1, 3*y+1).RGBA()
			wr, _, _, _ := want.RGBA()
			if r != wr || g != wr || b != wr || a != 0xffff || drawn[[2]int{x, y}] != q.Dark(x, y) {
				t.Fatalf("module %d, %d differs", x, y)
			}
		}
	}
}

// FAC-037
func TestQR_refuses_without_telling_the_secret(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("GEZDGNBVGY3TQOJQ", 400)
	for _, in := range []seal.Secret{{}, seal.NewSecret([]byte(long))} {
		if _, err := totp.NewQR(in); !errors.Is(err, totp.ErrPolicy) || strings.Contains(err.Error(), "GEZD") {
			t.Errorf("%v", err)
		}
	}
	for _, scale := range []int{1, 32} {
		if err := picture(t).WritePNG(io.Discard, scale); err != nil {
			t.Errorf("scale %d: %v", scale, err)
		}
	}
	for _, scale := range []int{0, -1, 33} {
		if err := picture(t).WritePNG(&bytes.Buffer{}, scale); !errors.Is(err, totp.ErrPolicy) {
			t.Errorf("scale %d: %v", scale, err)
		}
	}
}

// A browser that is gone must not pass for one that has the picture.
func TestQR_tells_when_it_could_not_be_written(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	q := picture(t)
	if err := q.WriteSVG(w); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("SVG: %v", err)
	}
	if err := q.WritePNG(w, 1); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("PNG: %v", err)
	}
}

func TestQR_is_white_outside_and_drawn_once(t *testing.T) {
	t.Parallel()
	q := picture(t)
	side := q.Side()
	for i := -side; i < 2*side; i++ {
		for j := range side {
			for _, at := range [][2]int{{i, j}, {j, i}} {
				if (i < 0 || i >= side) && q.Dark(at[0], at[1]) {
					t.Fatalf("column %d, row %d is black in a picture of %d", at[0], at[1], side)
				}
			}
		}
	}
	runs := 0
	for y := range side {
		for x := range side {
			if q.Dark(x, y) && !q.Dark(x-1, y) {
				runs++
			}
		}
	}
	if got := strings.Count(q.Path(), "M"); got != runs {
		t.Errorf("%d strokes for %d runs of black modules", got, runs)
	}
}
