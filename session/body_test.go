package session

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/fxamacker/cbor/v2"
)

var codecV1 = &bodyCodec{}

type bodyVector struct {
	Name string
	Body hexBytes
}

func bodyVectors(t testing.TB) []bodyVector {
	t.Helper()
	b, err := os.ReadFile("testdata/body-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var v []bodyVector
	if err := json.Unmarshal(b, &v); err != nil || len(v) != 10 {
		t.Fatal(err, len(v))
	}
	return v
}

func vector(t testing.TB, name string) []byte {
	t.Helper()
	for _, v := range bodyVectors(t) {
		if v.Name == name {
			return v.Body
		}
	}
	t.Fatalf("no vector %q", name)
	return nil
}

func mustDecode(t testing.TB, enc []byte) body {
	t.Helper()
	b, migrated, err := codecV1.decode(enc)
	if err != nil || migrated {
		t.Fatalf("%v, migrated %v", err, migrated)
	}
	return b
}

// SES-030, SES-034: bodies that another implementation wrote are read, and
// written again to the byte, fields of later releases among them.
func TestBodyGolden(t *testing.T) {
	t.Parallel()
	for _, v := range bodyVectors(t) {
		b := mustDecode(t, v.Body)
		if got := b.encode(); !bytes.Equal(got, v.Body) {
			t.Errorf("%s:\n got %x\nwant %x", v.Name, got, v.Body)
		}
		if !b.created.Equal(t0.Add(-1e9)) || !b.absolute.Equal(t0.AddDate(0, 0, 7)) {
			t.Errorf("%s: created %v, absolute %v", v.Name, b.created, b.absolute)
		}
	}
}

// SES-002, SES-030: what the golden bodies say.
func TestBody_states(t *testing.T) {
	t.Parallel()
	if s := mustDecode(t, vector(t, "guest with data")).state; s != (machine.Guest{}) {
		t.Errorf("%T", s)
	}
	id, ok := mustDecode(t, vector(t, "identifying")).state.(machine.Identifying)
	if !ok || !id.Entered().Equal(t0) || !id.Subject().Valid() {
		t.Errorf("%+v", id)
	}
	a := mustDecode(t, vector(t, "authenticating")).state.(machine.Authenticating)
	if a.Method() != "password+totp" || len(a.Done()) != 1 || !a.Current().Has("passkey") || a.Identifier() != "asa@example.org" {
		t.Errorf("%+v", machine.FlowOf(a))
	}
	up := mustDecode(t, vector(t, "step-up"))
	if base, ok := up.state.(machine.Authenticating).Base(); !ok || base.DisplayName() != "Åsa Öberg" {
		t.Errorf("%+v", base)
	}
	if v, ok := lookup(up.ceremony, "totp-enrolment"); !ok || len(v) == 0 {
		t.Error("ceremony")
	}
	in := mustDecode(t, vector(t, "authenticated"))
	l := machine.LoginOf(in.state.(machine.Authenticated))
	if len(l.Evidence) != 2 || l.Evidence[1].AMR[0] != "otp" || l.Epochs != (identity.Epochs{Global: 1, Tenant: 2, User: 3}) || l.Profile.AuditHandle[15] != 15 {
		t.Errorf("%+v", l)
	}
	if in.client != (Client{"Chrome", "macOS"}) || !in.persistent {
		t.Errorf("%+v", in.client)
	}
	acting := mustDecode(t, vector(t, "impersonated")).state.(machine.Authenticated)
	if who, ok := acting.Actor(); !ok || who.DisplayName != "Åsa Öberg" || who.Subject != l.Subject || len(who.Evidence) != 2 || acting.DisplayName() != "Bo Ödman" ||
		who.Reason != "ticket 4711: cannot see invoices" || !who.Until.Equal(t0.Add(15*time.Minute)) || acting.Origin() != machine.OriginImpersonation {
		t.Errorf("%+v", who)
	}
	w := machine.WorkflowOf(mustDecode(t, vector(t, "workflow over a login")).state.(machine.PendingWorkflow))
	if w.Kind != "terms.2026" || w.Prior == nil || w.Step != 1 || w.Total != 2 {
		t.Errorf("%+v", w)
	}
}

// SES-002, SES-033 and the bad input of SES §2.
func TestBody_refusals(t *testing.T) {
	t.Parallel()
	good := vector(t, "authenticated")
	edit := func(change func(map[any]any)) []byte {
		var m map[any]any
		if err := cbor.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		return canonical(t, m)
	}
	if !bytes.Equal(edit(func(map[any]any) {}), good) {
		t.Fatal("the helper changes what it does not touch")
	}
	deep := strings.Repeat("81", 40) + "00"
	of := func(name string, key uint64) any {
		var m map[any]any
		if err := cbor.Unmarshal(vector(t, name), &m); err != nil {
			t.Fatal(err)
		}
		return m[key]
	}
	flow, acting, actor := of("step-up", 3), of("impersonated", 3), of("impersonated", 15)
	withReason := func(reason string) any {
		a := of("impersonated", 15).([]any)
		a[1] = reason
		return a
	}
	if enc := edit(func(m map[any]any) { m[uint64(3)], m[uint64(15)] = acting, withReason("r") }); mustDecode(t, enc).state == nil {
		t.Fatal("the parts of an impersonation do not fit together")
	}
	for name, tc := range map[string]struct {
		body []byte
		want error
	}{
		"empty":                 {nil, ErrIntegrity},
		"not a map":             {[]byte{0x80}, ErrIntegrity},
		"cut off":               {good[:len(good)-1], ErrIntegrity},
		"trailing bytes":        {append(bytes.Clone(good), 0), ErrIntegrity},
		"indefinite length":     {append(append([]byte{0xbf}, good[1:]...), 0xff), ErrIntegrity},
		"long form of a head":   {append([]byte{0xb8, good[0] & 0x1f}, good[1:]...), ErrIntegrity},
		"huge map":              {[]byte{0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 2, 1}, ErrIntegrity},
		"version 0":             {edit(func(m map[any]any) { m[uint64(1)] = 0 }), ErrIntegrity},
		"reader 0":              {edit(func(m map[any]any) { m[uint64(2)] = 0 }), ErrIntegrity},
		"reader above version":  {edit(func(m map[any]any) { m[uint64(2)] = 2 }), ErrIntegrity},
		"too new":               {edit(func(m map[any]any) { m[uint64(1)], m[uint64(2)] = 2, 2 }), ErrTooNew},
		"no state":              {edit(func(m map[any]any) { delete(m, uint64(3)) }), ErrIntegrity},
		"no absolute":           {edit(func(m map[any]any) { delete(m, uint64(5)) }), ErrIntegrity},
		"no epochs":             {edit(func(m map[any]any) { delete(m, uint64(6)) }), ErrIntegrity},
		"unknown state tag":     {edit(func(m map[any]any) { m[uint64(3)] = []any{5} }), ErrIntegrity},
		"state without inside":  {edit(func(m map[any]any) { m[uint64(3)] = []any{3} }), ErrIntegrity},
		"null login":            {edit(func(m map[any]any) { m[uint64(3)] = []any{3, nil} }), ErrIntegrity},
		"login of no evidence":  {edit(func(m map[any]any) { m[uint64(3)].([]any)[1].([]any)[3] = []any{} }), ErrIntegrity},
		"created 0":             {edit(func(m map[any]any) { m[uint64(4)] = 0 }), ErrIntegrity},
		"absolute at created":   {edit(func(m map[any]any) { m[uint64(5)] = m[uint64(4)] }), ErrIntegrity},
		"year 10000":            {edit(func(m map[any]any) { m[uint64(5)] = uint64(253402300800000) }), ErrIntegrity},
		"empty custom map":      {edit(func(m map[any]any) { m[uint64(10)] = map[any]any{} }), ErrIntegrity},
		"custom value no bytes": {edit(func(m map[any]any) { m[uint64(10)] = map[any]any{"a": 1} }), ErrIntegrity},
		"custom key empty":      {edit(func(m map[any]any) { m[uint64(10)] = map[any]any{"": []byte{1}} }), ErrIntegrity},
		"custom key too long":   {edit(func(m map[any]any) { m[uint64(10)] = map[any]any{strings.Repeat("k", 129): []byte{1}} }), ErrIntegrity},
		"client too long":       {edit(func(m map[any]any) { m[uint64(13)] = []any{strings.Repeat("k", 65), ""} }), ErrIntegrity},
		"text not UTF-8":        {edit(func(m map[any]any) { m[uint64(13)] = []any{"\xff", ""} }), ErrIntegrity},
		"text key":              {edit(func(m map[any]any) { m["a"] = 1 }), ErrIntegrity},
		"a float":               {edit(func(m map[any]any) { m[uint64(99)] = 1.5 }), ErrIntegrity},
		"a tag":                 {edit(func(m map[any]any) { m[uint64(99)] = cbor.Tag{Number: 99, Content: 1} }), ErrIntegrity},
		"depth":                 {edit(func(m map[any]any) { m[uint64(99)] = cbor.RawMessage(unhex(deep)) }), ErrIntegrity},
		"actor of nobody":       {edit(func(m map[any]any) { m[uint64(15)] = actor }), ErrIntegrity},
		"acting without actor":  {edit(func(m map[any]any) { m[uint64(3)] = acting }), ErrIntegrity},
		"actor in a flow":       {edit(func(m map[any]any) { m[uint64(3)], m[uint64(15)] = flow, actor }), ErrIntegrity},
		"actor without login":   {edit(func(m map[any]any) { m[uint64(3)], m[uint64(15)] = acting, []any{nil, "r", 1, 1, 2} }), ErrIntegrity},
		"actor without reason":  {edit(func(m map[any]any) { m[uint64(3)], m[uint64(15)] = acting, withReason("") }), ErrIntegrity},
		"duplicate key":         {append(append([]byte{good[0] + 1}, good[1:]...), 14, 0xf5), ErrIntegrity},
		"too large":             {make([]byte, MaxSealed+1), ErrIntegrity},
	} {
		if b, _, err := codecV1.decode(tc.body); !errors.Is(err, tc.want) || b.state != nil {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if _, _, err := codecV1.decode(edit(func(m map[any]any) { m[uint64(99)] = cbor.RawMessage(unhex(deep[20:])) })); err != nil {
		t.Errorf("depth 31: %v", err)
	}
}

// SES-032, SES-035: old bodies go up step by step, or not at all.
func TestBody_migration(t *testing.T) {
	t.Parallel()
	old := vector(t, "authenticated")
	var order []int
	step := func(n int, key uint64) migration {
		return func(f []field) ([]field, error) {
			order = append(order, n)
			return append(f, field{key, []byte{byte(n)}}), nil
		}
	}
	codec := &bodyCodec{steps: []migration{step(1, 40), step(2, 30)}}
	b, migrated, err := codec.decode(old)
	if err != nil || !migrated || b.schema != 3 || len(order) != 2 || order[0] != 1 {
		t.Fatalf("%v, %v, version %d, steps %v", err, migrated, b.schema, order)
	}
	if len(b.extra) != 2 || b.extra[0].key != 30 || b.client.Browser != "Chrome" {
		t.Fatalf("%+v", b)
	}
	if again, migrated, err := codec.decode(b.encode()); err != nil || migrated || len(again.extra) != 2 {
		t.Fatalf("a migrated body is not at rest: %v, %v", migrated, err)
	}
	codec.steps[1] = func([]field) ([]field, error) { return nil, errors.New("no way") }
	if _, _, err := codec.decode(old); !errors.Is(err, ErrUnmigratable) {
		t.Fatal(err)
	}
}

// SES-034: a field that an older release does not know survives its write.
func TestBody_unknown_fields_survive_a_write_by_an_older_release(t *testing.T) {
	t.Parallel()
	enc := vector(t, "authenticated, of a newer release")
	b := mustDecode(t, enc)
	b.custom = encodeEntries([]entry{{"theme", []byte{0, 1}}})
	again := mustDecode(t, b.encode())
	if again.schema != 3 || len(again.extra) != 2 || !bytes.Equal(again.custom, b.custom) {
		t.Fatalf("version %d, %d unknown fields", again.schema, len(again.extra))
	}
	again.custom = nil
	if !bytes.Equal(again.encode(), enc) {
		t.Fatal("up and down again lost something")
	}
}

func canonical(t testing.TB, v any) []byte {
	t.Helper()
	opts := cbor.CoreDetEncOptions()
	mode, err := opts.EncMode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := mode.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unhex(s string) []byte { b, _ := hex.DecodeString(s); return b }

// FUZ-F03: decode never panics; what it accepts is the deterministic encoding,
// as a general library sees it too, and encodes to the same bytes again.
func FuzzBody(f *testing.F) {
	for _, v := range bodyVectors(f) {
		f.Add([]byte(v.Body))
	}
	strict, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden,
		TagsMd: cbor.TagsForbidden, MaxNestedLevels: maxDepth + 1, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	codecV3 := &bodyCodec{steps: []migration{
		func(f []field) ([]field, error) { return f, nil },
		func(f []field) ([]field, error) { return f, nil },
	}}
	f.Fuzz(func(t *testing.T, enc []byte) {
		if b, _, err := codecV3.decode(enc); err == nil {
			if _, _, err := codecV3.decode(b.encode()); err != nil {
				t.Fatalf("a migrated body is refused: %v", err)
			}
		}
		b, _, err := codecV1.decode(enc)
		if err != nil {
			return
		}
		if again := b.encode(); !bytes.Equal(again, enc) {
			t.Fatalf("not stable:\n%x\n%x", enc, again)
		}
		var v any
		if err := strict.Unmarshal(enc, &v); err != nil {
			t.Fatalf("the general decoder refuses %x: %v", enc, err)
		}
		if again := canonical(t, v); !bytes.Equal(again, enc) {
			t.Fatalf("not deterministic:\n%x\n%x", enc, again)
		}
	})
}

func BenchmarkBodyDecode(b *testing.B) {
	enc := vector(b, "authenticated")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := codecV1.decode(enc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBodyEncode(b *testing.B) {
	body := mustDecode(b, vector(b, "authenticated"))
	b.ReportAllocs()
	for b.Loop() {
		body.encode()
	}
}
