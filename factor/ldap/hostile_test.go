package ldap_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/ldap"
)

// marked is a password that is easy to find again.
const marked = "marked-password-7f3a"

// at is a directory on a stub.
func at(t *testing.T, s *stub, fake *clock.Fake, change ...func(*ldap.Config)) *ldap.Directory {
	t.Helper()
	cfg := ldap.Config{URL: "ldap://" + s.addr, StartTLS: !s.secure, Roots: s.roots, Form: ldap.DN("uid={user},dc=x"), Clock: fake}
	if s.secure {
		cfg.URL = "ldaps://" + s.addr
	}
	for _, c := range change {
		c(&cfg)
	}
	return directory(t, cfg)
}

func fakeClock() *clock.Fake { return clock.NewFake(today) }

// FAC-091, FAC-090: not a byte of the password travels before TLS with the right server.
func TestVerify_says_nothing_to_the_wrong_server(t *testing.T) {
	t.Parallel()
	other, otherRoots := certificate(t, "ldap.elsewhere.test")
	_, strangers := certificate(t, "127.0.0.1")
	for name, c := range map[string]struct {
		stub   *stub
		change func(*ldap.Config)
	}{
		"wrong authority":               {&stub{secure: true}, func(c *ldap.Config) { c.Roots = strangers }},
		"wrong authority, StartTLS":     {&stub{}, func(c *ldap.Config) { c.Roots = strangers }},
		"wrong name":                    {&stub{secure: true, cert: other, roots: otherRoots}, nil},
		"wrong name, StartTLS":          {&stub{cert: other, roots: otherRoots}, nil},
		"another name was asked for":    {&stub{secure: true}, func(c *ldap.Config) { c.ServerName = "ldap.example.test" }},
		"StartTLS refused":              {&stub{startTLS: 2}, nil},
		"StartTLS unavailable":          {&stub{startTLS: 52}, nil},
		"StartTLS stripped to success":  {&stub{startTLS: -2}, nil},
		"certificate has run out":       {&stub{secure: true}, func(c *ldap.Config) { c.Clock = clock.NewFake(today.AddDate(2, 0, 0)) }},
		"the system's authorities only": {&stub{secure: true}, func(c *ldap.Config) { c.Roots = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.stub)
			fake := fakeClock()
			d := at(t, s, fake, func(cfg *ldap.Config) {
				if c.change != nil {
					c.change(cfg)
				}
			})
			got := d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked))
			if got.Verdict != factor.Unavailable || got.Reason != ldap.ReasonTLS {
				t.Errorf("%+v", got)
			}
			if s.seen(marked) || len(s.bound()) != 0 {
				t.Error("the server was sent a bind")
			}
			if text := got.Err.Error(); strings.Contains(text, "elsewhere") || strings.Contains(text, "stub") {
				t.Errorf("the error holds what a stranger wrote: %s", text)
			}
		})
	}
	// The same with the right one, or the above shows nothing.
	for _, secure := range []bool{true, false} {
		s := serve(t, &stub{secure: secure})
		want(t, at(t, s, fakeClock()).Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)), factor.Accepted, "")
		if got := s.bound(); fmt.Sprint(got) != "[uid=ada,dc=x]" {
			t.Errorf("%q", got)
		}
		if s.seen(marked) {
			t.Error("the password travelled in clear")
		}
	}
}

// FAC-090: a name that says "this machine" and leads elsewhere is not spoken to in clear.
func TestVerify_clear_is_for_this_machine(t *testing.T) {
	t.Parallel()
	s := serve(t, &stub{})
	d := at(t, s, fakeClock(), func(c *ldap.Config) {
		c.StartTLS, c.InsecureLoopback, c.Dialer = false, true, elsewhere{}
	})
	want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)), factor.Unavailable, ldap.ReasonTLS)
	if s.seen(marked) {
		t.Error("sent")
	}
}

// elsewhere dials, and says that it was led to another machine.
type elsewhere struct{}

func (elsewhere) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, address)
	return movedConn{c}, err
}

type movedConn struct{ net.Conn }

func (movedConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 389} }

// FAC-097: the table of results. Whatever is not about this password is no guess.
func TestVerify_results(t *testing.T) {
	t.Parallel()
	ad := func(sub string) string {
		return "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data " + sub + ", v3839"
	}
	for _, c := range []struct {
		code    int
		text    string
		verdict factor.Verdict
		reason  ldap.Reason
	}{
		{0, "", factor.Accepted, ""},
		{49, "", factor.Rejected, ldap.ReasonCredential},
		{49, "uid=ada has no such password", factor.Rejected, ldap.ReasonCredential},
		{49, ad("525"), factor.Rejected, ldap.ReasonCredential},
		{49, ad("52e"), factor.Rejected, ldap.ReasonCredential},
		{49, ad("532"), factor.Rejected, ldap.ReasonMustChange},
		{49, ad("773"), factor.Rejected, ldap.ReasonMustChange},
		{49, ad("533"), factor.Rejected, ldap.ReasonDisabled},
		{49, ad("530"), factor.Rejected, ldap.ReasonDisabled},
		{49, ad("701"), factor.Rejected, ldap.ReasonExpired},
		{49, ad("775"), factor.Rejected, ldap.ReasonLocked},
		{49, ad("999"), factor.Rejected, ldap.ReasonCredential},
		{32, "", factor.Rejected, ldap.ReasonCredential},
		{48, "", factor.Rejected, ldap.ReasonCredential},
		{19, "", factor.Rejected, ldap.ReasonLocked},
		{3, "", factor.Unavailable, ldap.ReasonBusy},
		{51, "too busy for uid=ada", factor.Unavailable, ldap.ReasonBusy},
		{52, "", factor.Unavailable, ldap.ReasonBusy},
		{53, "", factor.Unavailable, ldap.ReasonBusy},
		{80, "", factor.Unavailable, ldap.ReasonBusy},
		{1, "", factor.Unavailable, ldap.ReasonBusy},
		{123, "", factor.Unavailable, ldap.ReasonBusy},
		{10, "ldap://192.0.2.1/dc=elsewhere", factor.Misconfigured, ldap.ReasonReferral},
		{7, "", factor.Misconfigured, ldap.ReasonRefused},
		{8, "", factor.Misconfigured, ldap.ReasonRefused},
		{13, "", factor.Misconfigured, ldap.ReasonRefused},
		{34, "", factor.Misconfigured, ldap.ReasonRefused},
	} {
		t.Run(fmt.Sprintf("%d %s", c.code, c.reason), func(t *testing.T) {
			t.Parallel()
			dialer := &countingDialer{}
			s := serve(t, &stub{secure: true, bind: func(string, string) (int, string) { return c.code, c.text }})
			d := at(t, s, fakeClock(), func(cfg *ldap.Config) { cfg.Dialer = dialer })
			got := d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked))
			want(t, got, c.verdict, c.reason)
			if (got.Err == nil) != (c.verdict == factor.Accepted || c.verdict == factor.Rejected) {
				t.Errorf("error %v", got.Err)
			}
			// FAC-098: nothing that the directory, or somebody, wrote.
			if got.Err != nil && (strings.Contains(got.Err.Error(), "ada") || strings.Contains(got.Err.Error(), "elsewhere")) {
				t.Errorf("error %v", got.Err)
			}
			if dialer.n.Load() != 1 {
				t.Errorf("%d connections: a referral was followed", dialer.n.Load())
			}
		})
	}
}

// FAC-093: an answer to a search with more than one entry, or with one that no name is.
func TestVerify_lies_of_a_search(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		entries []string
		result  int
		want    ldap.Reason
	}{
		"two":              {[]string{"uid=a,dc=x", "uid=b,dc=x"}, 0, ldap.ReasonNoEntry},
		"many":             {make([]string, 50), 0, ldap.ReasonNoEntry},
		"an empty name":    {[]string{""}, 0, ldap.ReasonNoEntry},
		"no name":          {[]string{"nonsense"}, 0, ldap.ReasonNoEntry},
		"one, cut short":   {[]string{"uid=a,dc=x"}, 4, ldap.ReasonNoEntry},
		"busy":             {nil, 51, ldap.ReasonBusy},
		"refers elsewhere": {nil, 10, ldap.ReasonReferral},
		"may not":          {nil, 50, ldap.ReasonRefused},
		"one":              {[]string{"uid=a,dc=x"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, &stub{secure: true, search: func() ([]string, int) { return c.entries, c.result }})
			d := at(t, s, fakeClock(), func(cfg *ldap.Config) {
				cfg.Form = ldap.SearchThenBind{BaseDN: "dc=x", Filter: "(uid={user})", Service: ldap.Account{DN: "cn=s", Password: secret("s")}}
			})
			if got := d.Verify(t.Context(), ldap.Person{Name: "a"}, secret(marked)); got.Reason != c.want {
				t.Errorf("%+v", got)
			}
			for _, name := range s.bound() {
				if name == "" || name == "nonsense" || name == "uid=b,dc=x" {
					t.Errorf("bound as %q", name)
				}
			}
		})
	}
}

// FAC-095: at every place where a directory can fall silent the whole ends, with the
// clock or with the caller.
func TestVerify_silence_ends(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*stub{
		"after the bind":          {secure: true, bind: func(string, string) (int, string) { return -1, "" }},
		"after the bind StartTLS": {bind: func(string, string) (int, string) { return -1, "" }},
		"instead of StartTLS":     {startTLS: -1},
	} {
		for _, end := range []string{"clock", "caller"} {
			t.Run(name+", "+end, func(t *testing.T) {
				t.Parallel()
				s := serve(t, &stub{secure: s.secure, bind: s.bind, startTLS: s.startTLS})
				fake := fakeClock()
				d := at(t, s, fake)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				said := make(chan ldap.Result, 1)
				go func() { said <- d.Verify(ctx, ldap.Person{Name: "ada"}, secret(marked)) }()
				<-s.hung
				reason := ldap.ReasonTimeout
				if end == "clock" {
					fake.Advance(5 * time.Second)
				} else {
					cancel()
					reason = ldap.ReasonCancelled
				}
				want(t, <-said, factor.Unavailable, reason)
			})
		}
	}
}

// FAC-095: a server that takes the connection and never speaks.
func TestVerify_silence_before_tls_ends(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := ln.Accept()
		if err == nil {
			_, _ = c.Read(make([]byte, 1))
		}
		accepted <- c
	}()
	fake := fakeClock()
	d := directory(t, ldap.Config{URL: "ldaps://" + ln.Addr().String(), Form: ldap.DN("uid={user},dc=x"), Clock: fake})
	said := make(chan ldap.Result, 1)
	go func() { said <- d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked)) }()
	c := <-accepted
	defer c.Close()
	fake.Advance(5 * time.Second)
	want(t, <-said, factor.Unavailable, ldap.ReasonTimeout)
}

// FAC-095: a directory that never stops sending is cut off, and takes no memory.
func TestVerify_flood(t *testing.T) {
	t.Parallel()
	s := serve(t, &stub{secure: true, flood: true})
	got := at(t, s, fakeClock()).Verify(t.Context(), ldap.Person{Name: "ada"}, secret(marked))
	want(t, got, factor.Unavailable, ldap.ReasonTransport)
}

// FAC-092: without a password, or a name, no connection is made at all.
func TestVerify_nobody_is_asked_with_nothing(t *testing.T) {
	t.Parallel()
	dialer := &countingDialer{}
	s := serve(t, &stub{secure: true}) // it says yes to everything, as many do
	d := at(t, s, fakeClock(), func(c *ldap.Config) { c.Dialer, c.DecoyBinds = dialer, true })
	for _, p := range []string{"", "\x00", "a\x00"} {
		want(t, d.Verify(t.Context(), ldap.Person{Name: "ada"}, secret(p)), factor.Rejected, ldap.ReasonInput)
		want(t, d.VerifyNobody(t.Context(), secret(p)), factor.Rejected, ldap.ReasonInput)
	}
	for _, name := range []string{"", " ", "\x00"} {
		want(t, d.Verify(t.Context(), ldap.Person{Name: name}, secret(marked)), factor.Rejected, ldap.ReasonInput)
	}
	if n := dialer.n.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
	// And what it says yes to about nobody lets nobody in (AUN-034).
	want(t, d.VerifyNobody(t.Context(), secret(marked)), factor.Rejected, ldap.ReasonCredential)
}
