package axesstest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// t stands for the test's own in these examples.
var t = &example{}

// notes is what a program's main gives to a server.
func notes(auth *axess.Axess) http.Handler {
	rt := auth.Routes()
	rt.Authn("GET /notes", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		fmt.Fprintf(w, "notes of %s, signed in with %d factors", who.DisplayName(), len(who.Factors()))
	})
	rt.Authn("POST /notes", func(http.ResponseWriter, *http.Request, axess.Authenticated) {})
	return rt
}

func Example() {
	defer t.end()
	k := axesstest.New(t, notes)
	ada := k.SignIn("ada@example.org", axesstest.With(factor.Password, factor.TOTP))
	fmt.Println(ada.Get("/notes").Want(200).Body)
	k.Clock.Advance(25 * time.Hour) // her session has run out
	fmt.Println(ada.Get("/notes").WantSignIn().URL)
	// Output:
	// notes of ada, signed in with 2 factors
	// https://app.example.com/auth/sign-in?next=%2Fnotes
}

// In a test, this is all: each attack is a subtest of its name.
func ExampleAttack() {
	_ = func(t *testing.T) {
		axesstest.Attack(t, axesstest.New(t, notes),
			axesstest.Guarded("GET /reports/{id}"), axesstest.Sample("GET /reports/{id}", "/reports/2026"),
			axesstest.Without("enumeration", "addresses are public here"))
	}
}

// An ordinary client, for code that takes one.
func ExampleKit_SignIn() {
	defer t.end()
	k := axesstest.New(t, notes)
	client := k.SignIn("boss@example.org", axesstest.Role(identity.RoleAdmin)).Client
	res, err := client.Get(k.URL + "/notes")
	fmt.Println(res.Status, err)
	fmt.Println(res.Body.Close())
	// Output:
	// 200 OK <nil>
	// <nil>
}

// A page of another site posts a form: the victim's browser sends it without the
// cookies, and the program refuses it all the same.
func ExampleBrowser_From() {
	defer t.end()
	k := axesstest.New(t, notes)
	victim := k.SignIn("ada@example.org")
	fmt.Println(victim.From("https://evil.example").Post("/notes", nil).WantProblem("csrf_failed").Status)
	// Output: 403
}

func ExampleMailbox() {
	defer t.end()
	k := axesstest.New(t, notes)
	b := k.Browser()
	b.Get("/auth/sign-up").Submit("/auth/sign-up", axesstest.Form{
		"email": "ada@example.org", "name": "Ada", "password": axesstest.Password,
	})
	fmt.Println(k.Mail.Last("ada@example.org").Subject)
	b.Get(k.Mail.Link("ada@example.org")).Submit("/auth/verify", nil)
	fmt.Println(b.Get("/notes").Want(200).Body)
	// Output:
	// Confirm your address
	// notes of Ada, signed in with 2 factors
}

// A program with settings of its own.
func ExampleConfig() {
	defer t.end()
	k := axesstest.New(t, notes, axesstest.Config(func(c *axess.Config) {
		c.BasePath = "/id"
		c.Timeouts.Idle = 10 * time.Minute
	}))
	ada := k.SignIn("ada@example.org")
	k.Clock.Advance(11 * time.Minute)
	fmt.Println(ada.Get("/notes").URL.Path)
	// Output: /id/sign-in
}

// People come from elsewhere, with a browser of their own, as strong as is wanted
// or only half-way.
func ExampleHalfWay() {
	defer t.end()
	k := axesstest.New(t, notes, axesstest.OverSocket())
	k.SignIn("ada@example.org", axesstest.Assurance(identity.AAL2), axesstest.UserAgent("Reader/2"), axesstest.Address("192.0.2.7:4711"))
	fmt.Println(k.SignIn("ada@example.org", axesstest.HalfWay()).Get("/notes").URL.Path)
	// Output: /auth/factor/totp
}

// The code for a key that a page of the program's own shows.
func ExampleTOTP() {
	fmt.Println(axesstest.TOTP("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", time.Unix(59, 0)))
	// Output: 287082 <nil>
}
