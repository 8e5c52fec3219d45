package valkey_test

import (
	"testing"

	"github.com/axess-go/axess/session"
)

// SES-243: what the session of a warm read takes, beside the rest of the request.
func BenchmarkLoadNearby(b *testing.B) {
	st := own(b, ownServer).open(b).Stores().Session
	r := record(person())
	if _, err := st.Create(b.Context(), r, claimFor(r)); err != nil {
		b.Fatal(err)
	}
	near := st.(session.Nearby)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := near.LoadNearby(b.Context(), r.Ref, noon()); ok {
			continue
		}
		if _, _, err := st.Load(b.Context(), r.Ref, noon()); err != nil {
			b.Fatal(err)
		}
	}
}
