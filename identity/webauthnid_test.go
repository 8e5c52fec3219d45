package identity_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/axess-go/axess/identity"
)

// IDN-006: whichever way a credential id is printed, 4 bytes of it are seen.
func TestWebAuthnID_prints_four_bytes(t *testing.T) {
	t.Parallel()
	raw := []byte{0xde, 0xad, 0xbe, 0xef, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac}
	id, err := identity.NewWebAuthnID(raw)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "id", id)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "id", id)
	asJSON, err := json.Marshal(map[string]any{"id": id})
	if err != nil {
		t.Fatal(err)
	}
	b.Write(asJSON)
	fmt.Fprintf(&b, "%v %+v %#v %s %q %x", id, id, id, id, id, struct{ ID identity.WebAuthnID }{id})
	out := b.String()
	if id.String() != "deadbeef…" || strings.Count(out, "deadbeef…") < 6 {
		t.Errorf("%s: %s", id, out)
	}
	for _, tail := range []string{"a1", string(raw[4:6]), hex.EncodeToString([]byte("a1"))} {
		if strings.Contains(out, tail) {
			t.Errorf("%q shows in %s", tail, out)
		}
	}
	raw[0] = 0
	if got := id.Reveal(); got[0] != 0xde || len(got) != 16 {
		t.Errorf("revealed %x", got)
	}
	id.Reveal()[0] = 0
	if id.Reveal()[0] != 0xde {
		t.Error("changed from outside")
	}
}

// IDN-006
func TestNewWebAuthnID_bounds(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{0: false, 15: false, 16: true, 1023: true, 1024: false} {
		id, err := identity.NewWebAuthnID(make([]byte, n))
		if (err == nil) != ok || id.IsZero() == ok || err != nil && !errors.Is(err, identity.ErrIDFormat) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if s := (identity.WebAuthnID{}).String(); s != "" {
		t.Errorf("the zero id prints %q", s)
	}
}
