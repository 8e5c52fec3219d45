package sim

import "testing"

// What people do on a page is what its forms send.
func TestFormOf(t *testing.T) {
	t.Parallel()
	page := `<p>a</p><form method="post" action="/auth/sign-out" novalidate><input type="hidden" name="_csrf" value="a&amp;&#34;b"></form>
<form action="/auth/factor/totp?next=%2Fvault&amp;x=1" method="post"><input type="hidden" name="_csrf" value="two">
<input id="f" name="code" type="text" value="typed"><input type="hidden" name="next" value="/vault"></form><form method="get"></form>`
	to, hidden, ok := formOf(page, "/auth/factor/totp")
	if !ok || to != "/auth/factor/totp?next=%2Fvault&x=1" || hidden.Encode() != "_csrf=two&next=%2Fvault" {
		t.Errorf("%q %v %v", to, hidden, ok)
	}
	if _, hidden, ok := formOf(page, "/auth/sign-out"); !ok || hidden.Get("_csrf") != `a&"b` {
		t.Errorf("%v %v", hidden, ok)
	}
	for _, bad := range []string{"", "<form", `<form action="/else">`, `<form method="get"></form>`} {
		if _, _, ok := formOf(bad, "/auth"); ok {
			t.Errorf("%q has a form", bad)
		}
	}
}
