package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axess-go/axess/factor/password/blocklist"
	"github.com/axess-go/axess/seal"
)

// FAC-021: what is taken is of policy length, once in whatever case, the long ones all,
// the others in the order of the source, and nothing behind the last line that several
// people used.
func TestChoose(t *testing.T) {
	t.Parallel()
	text := "short\npassword\nPASSWORD\n\xff\xffpassword\nmanchesterunited\nsunshine\niloveyou\nmychemicalromance\nonlyonepersonhasthis\n"
	list, longs := choose([]byte(text), 8, 4)
	if longs != 2 || len(list) != 4*6 {
		t.Fatalf("%d long, %d bytes", longs, len(list))
	}
	for pw, want := range map[string]bool{
		"password": true, "sunshine": true, "manchesterunited": true, "mychemicalromance": true,
		"iloveyou": false, "short": false, "onlyonepersonhasthis": false,
	} {
		e := blocklist.Entry([]byte(pw))
		found := false
		for i := 0; i < len(list); i += 6 {
			found = found || bytes.Equal(list[i:i+6], e[:])
			if i > 0 && bytes.Compare(list[i-6:i], list[i:i+6]) >= 0 {
				t.Error("not in order")
			}
		}
		if found != want {
			t.Errorf("%s: %v", pw, found)
		}
	}
}

// FAC-021: another source is refused.
func TestRun_takes_one_source(t *testing.T) {
	t.Parallel()
	in, out := filepath.Join(t.TempDir(), "in"), filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(in, []byte("password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(in, out, &strings.Builder{}); err == nil {
		t.Error("made of whatever it was given")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a list was written")
	}
}

// FAC-021: the list in the program is this source's: rows of a keyboard are on it.
func TestShipped_list_is_the_sources(t *testing.T) {
	t.Parallel()
	for _, pw := range []string{"qwertyui", "asdfghjkl", "zxcvbnm,./", "1q2w3e4r5t", "qwertyuiopasdfg", "abcdefghijklmnopqrstuvwxyz"} {
		if known, err := blocklist.Common().Contains(context.Background(), seal.NewSecret([]byte(pw))); !known || err != nil {
			t.Errorf("%s: %v %v", pw, known, err)
		}
	}
}
