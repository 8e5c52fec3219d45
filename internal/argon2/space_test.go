package argon2

import (
	"bytes"
	"errors"
	"reflect"
	"sync"
	"testing"

	"golang.org/x/crypto/blake2b"
)

var lean = Params{Type: ID, Memory: 19456, Passes: 2, Lanes: 1}

func small() Params { return Params{Type: ID, Memory: 100, Passes: 2, Lanes: 2} }

func input() Input {
	return Input{Password: []byte("password"), Salt: []byte("somesalt"), Secret: []byte("secret"), Data: []byte("data")}
}

func derive(t *testing.T, s *Space, size int, p Params, in Input) []byte {
	t.Helper()
	out := make([]byte, size)
	if err := s.Derive(out, p, in); err != nil {
		t.Fatal(err)
	}
	return out
}

// FAC-004: what was made of a password does not stay in memory.
func TestDerive_wipes_what_it_computed_in(t *testing.T) {
	t.Parallel()
	s := NewSpace(64 << 10)
	for _, p := range []Params{lean, small(), {Type: I, Memory: 5000, Passes: 1, Lanes: 3}} {
		derive(t, s, 100, p, input())
		for i, b := range s.blocks[:cap(s.blocks)] {
			if b != (block{}) {
				t.Fatalf("%+v: block %d is as it was", p, i)
			}
		}
		clean := s.work
		clean.scratch, clean.input, clean.address = block{}, block{}, block{}
		d := &clean.digest
		d.words, d.link, d.first, d.bytes, d.zeros = [24]byte{}, [64]byte{}, [64]byte{}, [1024]byte{}, [128]byte{}
		if !reflect.DeepEqual(clean, s.work) {
			t.Errorf("%+v: a buffer is as it was", p)
		}
		made := 0
		for size, h := range d.made {
			if h == nil {
				continue
			}
			made++
			if fresh, err := blake2b.New(size, nil); err != nil || !reflect.DeepEqual(h, fresh) {
				t.Errorf("%+v: the digest of %d bytes has something of its last input", p, size)
			}
		}
		if made == 0 {
			t.Error("no digest was looked at")
		}
	}
}

func TestDerive_allocates_nothing_when_it_has_its_memory(t *testing.T) {
	s, in, out := NewSpace(1000), input(), make([]byte, 32)
	p := Params{Type: ID, Memory: 1000, Passes: 1, Lanes: 2}
	if n := testing.AllocsPerRun(5, func() {
		if err := s.Derive(out, p, in); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FAC-013: a hash does not keep a processor to itself. Wiping counts as well.
func TestDerive_gives_way_all_the_time(t *testing.T) {
	t.Parallel()
	s := NewSpace(19456)
	if s.giveWay == nil {
		t.Fatal("a Space gives way to nobody")
	}
	turns := 0
	s.giveWay = func() { turns++ }
	derive(t, s, 32, lean, input())
	if most := uint32(stretchVector); s.turn == 0 || s.turn > most {
		t.Errorf("%d blocks before others get their turn", s.turn)
	}
	if least := (2*19456-2)/int(s.turn) + (19456-1)/sweep; turns != least {
		t.Errorf("gave way %d times, not %d", turns, least)
	}
	turns = 0
	for range 2 * stretchVector / 8 {
		derive(t, s, 32, Params{Type: ID, Memory: 8, Passes: 1, Lanes: 1}, input())
	}
	if turns != 0 {
		t.Errorf("hashes as simulations have them gave way %d times", turns)
	}
}

func TestDerive_takes_memory_for_the_largest_hash_once_and_never_above_its_limit(t *testing.T) {
	t.Parallel()
	s := NewSpace(200)
	if len(s.blocks) != 0 {
		t.Error("memory before there is a hash")
	}
	for _, c := range []struct{ memory, want uint32 }{{100, 96}, {50, 96}, {200, 200}, {64, 200}} {
		derive(t, s, 32, Params{Type: ID, Memory: c.memory, Passes: 1, Lanes: 2}, input())
		if got := cap(s.blocks); got != int(c.want) {
			t.Errorf("%d KiB after a hash of %d, not %d", got, c.memory, c.want)
		}
	}
	out := []byte("untouched")
	err := s.Derive(out, Params{Type: ID, Memory: 201, Passes: 1, Lanes: 1}, input())
	if !errors.Is(err, ErrParams) || string(out) != "untouched" || cap(s.blocks) != 200 {
		t.Errorf("above the limit: %v, %d KiB", err, cap(s.blocks))
	}
}

func TestDerive_refuses_what_the_standard_does_not_allow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		p    Params
		size int
	}{
		"no variant":       {Params{Memory: 64, Passes: 1, Lanes: 1}, 32},
		"unknown variant":  {Params{Type: 3, Memory: 64, Passes: 1, Lanes: 1}, 32},
		"no lane":          {Params{Type: ID, Memory: 64, Passes: 1}, 32},
		"too many lanes":   {Params{Type: ID, Memory: 1<<32 - 1, Passes: 1, Lanes: 1 << 24}, 32},
		"no pass":          {Params{Type: ID, Memory: 64, Lanes: 1}, 32},
		"too little":       {Params{Type: ID, Memory: 15, Passes: 1, Lanes: 2}, 32},
		"overflowing":      {Params{Type: ID, Memory: 64, Passes: 1, Lanes: 1 << 29}, 32},
		"a short output":   {Params{Type: ID, Memory: 64, Passes: 1, Lanes: 1}, 3},
		"nothing to write": {Params{Type: ID, Memory: 64, Passes: 1, Lanes: 1}, 0},
	} {
		out := make([]byte, c.size)
		if err := NewSpace(64).Derive(out, c.p, input()); !errors.Is(err, ErrParams) {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(out, make([]byte, c.size)) {
			t.Errorf("%s: wrote something", name)
		}
	}
}

func TestDerive_depends_on_every_input_and_where_it_ends(t *testing.T) {
	t.Parallel()
	b := func(s string) []byte { return []byte(s) }
	s := NewSpace(200)
	seen := map[string]string{}
	add := func(name string, p Params, in Input) {
		key := string(derive(t, s, 32, p, in))
		if other, twice := seen[key]; twice {
			t.Errorf("%s and %s give the same", name, other)
		}
		seen[key] = name
	}
	add("plain", small(), Input{Password: b("ab"), Salt: b("cd"), Secret: b("ef"), Data: b("gh")})
	add("end of the password", small(), Input{Password: b("abc"), Salt: b("d"), Secret: b("ef"), Data: b("gh")})
	add("end of the salt", small(), Input{Password: b("ab"), Salt: b("cde"), Secret: b("f"), Data: b("gh")})
	add("end of the secret", small(), Input{Password: b("ab"), Salt: b("cd"), Secret: b("efg"), Data: b("h")})
	add("no data", small(), Input{Password: b("ab"), Salt: b("cd"), Secret: b("efgh")})
	add("no secret", small(), Input{Password: b("ab"), Salt: b("cd"), Data: b("efgh")})
	for name, change := range map[string]func(*Params){
		"variant": func(p *Params) { p.Type = I }, "memory": func(p *Params) { p.Memory++ },
		"passes": func(p *Params) { p.Passes++ }, "lanes": func(p *Params) { p.Lanes++ },
	} {
		p := small()
		change(&p)
		add(name, p, Input{Password: b("ab"), Salt: b("cd"), Secret: b("ef"), Data: b("gh")})
	}
	short := derive(t, s, 16, small(), input())
	if bytes.HasPrefix(derive(t, s, 32, small(), input()), short) {
		t.Error("a short output is the beginning of a long one")
	}
}

func TestSpaces_do_not_share_anything(t *testing.T) {
	t.Parallel()
	in := input()
	want := derive(t, NewSpace(500), 80, small(), in)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, out := NewSpace(500), make([]byte, 80)
			for range 20 {
				if err := s.Derive(out, small(), in); err != nil || !bytes.Equal(out, want) {
					t.Errorf("another output, or %v", err)
				}
			}
		})
	}
	all.Wait()
	if !reflect.DeepEqual(in, input()) {
		t.Error("the input was changed")
	}
}
