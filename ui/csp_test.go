package ui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/ui"
)

func TestReturnPolicy_adds_the_origins_to_form_action_alone(t *testing.T) {
	t.Parallel()
	got, err := ui.ReturnPolicy("https://b.example.com", "http://localhost:8081", "https://a.example.com:8443", "https://b.example.com")
	if err != nil {
		t.Fatal(err)
	}
	// UIX-004
	const added = " http://localhost:8081 https://a.example.com:8443 https://b.example.com"
	if !strings.Contains(got, "form-action 'self'"+added+";") || strings.Replace(got, added, "", 1) != ui.ContentSecurityPolicy {
		t.Errorf("got %s", got)
	}
	// No other page has them.
	if strings.Contains(ui.ContentSecurityPolicy, "http") {
		t.Errorf("the policy of all pages names an origin: %s", ui.ContentSecurityPolicy)
	}
}

func TestReturnPolicy_refuses_what_allows_more_than_an_origin(t *testing.T) {
	t.Parallel()
	for _, o := range []string{
		"", "*", "https:", "https://", "https://*", "https://*.example.com", "https://a.example.com/", "https://a.example.com/x",
		"https://a.example.com; script-src *", "https://a.example.com;", "https://a.example.com,b", "https://a.example.com b.example.com",
		"http://a.example.com", "ftp://a.example.com", "javascript://a", "https://u@a.example.com", "https://a.example.com?x", "https://a.example.com#x",
		"https://A.example.com", "https://a.example.com:", "https://a.example.com:x", "https://.example.com", "https://example.com.", "https://a.example.com\n",
		"http://localhost.example.com", "http://xlocalhost", "'unsafe-inline'", "https://a.example.com:*",
	} {
		// UIX-004
		if got, err := ui.ReturnPolicy(o); err == nil {
			t.Errorf("%q: %s", o, got)
		}
	}
	if _, err := ui.ReturnPolicy(); err == nil {
		t.Error("no origin at all")
	}
	if _, err := ui.ReturnPolicy(make([]string, 9)...); err == nil {
		t.Error("nine origins")
	}
}

func ExampleReturnPolicy() {
	policy, err := ui.ReturnPolicy("https://app.example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	for directive := range strings.SplitSeq(policy, "; ") {
		if strings.HasPrefix(directive, "form-action") {
			fmt.Println(directive)
		}
	}
	// Output: form-action 'self' https://app.example.com
}
