package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/axess-go/axess/session"
)

// The presets of SP 800-63B-4, by assurance level.
func ExampleAAL1() {
	for _, t := range []session.Timeouts{session.AAL1(), session.AAL2(), session.AAL3()} {
		whole, err := t.Complete()
		fmt.Println(whole.Idle, whole.Absolute, whole.Grace, err)
	}
	// Output:
	// 24h0m0s 720h0m0s 10s <nil>
	// 1h0m0s 24h0m0s 10s <nil>
	// 15m0s 12h0m0s 10s <nil>
}

// A value that was a number of pixels and is now a word: what older releases
// stored is read, and written anew with the next change.
func ExampleVersion() {
	size := session.NewKey("example.size", session.Version(2, func(from uint64, old []byte) (string, error) {
		if from > 1 {
			return "", errors.New("no such version")
		}
		return "medium", nil
	}))
	h := newManager().Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			panic(err)
		}
		fmt.Println(size.Set(s, "large"))
		v, ok, err := size.Get(s)
		fmt.Println(v, ok, err)
	}))
	serve(h, nil)
	// Output:
	// <nil>
	// large true <nil>
}

// Bytes of one's own in the place of CBOR.
func ExampleCodec() {
	count := session.NewKey("example.count", session.Codec(
		func(n int) ([]byte, error) { return []byte(strconv.Itoa(n)), nil },
		func(b []byte) (int, error) { return strconv.Atoi(string(b)) },
	))
	h := newManager().Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			panic(err)
		}
		fmt.Println(count.Set(s, 7))
		v, _, err := count.Get(s)
		fmt.Println(v, err)
	}))
	serve(h, nil)
	// Output:
	// <nil>
	// 7 <nil>
}

// A page that may lose its visitor counter, and must not fail for it.
func ExampleBestEffortData() {
	h := newManager().Wrap(session.BestEffortData(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			panic(err)
		}
		fmt.Println(visits.Set(s, 1), session.IsAuthenticated(s.State()))
	})))
	fmt.Println(serve(h, nil).StatusCode)
	// Output:
	// <nil> false
	// 200
}

// A new id when a right of the person shrinks: the old one ends at once. Somebody
// who is not signed in has nothing to rotate.
func ExampleSession_Rotate() {
	h := newManager().Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			panic(err)
		}
		fmt.Println(s.Rotate(r.Context(), session.NoGrace()))
	}))
	serve(h, nil)
	// Output: session: illegal transition
}

func ExampleActorFrom() {
	h := newManager().Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		who, acts := session.ActorFrom(r.Context())
		fmt.Println(acts, who.Reason)
	}))
	serve(h, nil)
	// Output: false
}
