package ui_test

import (
	"bytes"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/axess-go/axess/ui"
)

// fill sets every string a caller can put into a page, except the closed sets
// that choose texts and templates.
func fill(v reflect.Value, with string) {
	switch kind := v.Kind(); {
	case kind == reflect.Struct:
		if _, isText := v.Interface().(ui.Text); isText {
			return
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() || field.Name == "Kind" || field.Name == "Purpose" || field.Name == "Others" || field.Type.String() == "time.Time" {
				continue
			}
			if field.Name == "Factors" && field.Type.Elem().Kind() == reflect.String {
				continue
			}
			fill(v.Field(i), with)
		}
	case kind == reflect.Slice:
		copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(copied, v)
		v.Set(copied)
		for i := range v.Len() {
			fill(v.Index(i), with)
		}
	case kind == reflect.String:
		if v.String() != "" {
			v.SetString(with)
		}
	}
}

func filled(page ui.Page, with string) ui.Page {
	v := reflect.New(reflect.TypeOf(page)).Elem()
	v.Set(reflect.ValueOf(page))
	fill(v, with)
	if uri := v.FieldByName("URI"); uri.IsValid() {
		uri.SetString("otpauth://totp/" + url.PathEscape(with) + `?issuer="'><b onclick=x>`)
	}
	// The summary's fields must exist for their links to lead somewhere.
	if problems := v.FieldByName("Frame").FieldByName("Problems"); problems.Len() > 0 {
		problems.Set(reflect.ValueOf(frameOf(page).Problems))
	}
	return v.Interface().(ui.Page)
}

// skeleton is the page without its words: every element and attribute name.
func skeleton(doc document) string {
	var out strings.Builder
	for _, n := range doc.nodes {
		out.WriteString(n.Data)
		for _, a := range n.Attr {
			out.WriteString(" " + a.Key)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func TestEveryPage_stays_the_same_page_whatever_the_strings_hold(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.SampleConfig())
	for _, s := range ui.Samples() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			calm := skeleton(parse(t, render(t, r, filled(s.Page, "x"))))
			for _, hostile := range []string{
				`"><script>alert(1)</script>`,
				`' onmouseover='alert(1)`,
				`x" autofocus onfocus="alert(1)`,
				`</title></textarea></svg><img src=x onerror=alert(1)>`,
				`javascript:alert(1)`,
				`{{.CSRF}}`,
				"a\x00b\u202ec<!--",
			} {
				// UIX-002
				doc := parse(t, render(t, r, filled(s.Page, hostile)))
				if got := skeleton(doc); got != calm {
					t.Errorf("%q changes the page", hostile)
				}
				for link := range doc.links() {
					if strings.HasPrefix(strings.ToLower(strings.TrimSpace(link)), "javascript:") {
						t.Errorf("%q became an address to click", hostile)
					}
				}
			}
		})
	}
}

func TestNoPage_echoes_a_secret(t *testing.T) {
	t.Parallel()
	const canary = "canary-4f1d"
	t.Run("no model has room for one", func(t *testing.T) {
		t.Parallel()
		for _, s := range ui.Samples() {
			typ := reflect.TypeOf(s.Page)
			for i := range typ.NumField() {
				name := strings.ToLower(typ.Field(i).Name)
				for _, secret := range []string{"password", "code", "token", "secret", "seed"} {
					if typ.Field(i).Type.Kind() == reflect.String && strings.Contains(name, secret) && (typ.Name() != "ErrorPage" || name != "code") {
						t.Errorf("%s.%s", typ.Name(), typ.Field(i).Name)
					}
				}
			}
		}
	})
	t.Run("the form token stands in hidden fields only", func(t *testing.T) {
		t.Parallel()
		r := newRenderer(t, ui.SampleConfig())
		for _, s := range ui.Samples() {
			page := render(t, r, s.Page)
			fields := len(parse(t, page).all("form"))
			if n := strings.Count(page, "sample-token"); n != fields {
				t.Errorf("%s: token %d times for %d forms", s.Name, n, fields)
			}
		}
	})
	t.Run("a refused enrolment address is not in the error", func(t *testing.T) {
		t.Parallel()
		r := newRenderer(t, ui.Config{})
		for _, uri := range []string{"https://elsewhere.example/?secret=" + canary, "otpauth://hotp/x?secret=" + canary, ":" + canary, "javascript:" + canary} {
			page := sample(t, "totp").(ui.EnrolTOTPPage)
			page.URI = uri
			var out bytes.Buffer
			err := r.Render(&out, page)
			if err == nil {
				t.Errorf("%q was drawn", uri)
			} else if strings.Contains(err.Error(), canary) {
				t.Errorf("the error tells the key: %v", err)
			}
			if out.Len() != 0 {
				t.Error("half a page was written")
			}
		}
	})
	t.Run("a signed-out page knows nobody", func(t *testing.T) {
		t.Parallel()
		r := newRenderer(t, ui.Config{})
		// UIX-059
		page := render(t, r, ui.SignedOutPage{Frame: ui.Frame{SignedInAs: canary}})
		if strings.Contains(page, canary) {
			t.Error("shows who was signed in")
		}
	})
	t.Run("another browser sees a masked address", func(t *testing.T) {
		t.Parallel()
		r := newRenderer(t, ui.Config{})
		// UIX-027
		for _, c := range []struct{ address, shown string }{
			{canary + "@example.org", "c•••@example.org"},
			{"å" + canary + "@example.org", "å•••@example.org"},
			{canary, "•••"},
			{"@" + canary, "•••"},
		} {
			page := render(t, r, ui.ConfirmLinkPage{Purpose: ui.LinkVerify, Address: c.address})
			if strings.Contains(page, canary) || !strings.Contains(page, c.shown) {
				t.Errorf("%q is not shown as %q", c.address, c.shown)
			}
		}
		own := render(t, r, ui.ConfirmLinkPage{Purpose: ui.LinkVerify, Address: canary + "@example.org", SameBrowser: true})
		if !strings.Contains(own, canary+"@example.org") {
			t.Error("the own browser does not see its address")
		}
	})
}

func TestFailures_of_one_class_are_one_page(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, ui.SampleConfig())
	// UIX-052, UIX-071
	failed := ui.Frame{CSRF: "t", Problems: ui.SignInFailed()}
	pages := map[string]string{}
	for _, why := range []string{"unknown person", "wrong password", "locked decoy"} {
		page := render(t, r, ui.SignInPage{Frame: failed, Identifier: "ada@example.org", EmailOnly: true})
		pages[page] = why
		if strings.Contains(page, `aria-invalid`) {
			t.Errorf("%s: a marked field tells which of the two was wrong", why)
		}
	}
	if len(pages) != 1 {
		t.Errorf("%d different pages", len(pages))
	}
	code := render(t, r, ui.FactorPage{Frame: failed, Kind: "totp", Step: 2, Steps: 2})
	if !strings.Contains(code, "Those details did not match. Check them and try again.") {
		t.Error("a wrong code says something else than a wrong password")
	}
	// The page after a sign-up has no room for whether the address was new.
	typ := reflect.TypeFor[ui.CheckMailPage]()
	for i := range typ.NumField() {
		switch name := typ.Field(i).Name; name {
		case "Frame", "Address", "Works", "Resend", "Outbox":
		default:
			t.Errorf("CheckMailPage.%s: could differ for a known address", name)
		}
	}
}
