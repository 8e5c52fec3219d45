package identity_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

type noteTag struct{}

func (noteTag) IDName() string { return "note" }

type noteID = identity.ID[noteTag]

type constant byte

func (c constant) Fill(p []byte) {
	for i := range p {
		p[i] = byte(c)
	}
}

func anyID(t *rapid.T) noteID {
	return identity.FromBytes[noteID]([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")))
}

// IDN-001
func TestID_types_do_not_convert_into_each_other(t *testing.T) {
	t.Parallel()
	types := []reflect.Type{
		reflect.TypeFor[identity.TenantID](), reflect.TypeFor[identity.UserID](), reflect.TypeFor[identity.DeviceID](),
		reflect.TypeFor[identity.SessionID](), reflect.TypeFor[identity.EventID](), reflect.TypeFor[identity.CredentialID](),
		reflect.TypeFor[identity.LoginID](), reflect.TypeFor[noteID](),
	}
	for i, a := range types {
		if !a.Comparable() || a.Kind() != reflect.Struct || a.NumField() != 1 || a.Field(0).IsExported() {
			t.Errorf("%v is not a comparable struct over unexported bytes", a)
		}
		for j, b := range types {
			if i != j && a == b {
				t.Errorf("%v and %v are one type", a, b)
			}
		}
	}
}

// IDN-002
func TestMint_is_version_4_with_the_RFC_variant(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(1)
	for range 200 {
		for _, s := range []string{
			identity.NewTenantID(src).String(), identity.NewUserID(src).String(), identity.NewDeviceID(src).String(),
			identity.NewCredentialID(src).String(), identity.NewLoginID(src).String(), identity.NewID[noteID](src).String(),
		} {
			if s[14] != '4' || !strings.ContainsRune("89ab", rune(s[19])) {
				t.Fatalf("%s is not a version 4 UUID", s)
			}
		}
	}
}

// IDN-I3
func TestMint_gives_the_same_ids_for_the_same_seed(t *testing.T) {
	t.Parallel()
	a, b := entropy.Seeded(7), entropy.Seeded(7)
	now := time.UnixMilli(1_700_000_000_000)
	seen := map[identity.UserID]bool{}
	for range 100 {
		x, y := identity.NewUserID(a), identity.NewUserID(b)
		if x != y || identity.NewEventID(now, a) != identity.NewEventID(now, b) {
			t.Fatal("one seed, two sequences")
		}
		if seen[x] {
			t.Fatal("an id came twice")
		}
		seen[x] = true
	}
}

// IDN-I2
func TestMint_never_gives_a_reserved_id(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// The first draw is at the bottom of the range, where reserved ids are.
		first := make([]byte, 16)
		first[rapid.IntRange(6, 15).Draw(t, "at")] = rapid.Byte().Draw(t, "b")
		if id := identity.NewID[noteID](&script{first: first, then: entropy.Seeded(1)}); identity.IsReserved(id) {
			t.Fatalf("minted %s", id)
		}
		if id := identity.FromNamespaced[noteID](rapid.String().Draw(t, "ns"), rapid.String().Draw(t, "name")); identity.IsReserved(id) {
			t.Fatalf("derived %s", id)
		}
	})
	defer func() {
		if recover() == nil {
			t.Fatal("a source of zeros minted an id")
		}
	}()
	identity.NewUserID(constant(0))
}

type script struct {
	first []byte
	then  entropy.Source
}

func (s *script) Fill(p []byte) {
	if s.first == nil {
		s.then.Fill(p)
		return
	}
	copy(p, s.first)
	s.first = nil
}

// IDN-I1, IDN-003
func TestParse_reads_what_String_prints(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := anyID(t)
		for _, s := range []string{id.String(), strings.ToUpper(id.String())} {
			got, err := identity.Parse[noteID](s)
			if err != nil || got != id {
				t.Fatalf("Parse(%q) = %v, %v", s, got, err)
			}
		}
		if identity.FromBytes[noteID](id.Bytes()) != id {
			t.Fatal("bytes do not come back")
		}
	})
}

// IDN-003
func TestParse_refuses_every_other_form(t *testing.T) {
	t.Parallel()
	const good = "0190a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b"
	for _, c := range []struct {
		in   string
		want error
	}{
		{"", identity.ErrIDEmpty},
		{"{" + good + "}", identity.ErrIDFormat},
		{"urn:uuid:" + good, identity.ErrIDFormat},
		{strings.ReplaceAll(good, "-", ""), identity.ErrIDFormat},
		{good[:35], identity.ErrIDFormat},
		{good + "0", identity.ErrIDFormat},
		{" " + good[1:], identity.ErrIDFormat},
		{"g" + good[1:], identity.ErrIDFormat},
		{strings.Replace(good, "-", "_", 1), identity.ErrIDFormat},
		{"0190a1b2c-3d4-4e5f-8a6b-7c8d9e0f1a2b", identity.ErrIDFormat},
		{"０" + good[3:], identity.ErrIDFormat},
	} {
		got, err := identity.Parse[noteID](c.in)
		if !errors.Is(err, c.want) || !got.IsZero() {
			t.Errorf("Parse(%q) = %v, %v; want %v", c.in, got, err, c.want)
			continue
		}
		if !strings.Contains(err.Error(), "note") || len(c.in) > 1 && strings.Contains(err.Error(), c.in) {
			t.Errorf("error %q does not name the type, or echoes the input", err)
		}
	}
}

// IDN-003
func TestFromNamespaced_is_stable_and_keeps_the_parts_apart(t *testing.T) {
	t.Parallel()
	a := identity.FromNamespaced[noteID]("shop", "customer-7")
	if a != identity.FromNamespaced[noteID]("shop", "customer-7") || a.String()[14] != '8' {
		t.Fatalf("%s is not a stable version 8 UUID", a)
	}
	// Written down so that stored ids survive a change of this code.
	if got := a.String(); got != "2417eda8-e55b-86de-90b6-549ee5c01135" {
		t.Errorf("derivation changed: %s", got)
	}
	if a == identity.FromNamespaced[noteID]("shopc", "ustomer-7") || a == identity.FromNamespaced[noteID]("shop2", "customer-7") {
		t.Error("two pairs, one id")
	}
}

// IDN-004, IDN-005
func TestReserved_ids(t *testing.T) {
	t.Parallel()
	if got := identity.SystemTenant.String(); got != "00000000-0000-8000-8000-000000000001" {
		t.Error(got)
	}
	if got := identity.SystemUser.String(); got != "00000000-0000-8000-8000-000000000002" {
		t.Error(got)
	}
	for s, want := range map[string]error{
		"00000000-0000-0000-0000-000000000000": identity.ErrInvalidID,
		"00000000-0000-0000-0000-000000000001": identity.ErrIDReserved,
		"00000000-0000-8000-8000-000000000001": identity.ErrIDReserved,
		"00000000-0000-8000-8000-0000000000fe": identity.ErrIDReserved,
		"00000000-0000-8000-8000-0000000000ff": nil,
		"00000000-0000-8000-8000-000000000100": nil,
		"0190a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b": nil,
	} {
		id, err := identity.Parse[noteID](s)
		if err != nil {
			t.Fatal(err)
		}
		if got := identity.CheckID(id); !errors.Is(got, want) || (want == nil) != (got == nil) {
			t.Errorf("CheckID(%s) = %v, want %v", s, got, want)
		}
		if identity.IsReserved(id) != (want != nil) {
			t.Errorf("IsReserved(%s) = %v", s, identity.IsReserved(id))
		}
	}
}

// IDN-007
func TestID_in_JSON_and_SQL(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := anyID(t)
		b, err := json.Marshal(id)
		if err != nil || string(b) != `"`+id.String()+`"` {
			t.Fatalf("JSON %s, %v", b, err)
		}
		var back noteID
		if err := json.Unmarshal(b, &back); err != nil || back != id {
			t.Fatalf("back from JSON: %v, %v", back, err)
		}
		v, err := id.Value()
		raw, ok := v.([]byte)
		if err != nil || !ok || len(raw) != 16 {
			t.Fatalf("Value = %v, %v", v, err)
		}
		var scanned noteID
		if err := scanned.Scan(raw); err != nil || scanned != id {
			t.Fatalf("Scan = %v, %v", scanned, err)
		}
		var native noteID // of a column of type uuid
		if err := native.Scan(id.String()); err != nil || native != id {
			t.Fatalf("Scan of the text = %v, %v", native, err)
		}
		raw[0] ^= 1 // the driver's buffer is its own
		if scanned != id {
			t.Fatal("Scan kept the driver's buffer")
		}
	})
	var id noteID
	for _, src := range []any{nil, []byte{}, make([]byte, 15), make([]byte, 17), make([]byte, 36), "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b", "{0190a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b}", int64(1)} {
		if err := id.Scan(src); !errors.Is(err, identity.ErrIDFormat) {
			t.Errorf("Scan(%T) = %v", src, err)
		}
	}
	if err := json.Unmarshal([]byte(`""`), &id); !errors.Is(err, identity.ErrIDEmpty) {
		t.Errorf("empty JSON id: %v", err)
	}
}

func TestNewEventID_sorts_by_time(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(3)
	now := time.UnixMilli(0x0190_a1b2_c3d4)
	a := identity.NewEventID(now, src).String()
	if !strings.HasPrefix(a, "0190a1b2-c3d4-7") {
		t.Fatalf("%s is not a version 7 UUID of that time", a)
	}
	if b := identity.NewEventID(now.Add(time.Millisecond), src).String(); b <= a {
		t.Errorf("%s does not follow %s", b, a)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("0190a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b")
	f.Add("{0190a1b2-c3d4-4e5f-8a6b-7c8d9e0f1a2b}")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := identity.Parse[noteID](s)
		if err != nil {
			if !id.IsZero() {
				t.Fatal("an error with an id")
			}
			return
		}
		if id.String() != strings.ToLower(s) {
			t.Fatalf("Parse(%q) prints %q", s, id)
		}
	})
}
