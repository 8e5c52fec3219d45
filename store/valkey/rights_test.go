package valkey_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/valkey"
)

// printed is the user that the page of backends prints, for the prefixes and the
// password of these tests.
func printed() (words []string, err error) {
	page, err := os.ReadFile("../../docs/backends.md")
	if err != nil {
		return nil, err
	}
	_, rest, found := strings.Cut(string(page), "\nACL SETUSER ")
	text, _, whole := strings.Cut(rest, "\n```")
	if !found || !whole {
		return nil, fmt.Errorf("the page prints no user")
	}
	text = strings.NewReplacer(`\`, "", ">PASSWORD", ">"+dbtest.RedisPassword, "~axess:", "~t*:", "&axess:", "&t*:").Replace(text)
	return strings.Fields(text), nil
}

// asPrinted has a server know that user, who is the one in its URL.
func asPrinted(start func(...string) (*server, error)) (*server, error) {
	words, err := printed()
	if err != nil {
		return nil, err
	}
	s, err := start(append([]string{"--user"}, words...)...)
	if err == nil {
		s.url = strings.Replace(s.url, "://:", "://"+words[0]+":", 1)
	}
	return s, err
}

// A user who lacks any one of the rights that the page prints is refused when the backend
// is opened, and told which; the one that it prints lacks none, and every other test of
// this package has it.
//
// STO-034
func TestOpen_names_the_right_that_is_missing(t *testing.T) {
	t.Parallel()
	s, err := asPrinted(ownServer)
	dbtest.Need(t, err)
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	words, err := printed()
	if err != nil {
		t.Fatal(err)
	}
	c, user := s.client(t), words[0]
	set := func(rules ...string) {
		t.Helper()
		if err := c.Do(t.Context(), c.B().Arbitrary("ACL", "SETUSER", user).Args(rules...).Build()).Error(); err != nil {
			t.Fatal(err)
		}
	}
	says := func(what string, opts ...valkey.Option) {
		t.Helper()
		b, err := valkey.Open(t.Context(), s.url, append(opts, valkey.WithPrefix("tester"))...)
		if err == nil {
			t.Errorf("it opens without %s", what)
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			return
		}
		if text := strings.NewReplacer("|", " ", "'", " ").Replace(err.Error()); !strings.Contains(text, strings.ReplaceAll(strings.Trim(what, "+"), "|", " ")) {
			t.Errorf("without %s: %v", what, err)
		}
	}
	open := func(opts ...valkey.Option) {
		t.Helper()
		b, err := valkey.Open(t.Context(), s.url, append(opts, valkey.WithPrefix("tester"))...)
		if err != nil {
			t.Error(err)
			return
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	open()
	n := 0
	for _, rule := range words[1:] {
		name, is := strings.CutPrefix(rule, "+")
		if !is {
			continue
		}
		n++
		set("-" + name)
		says(rule)
		set(rule)
	}
	if n < 40 {
		t.Errorf("the page prints %d commands", n)
	}
	for _, keys := range []string{"~tester:{tester}:*", "~tester:{tester.0*", "%R~tester:*", "~other:*"} {
		set("resetkeys", keys)
		says("~tester:*")
	}
	set("resetkeys", "~tester:*", "resetchannels", "&tester:other")
	says("&tester:ended")
	set("&tester:ended")
	open()
	without := valkey.WithoutLocalCache("a test")
	set("-client|tracking", "-echo")
	open(without)
}
