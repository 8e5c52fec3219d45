package seal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) error {
	d, err := hex.DecodeString(string(b))
	*h = d
	return err
}

type vectors struct {
	MACs []struct {
		Ring, Label                       string
		Master, KID, SubKey, Message, Tag hexBytes
	}
	Envelopes []struct {
		Ring, Label                                   string
		Master, Info, AAD, Nonce, Plaintext, Envelope hexBytes
	}
}

func loadVectors(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.MACs) != 24 || len(v.Envelopes) != 18 {
		t.Fatalf("%d and %d vectors", len(v.MACs), len(v.Envelopes))
	}
	return v
}

func ringOf(t *testing.T, name string, master []byte) *Ring {
	t.Helper()
	for _, p := range []Purpose{Cookie, Session, Data, Index} {
		if p.String() == name {
			return mustRing(t, p, Key{Master: NewSecret(master), State: Primary, Created: t0})
		}
	}
	t.Fatalf("no ring %q", name)
	return nil
}

// SES-122, SES-129: sub-keys, ids and tags of another implementation.
func TestGoldenMACs(t *testing.T) {
	t.Parallel()
	for i, v := range loadVectors(t).MACs {
		ring := ringOf(t, v.Ring, v.Master)
		if sub := derive(NewSecret(v.Master), v.Label); !bytes.Equal(sub, v.SubKey) {
			t.Errorf("%d: sub-key %x", i, sub)
		}
		kid, tag := ring.MAC(Label(v.Label)).Sum(v.Message)
		if !bytes.Equal(kid[:], v.KID) || !bytes.Equal(tag[:], v.Tag) {
			t.Errorf("%d: %s %x", i, kid, tag)
		}
	}
}

// SES-150, SES-151, SES-153: envelopes of another implementation open, and the
// explicit-nonce form gives exactly their bytes.
func TestGoldenEnvelopes(t *testing.T) {
	t.Parallel()
	for i, v := range loadVectors(t).Envelopes {
		box := ringOf(t, v.Ring, v.Master).Sealer(Label(v.Label))
		pt, _, err := box.Open(v.Info, v.AAD, v.Envelope)
		if err != nil || !bytes.Equal(pt, v.Plaintext) {
			t.Errorf("%d: %x %v", i, pt, err)
		}
		if env := sealWithNonce(t, box, v.Info, v.AAD, v.Plaintext, v.Nonce); !bytes.Equal(env, v.Envelope) {
			t.Errorf("%d: sealed %x", i, env)
		}
	}
}
