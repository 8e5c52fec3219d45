package csrf_test

import (
	"net/http"
	"testing"
)

// CSR-015, CSR-014, CSR-013: through the real session layer, from a browser that
// has nothing.
func TestWalk_first_POST_after_GET_as_fresh_guest(t *testing.T) {
	t.Parallel()
	g := setup(t)
	b := g.browser()
	b.get("/form")
	if b.cookies[sessionCookie] == "" || b.cookies[csrfCookie] == "" || b.token == "" {
		t.Fatal("no anchor, cookie or token", b.cookies, b.token)
	}
	anchor := b.cookies[sessionCookie]
	if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
		t.Fatal(got.Status, b.body)
	}
	if b.cookies[sessionCookie] != anchor {
		t.Error("the guest got a second id")
	}
	b.get("/form")
	if b.cookies[sessionCookie] != anchor {
		t.Error("the guest got a second id on the next page")
	}
	guest := b.cookies[csrfCookie]
	if got := b.post("/login"); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.Status, b.body)
	}
	if b.cookies[csrfCookie] == guest {
		t.Error("the cookie did not follow the login")
	}
	b.get("/form")
	if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
		t.Fatal(got.Status, b.body)
	}
	b.post("/rotate")
	b.get("/form")
	if got := b.post("/logout"); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.Status, b.body)
	}
	if b.cookies[csrfCookie] != "" {
		t.Error("the cookie outlived the session")
	}
	b.get("/form")
	if got := b.post("/do"); got.StatusCode != http.StatusNoContent {
		t.Fatal(got.Status, b.body)
	}
}
