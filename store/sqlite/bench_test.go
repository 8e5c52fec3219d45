package sqlite_test

import (
	"context"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/sqlite"
)

// BenchmarkLoad is the read that every signed-in request makes, among 10,000
// sessions; BenchmarkCreate is a login's write, through to the disk.
func BenchmarkLoad(b *testing.B) {
	for name, stores := range map[string]backend.Stores{
		"sqlite": open(b, file(b)).Stores(), "memory": memory.New(memory.Config{}).Stores(),
	} {
		const n = 10_000
		fill(b, stores, n)
		b.Run(name, func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, _, err := stores.Session.Load(ctx, ref(i%n), at(0)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func fill(b *testing.B, s backend.Stores, n int) {
	b.Helper()
	for i := range n {
		r := record(i)
		r.Sealed = make([]byte, 446)
		if _, err := s.Session.Create(b.Context(), r, claim(r)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	s := open(b, file(b), sqlite.WithReaders(1)).Stores()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := record(i)
		if _, err := s.Session.Create(b.Context(), r, claim(r), row(i)); err != nil {
			b.Fatal(err)
		}
	}
}
