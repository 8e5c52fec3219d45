package password

import (
	"runtime"
	"testing"
	"time"

	oracle "golang.org/x/crypto/argon2"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/internal/argon2"
	"github.com/axess-go/axess/seal"
)

// Records outlive the code that made them: what another implementation hashed verifies.
// FAC-011
func TestVerify_accepts_what_another_implementation_of_Argon2id_hashed(t *testing.T) {
	t.Parallel()
	h, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	typed, salt := []byte("correct horse battery staple"), []byte("0123456789abcdef")
	for _, p := range []Params{Lean(), Strong()} { // the latter needs more memory than new ones
		r := record{params: p, salt: salt, digest: oracle.IDKey(typed, salt, p.passes, p.memory, p.threads, 32)}
		res := h.Verify(time.Time{}, r.encode(), seal.NewSecret([]byte("correct horse battery staple")))
		if res.Verdict != factor.Accepted || res.Rehash != (p != Lean()) {
			t.Errorf("%v: %+v", p, res)
		}
		if res := h.Verify(time.Time{}, r.encode(), seal.NewSecret([]byte("correct horse battery stapler"))); res.Verdict != factor.Rejected {
			t.Errorf("%v: a wrong one: %+v", p, res)
		}
	}
	if n := len(h.spaces.free); n != 1 {
		t.Errorf("%d Spaces kept by who hashed one at a time", n)
	}
}

// FAC-013: memory for hashes is as much as hashes are under way.
func TestSpaces_are_used_again_while_people_sign_in(t *testing.T) {
	t.Parallel()
	s := &spaces{memory: 64}
	one, two := s.take(), s.take()
	if one == two {
		t.Fatal("one Space for two hashes at a time")
	}
	s.give(one)
	s.give(two)
	if got := s.take(); got != two {
		t.Error("not the one that was used last")
	}
	if got := s.take(); got != one {
		t.Error("not the other one")
	}
	if got := s.take(); got == one || got == two {
		t.Error("one Space for two hashes at a time")
	}
	runtime.KeepAlive(one)
	runtime.KeepAlive(two)
}

// FAC-013
func TestSpaces_leave_nothing_behind_when_nobody_signs_in(t *testing.T) {
	t.Parallel()
	s := &spaces{memory: 64}
	func() {
		space := s.take()
		out := make([]byte, 32)
		if err := space.Derive(out, argon2.Params{Type: argon2.ID, Memory: 64, Passes: 1, Lanes: 1}, argon2.Input{}); err != nil {
			t.Error(err)
		}
		s.give(space)
	}()
	runtime.GC()
	if s.free[0].Value() != nil {
		t.Error("the memory stays though nobody hashes")
	}
	if s.take() == nil || len(s.free) != 0 {
		t.Error("what is gone was given out, or is still counted")
	}
}
