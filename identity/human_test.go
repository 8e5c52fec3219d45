package identity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

func fields(t *testing.T) identity.HumanFields {
	t.Helper()
	src := entropy.Seeded(11)
	at := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.FixedZone("", 3600))
	return identity.HumanFields{
		Subject:   identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)},
		Session:   identity.FromBytes[identity.SessionID](entropy.Bytes16(src)),
		Device:    identity.NewDeviceID(src),
		AuthnTime: at,
		Evidence: []identity.Evidence{
			{Kind: "password", At: at, Credential: identity.NewCredentialID(src), AMR: []string{"pwd"}, Class: identity.Knowledge},
			{Kind: "totp", At: at.Add(time.Second), AMR: []string{"otp"}, Class: identity.Possession},
		},
		Attributes: map[string]any{"team": "red", "level": 3, "tags": []any{"a", map[string]any{"b": nil}}},
	}
}

func human(t *testing.T) identity.Human {
	t.Helper()
	h, err := identity.NewHuman(fields(t))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// PRN-001, IDN-010
func TestPrincipal_is_sealed(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[identity.Principal]()
	sealed := false
	for i := range typ.NumMethod() {
		sealed = sealed || !typ.Method(i).IsExported()
	}
	if !sealed {
		t.Error("another package can implement Principal")
	}
	var _ identity.Principal = identity.Human{}
	var _ identity.Principal = identity.Workload{}
}

// PRN-002, PRN-008
func TestHuman_zero_is_invalid(t *testing.T) {
	t.Parallel()
	var zero identity.Human
	if zero.Valid() {
		t.Error("the zero Human is somebody")
	}
	if _, err := json.Marshal(zero); !errors.Is(err, identity.ErrPrincipalInvalid) {
		t.Errorf("the zero Human has a wire form: %v", err)
	}
	if !human(t).Valid() {
		t.Error("a built Human is nobody")
	}
}

// PRN-002, IDN-004, IDN-015
func TestNewHuman_validates(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*identity.HumanFields){
		"zero user":                func(f *identity.HumanFields) { f.Subject.User = identity.UserID{} },
		"zero tenant":              func(f *identity.HumanFields) { f.Subject.Tenant = identity.TenantID{} },
		"system user":              func(f *identity.HumanFields) { f.Subject.User = identity.SystemUser },
		"system tenant":            func(f *identity.HumanFields) { f.Subject.Tenant = identity.SystemTenant },
		"session without time":     func(f *identity.HumanFields) { f.AuthnTime = time.Time{} },
		"session without evidence": func(f *identity.HumanFields) { f.Evidence = nil },
		"evidence without kind":    func(f *identity.HumanFields) { f.Evidence[0].Kind = "" },
		"evidence without time":    func(f *identity.HumanFields) { f.Evidence[0].At = time.Time{} },
		"year 10000":               func(f *identity.HumanFields) { f.AuthnTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"reserved attribute":       func(f *identity.HumanFields) { f.Attributes = map[string]any{"tenant_id": "x"} },
	} {
		f := fields(t)
		change(&f)
		h, err := identity.NewHuman(f)
		if !errors.Is(err, identity.ErrPrincipalInvalid) || h.Valid() {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := fields(t)
	f.Session, f.AuthnTime, f.Evidence = identity.SessionID{}, time.Time{}, nil
	if _, err := identity.NewHuman(f); err != nil {
		t.Errorf("work on a user's behalf: %v", err)
	}
}

// PRN-003, PRN-006, IDN-011
func TestHuman_tells_what_the_session_proved(t *testing.T) {
	t.Parallel()
	f, h := fields(t), human(t)
	if h.Subject() != f.Subject || h.Tenant() != f.Subject.Tenant || h.User() != f.Subject.User || h.Session() != f.Session || h.Device() != f.Device {
		t.Error("ids")
	}
	if !h.AuthnTime().Equal(f.AuthnTime) || fmt.Sprint(h.Factors()) != "[password totp]" || h.Assurance().AAL != identity.AAL2 || len(h.Evidence()) != 2 {
		t.Errorf("time %v, factors %v, assurance %+v", h.AuthnTime(), h.Factors(), h.Assurance())
	}
	if h.Kind() != "human" || h.Key() != "human:"+f.Subject.Tenant.String()+"/"+f.Subject.User.String() {
		t.Errorf("kind %s, key %s", h.Kind(), h.Key())
	}
	other := f
	other.Subject.Tenant = identity.NewTenantID(entropy.Seeded(12))
	o, err := identity.NewHuman(other)
	if err != nil || o.Key() == h.Key() {
		t.Errorf("one key for two tenants, or %v", err)
	}
}

// PRN-007
func TestHuman_is_immutable(t *testing.T) {
	t.Parallel()
	f := fields(t)
	h, err := identity.NewHuman(f)
	if err != nil {
		t.Fatal(err)
	}
	before, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	f.Evidence[0].Kind = "x"
	f.Evidence[0].AMR[0] = "x"
	f.Attributes["team"] = "x"
	tags, ok := f.Attributes["tags"].([]any)
	if !ok {
		t.Fatal("no tags")
	}
	tags[0] = "x"
	h.Evidence()[0].AMR[0] = "x"
	h.Attributes()["team"] = "x"
	out, ok := h.Attributes()["tags"].([]any)
	if !ok {
		t.Fatal("no tags")
	}
	out[0] = "x"
	inner, ok := out[1].(map[string]any)
	if !ok {
		t.Fatal("no inner object")
	}
	inner["b"] = "x"
	after, err := json.Marshal(h)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("changed from outside:\n%s\n%s %v", before, after, err)
	}
}

// PRN-009, PRN-010
func TestHuman_attribute_limits(t *testing.T) {
	t.Parallel()
	nest := func(n int) any {
		var v any = "x"
		for range n {
			v = []any{v}
		}
		return v
	}
	many := func(n int) map[string]any {
		m := map[string]any{}
		for i := range n {
			m[fmt.Sprintf("k%d", i)] = true
		}
		return m
	}
	for name, c := range map[string]struct {
		in map[string]any
		ok bool
	}{
		"64":               {many(64), true},
		"65":               {many(65), false},
		"longest key":      {map[string]any{"a" + strings.Repeat("b", 63): 1}, true},
		"longer key":       {map[string]any{"a" + strings.Repeat("b", 64): 1}, false},
		"empty key":        {map[string]any{"": 1}, false},
		"upper case":       {map[string]any{"Team": 1}, false},
		"digit first":      {map[string]any{"1a": 1}, false},
		"depth 4":          {map[string]any{"a": nest(3)}, true},
		"depth 5":          {map[string]any{"a": nest(4)}, false},
		"8 KiB":            {map[string]any{"a": strings.Repeat("<", 8192-8)}, true},
		"above 8 KiB":      {map[string]any{"a": strings.Repeat("<", 8192-7)}, false},
		"not UTF-8":        {map[string]any{"a": "\xff"}, false},
		"inner not UTF-8":  {map[string]any{"a": map[string]any{"\xff": 1}}, false},
		"not a number":     {map[string]any{"a": math.NaN()}, false},
		"infinite":         {map[string]any{"a": []any{math.Inf(1)}}, false},
		"a Go struct":      {map[string]any{"a": struct{}{}}, false},
		"a Go slice":       {map[string]any{"a": []string{"x"}}, false},
		"broken number":    {map[string]any{"a": json.Number("1x")}, false},
		"number too large": {map[string]any{"a": json.Number("1e999")}, false},
	} {
		f := fields(t)
		f.Attributes = c.in
		if _, err := identity.NewHuman(f); (err == nil) != c.ok || err != nil && !errors.Is(err, identity.ErrPrincipalInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, k := range []string{"user_id", "tenant_id", "session_id", "workload_id", "trust_domain", "issuer", "tenant_slug",
		"service_name", "factors", "authn_time", "acr", "device_id", "credential_expiry", "credential_ref", "kind", "actor"} {
		f := fields(t)
		f.Attributes = map[string]any{k: "x"}
		if _, err := identity.NewHuman(f); !errors.Is(err, identity.ErrPrincipalInvalid) {
			t.Errorf("%s: %v", k, err)
		}
	}
}

// PRN-012
func TestHuman_JSON_round_trip(t *testing.T) {
	t.Parallel()
	value := rapid.Deferred(func() *rapid.Generator[any] {
		return rapid.OneOf(
			rapid.String().AsAny(), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.Just[any](nil),
			rapid.SliceOfN(rapid.String().AsAny(), 0, 3).AsAny(), rapid.MapOfN(rapid.String(), rapid.Float64().AsAny(), 0, 3).AsAny(),
		)
	})
	rapid.Check(t, func(t *rapid.T) {
		f := identity.HumanFields{
			Subject: identity.Subject{
				Tenant: identity.NewTenantID(entropy.Seeded(rapid.Uint64().Draw(t, "tenant"))),
				User:   identity.NewUserID(entropy.Seeded(rapid.Uint64().Draw(t, "user"))),
			},
			Attributes: rapid.MapOfN(rapid.StringMatching(`[a-j][a-z0-9_.]{0,9}x`), value, 0, 5).Draw(t, "attributes"),
		}
		if rapid.Bool().Draw(t, "session") {
			f.Session = identity.FromBytes[identity.SessionID]([16]byte{1})
			f.AuthnTime = time.UnixMicro(rapid.Int64Range(0, 1<<50).Draw(t, "at"))
			f.Evidence = []identity.Evidence{{Kind: "password", At: f.AuthnTime, AMR: rapid.SliceOfN(rapid.StringMatching("[a-z]+"), 0, 2).Draw(t, "amr"), Class: identity.Class(rapid.Uint8().Draw(t, "class"))}}
		}
		h, err := identity.NewHuman(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var back identity.Human
		if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(h, back) {
			t.Fatalf("%s\n%+v\n%+v %v", b, h, back, err)
		}
	})
}

// PRN-012
func TestHuman_JSON_form(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(human(t))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"kind":"human","user_id":"%s","tenant_id":"%s","session_id":"%s","device_id":"%s",` +
		`"authn_time":"2026-03-04T04:06:07.000008Z","acr":"aal2","factors":[` +
		`{"kind":"password","at":"2026-03-04T04:06:07.000008Z","credential":"%s","amr":["pwd"],"class":1},` +
		`{"kind":"totp","at":"2026-03-04T04:06:08.000008Z","amr":["otp"],"class":2}],` +
		`"attributes":{"level":3,"tags":["a",{"b":null}],"team":"red"}}`
	f := fields(t)
	if w := fmt.Sprintf(want, f.Subject.User, f.Subject.Tenant, f.Session, f.Device, f.Evidence[0].Credential); string(got) != w {
		t.Errorf("got  %s\nwant %s", got, w)
	}
}

// wire returns the JSON form of a principal, and a way to have it with one part
// changed.
func wire(t *testing.T, p identity.Principal) (good string, swap func(old, repl string) string) {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	good = string(b)
	return good, func(old, repl string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(good, old, repl, 1)
	}
}

// PRN-013
func TestHuman_JSON_decoding_is_strict(t *testing.T) {
	t.Parallel()
	good, swap := wire(t, human(t))
	user := human(t).User().String()
	for name, in := range map[string]string{
		"unknown kind":             swap(`"kind":"human"`, `"kind":"robot"`),
		"workload":                 swap(`"kind":"human"`, `"kind":"workload"`),
		"no kind":                  swap(`"kind":"human",`, ``),
		"unknown member":           swap(`"acr"`, `"admin":true,"acr"`),
		"unknown member of factor": swap(`"class":1`, `"class":1,"x":1`),
		"duplicate":                swap(`"acr"`, `"kind":"human","acr"`),
		"duplicate in attributes":  swap(`"level":3`, `"level":3,"level":4`),
		"duplicate in array":       swap(`{"b":null}`, `{"b":null,"b":1}`),
		"duplicate by case":        swap(`"acr"`, `"KIND":"human","acr"`),
		"factor member by case":    swap(`"class":1`, `"CLASS":1`),
		"reserved attribute":       swap(`"level":3`, `"acr":3`),
		"system user":              swap(user, identity.SystemUser.String()),
		"zero user":                swap(user, identity.UserID{}.String()),
		"higher level":             swap(`"acr":"aal2"`, `"acr":"aal3"`),
		"no level":                 swap(`"acr":"aal2",`, ``),
		"trailing":                 good + "{}",
		"null":                     "null",
		"array":                    "[]",
		"nothing":                  "",
	} {
		var h identity.Human
		if err := h.UnmarshalJSON([]byte(in)); !errors.Is(err, identity.ErrPrincipalInvalid) && !errors.Is(err, identity.ErrIDFormat) || h.Valid() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// PRN-014
func TestHuman_LogValue_shows_ids_and_no_attributes(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	h := human(t)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "who", identity.Principal(h))
	if s := b.String(); !strings.Contains(s, "who.user_id="+h.User().String()) || strings.Contains(s, "red") || strings.Contains(s, "pwd") {
		t.Error(s)
	}
}

// IDN-014
func TestSystem_has_a_reason_and_nothing_else(t *testing.T) {
	t.Parallel()
	s, err := identity.System("sweep: expired tokens")
	if err != nil || !s.IsSystem() || s.Reason() != "sweep: expired tokens" || s.User() != identity.SystemUser || s.Tenant() != identity.SystemTenant {
		t.Fatalf("%+v, %v", s, err)
	}
	if !s.Session().IsZero() || s.Factors() != nil || s.Assurance().AAL != identity.AAL0 {
		t.Error("the system signed in")
	}
	if _, err := json.Marshal(s); !errors.Is(err, identity.ErrPrincipalInvalid) {
		t.Errorf("the system has a wire form, so it can be decoded: %v", err)
	}
	if human(t).IsSystem() {
		t.Error("a person is the system")
	}
	for _, bad := range []string{"", "a\nb", "\xff", strings.Repeat("a", 513)} {
		if s, err := identity.System(bad); err == nil || s.Valid() {
			t.Errorf("reason %q", bad)
		}
	}
}
