package seal_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
)

var created = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func ExampleNewRing() {
	ring, err := seal.NewRing(seal.Cookie, seal.GenerateKey(entropy.System(), created))
	if err != nil {
		fmt.Println(err)
		return
	}
	mac := ring.MAC(seal.LabelSessionCookie)
	kid, tag := mac.Sum([]byte("value"))
	fmt.Println(mac.Verify(kid, tag[:], []byte("value")))
	fmt.Println(mac.Verify(kid, tag[:], []byte("other")))
	// Output:
	// <nil>
	// seal: integrity check failed
}

func ExampleRing_Sealer() {
	ring, err := seal.NewRing(seal.Session, seal.GenerateKey(entropy.System(), created))
	if err != nil {
		fmt.Println(err)
		return
	}
	box := ring.Sealer(seal.LabelSessionBody)
	row := []byte("row 1")
	aad := seal.AppendFields(nil, seal.PrefixSession, row)
	env, err := box.Seal(row, aad, []byte("body"))
	if err != nil {
		fmt.Println(err)
		return
	}
	body, _, err := box.Open(row, aad, env)
	fmt.Println(string(body), err)
	_, _, err = box.Open([]byte("row 2"), aad, env)
	fmt.Println(errors.Is(err, seal.ErrIntegrity))
	// Output:
	// body <nil>
	// true
}

func ExampleRing_WithPreviousKey() {
	old := seal.GenerateKey(entropy.System(), created)
	ring, err := seal.NewRing(seal.Cookie, seal.GenerateKey(entropy.System(), created))
	if err != nil {
		fmt.Println(err)
		return
	}
	old.NotAfter = created.Add(7*24*time.Hour + time.Hour)
	ring, err = ring.WithPreviousKey(old)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(ring.Keys()))
	ring.Expire(old.NotAfter)
	fmt.Println(len(ring.Keys()))
	// Output:
	// 2
	// 1
}

func ExampleSecret() {
	s := seal.NewSecret([]byte("correct horse"))
	fmt.Println(s)
	fmt.Printf("%+v\n", struct{ Password seal.Secret }{s})
	// Output:
	// [redacted]
	// {Password:[redacted]}
}

// A digest is bound to its use: the same bytes for another use give another one.
func ExampleDigest() {
	a := seal.Digest(seal.DigestSessionRef, []byte("0123456789abcdef"))
	b := seal.Digest(seal.DigestSessionRef, []byte("0123456789abcdef"))
	fmt.Println(seal.Equal(a[:], b[:]), seal.Equal(a[:], a[:16]))
	// Output: true false
}

// What is sealed says under which key, so that it can be counted before that key
// goes. Nothing is proven by it.
func ExampleEnvelopeKey() {
	ring, err := seal.NewRing(seal.Session, seal.GenerateKey(entropy.System(), created))
	if err != nil {
		fmt.Println(err)
		return
	}
	env, err := ring.Sealer(seal.LabelSessionBody).Seal([]byte("row 1"), nil, []byte("body"))
	if err != nil {
		fmt.Println(err)
		return
	}
	kid, ok := seal.EnvelopeKey(env)
	fmt.Println(kid == ring.Primary(), ok)
	_, ok = seal.EnvelopeKey([]byte("no envelope"))
	fmt.Println(ok)
	// Output:
	// true true
	// false
}
