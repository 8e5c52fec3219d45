package identity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

func workloadFields(t *testing.T) identity.WorkloadFields {
	t.Helper()
	id, err := identity.ParseWorkloadID("spiffe://prod.example.org/api/acme")
	if err != nil {
		t.Fatal(err)
	}
	return identity.WorkloadFields{
		ID: id, Issuer: identity.IssuerJWTSVID, Tenant: identity.NewTenantID(entropy.Seeded(21)), TenantSlug: "acme",
		ServiceName: "api", CredentialExpiry: time.Date(2026, 3, 4, 5, 6, 7, 8000, time.FixedZone("", 3600)),
		Credential: identity.TokenRef("https://issuer.example", "42"),
		Attributes: map[string]any{"region": "eu", "tags": []any{"a", map[string]any{"b": nil}}},
	}
}

func workload(t *testing.T) identity.Workload {
	t.Helper()
	w, err := identity.NewWorkload(workloadFields(t))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// PRN-002, PRN-004, PRN-009, PRN-010, PRN-011, PRN-023, IDN-004, IDN-015
func TestNewWorkload_validates(t *testing.T) {
	t.Parallel()
	domain, err := identity.ParseWorkloadID("spiffe://prod.example.org")
	if err != nil {
		t.Fatal(err)
	}
	many := map[string]any{}
	for i := range 65 {
		many[fmt.Sprintf("k%d", i)] = true
	}
	for name, change := range map[string]func(*identity.WorkloadFields){
		"no id":              func(f *identity.WorkloadFields) { f.ID = identity.WorkloadID{} },
		"trust domain alone": func(f *identity.WorkloadFields) { f.ID = domain },
		"no issuer":          func(f *identity.WorkloadFields) { f.Issuer = "" },
		"issuer":             func(f *identity.WorkloadFields) { f.Issuer = "JWT" },
		"long issuer":        func(f *identity.WorkloadFields) { f.Issuer = identity.Issuer(strings.Repeat("a", 33)) },
		"zero tenant":        func(f *identity.WorkloadFields) { f.Tenant = identity.TenantID{} },
		"system tenant":      func(f *identity.WorkloadFields) { f.Tenant = identity.SystemTenant },
		"no slug":            func(f *identity.WorkloadFields) { f.TenantSlug = "" },
		"slug":               func(f *identity.WorkloadFields) { f.TenantSlug = "Acme" },
		"slug with edge":     func(f *identity.WorkloadFields) { f.TenantSlug = "acme-" },
		"long slug":          func(f *identity.WorkloadFields) { f.TenantSlug = strings.Repeat("a", 64) },
		"no service":         func(f *identity.WorkloadFields) { f.ServiceName = "" },
		"long service":       func(f *identity.WorkloadFields) { f.ServiceName = strings.Repeat("a", 257) },
		"service":            func(f *identity.WorkloadFields) { f.ServiceName = "a\nb" },
		"year 10000":         func(f *identity.WorkloadFields) { f.CredentialExpiry = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"65 attributes":      func(f *identity.WorkloadFields) { f.Attributes = many },
		"reserved attribute": func(f *identity.WorkloadFields) { f.Attributes = map[string]any{"tenant_id": "x"} },
	} {
		f := workloadFields(t)
		change(&f)
		if w, err := identity.NewWorkload(f); !errors.Is(err, identity.ErrPrincipalInvalid) || w.Valid() {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := workloadFields(t)
	f.CredentialExpiry, f.Credential, f.Attributes = time.Time{}, identity.CredentialRef{}, nil
	if _, err := identity.NewWorkload(f); err != nil {
		t.Errorf("of operator configuration: %v", err)
	}
}

// PRN-002, PRN-008
func TestWorkload_zero_is_invalid(t *testing.T) {
	t.Parallel()
	var zero identity.Workload
	if zero.Valid() {
		t.Error("the zero Workload is somebody")
	}
	if _, err := json.Marshal(zero); !errors.Is(err, identity.ErrPrincipalInvalid) {
		t.Errorf("the zero Workload has a wire form: %v", err)
	}
}

// PRN-004, PRN-005, PRN-006
func TestWorkload_tells_what_was_verified(t *testing.T) {
	t.Parallel()
	f, w := workloadFields(t), workload(t)
	if w.ID() != f.ID || w.Tenant() != f.Tenant || w.TenantSlug() != "acme" || w.ServiceName() != "api" || w.Issuer() != "jwt_svid" ||
		!w.CredentialExpiry().Equal(f.CredentialExpiry) || w.Credential() != f.Credential || w.TrustDomain().String() != "prod.example.org" {
		t.Errorf("%+v", w)
	}
	if w.Kind() != "workload" || w.Key() != "workload:"+f.Tenant.String()+"/spiffe://prod.example.org/api/acme" {
		t.Errorf("kind %s, key %s", w.Kind(), w.Key())
	}
	keys := map[string]bool{w.Key(): true, human(t).Key(): true}
	other := f
	other.Tenant = identity.NewTenantID(entropy.Seeded(22))
	abroad := f
	var err error
	if abroad.ID, err = identity.ParseWorkloadID("spiffe://test.example.org/api/acme"); err != nil {
		t.Fatal(err)
	}
	for _, f := range []identity.WorkloadFields{other, abroad} {
		o, err := identity.NewWorkload(f)
		if err != nil || keys[o.Key()] {
			t.Errorf("one key for two: %s, %v", o.Key(), err)
		}
		keys[o.Key()] = true
	}
}

// PRN-004: the reference is a digest, 22 characters, and parts do not bleed.
func TestCredentialRef(t *testing.T) {
	t.Parallel()
	// SHA-256("https://i" 00 "j"), first 16 bytes.
	r := identity.TokenRef("https://i", "j")
	if r == identity.TokenRef("https://ij", "") || r.IsZero() || len(r.String()) != 22 {
		t.Errorf("%s", r)
	}
	if got := identity.CertificateRef([]byte("https://i\x00j")); got != r {
		t.Errorf("%s and %s", got, r)
	}
	if got := identity.CertificateRef(nil).String(); got != "47DEQpj8HBSa-_TImW-5JA" { // SHA-256 of nothing
		t.Errorf("got %s", got)
	}
	for _, bad := range []string{"", "x", r.String() + "A", r.String()[:21], strings.Repeat("B", 22), r.String() + "\n"} {
		var back identity.CredentialRef
		if err := back.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is a reference", bad)
		}
	}
}

// PRN-011
func TestCustomIssuer(t *testing.T) {
	t.Parallel()
	if i, err := identity.CustomIssuer("ci_runner2"); err != nil || i != "ci_runner2" {
		t.Errorf("%s, %v", i, err)
	}
	for _, bad := range []string{"cli", "jwt_svid", "mtls", "oauth", "", "A", "a-b", "a b", "é", strings.Repeat("a", 33)} {
		if _, err := identity.CustomIssuer(bad); !errors.Is(err, identity.ErrPrincipalInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// PRN-007
func TestWorkload_is_immutable(t *testing.T) {
	t.Parallel()
	f := workloadFields(t)
	w, err := identity.NewWorkload(f)
	if err != nil {
		t.Fatal(err)
	}
	before, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	f.Attributes["region"] = "x"
	w.Attributes()["region"] = "x"
	tags, ok := w.Attributes()["tags"].([]any)
	if !ok {
		t.Fatal("no tags")
	}
	tags[0] = "x"
	after, err := json.Marshal(w)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("changed from outside:\n%s\n%s %v", before, after, err)
	}
}

// PRN-012
func TestWorkload_JSON_form(t *testing.T) {
	t.Parallel()
	w := workload(t)
	got, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"kind":"workload","workload_id":"spiffe://prod.example.org/api/acme","trust_domain":"prod.example.org",`+
		`"issuer":"jwt_svid","tenant_id":"%s","tenant_slug":"acme","service_name":"api",`+
		`"credential_expiry":"2026-03-04T04:06:07.000008Z","credential_ref":"%s",`+
		`"attributes":{"region":"eu","tags":["a",{"b":null}]}}`, w.Tenant(), w.Credential())
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	back, err := identity.DecodePrincipal(got)
	if err != nil || !reflect.DeepEqual(back, identity.Principal(w)) {
		t.Errorf("%+v, %v", back, err)
	}
}

// PRN-005, PRN-013
func TestWorkload_JSON_decoding_is_strict(t *testing.T) {
	t.Parallel()
	good, swap := wire(t, workload(t))
	for name, in := range map[string]string{
		"unknown kind":          swap(`"kind":"workload"`, `"kind":"robot"`),
		"human":                 swap(`"kind":"workload"`, `"kind":"human"`),
		"no kind":               swap(`"kind":"workload",`, ``),
		"another trust domain":  swap(`"trust_domain":"prod`, `"trust_domain":"test`),
		"no trust domain":       swap(`"trust_domain":"prod.example.org",`, ``),
		"id":                    swap(`/api/acme`, `/api/../acme`),
		"whole trust domain":    swap(`/api/acme`, ``),
		"issuer":                swap(`jwt_svid`, `JWT`),
		"slug":                  swap(`"tenant_slug":"acme"`, `"tenant_slug":"-"`),
		"no service":            swap(`"service_name":"api"`, `"service_name":""`),
		"unknown member":        swap(`"issuer"`, `"admin":true,"issuer"`),
		"member by case":        swap(`"issuer"`, `"ISSUER"`),
		"member of a human":     swap(`"issuer"`, `"user_id":"x","issuer"`),
		"duplicate":             swap(`"issuer"`, `"kind":"workload","issuer"`),
		"duplicate in tags":     swap(`{"b":null}`, `{"b":null,"b":1}`),
		"reserved attribute":    swap(`"region"`, `"issuer"`),
		"zero expiry":           swap(`2026-03-04T04:06:07.000008Z`, `0001-01-01T00:00:00Z`),
		"zero reference":        swap(workload(t).Credential().String(), strings.Repeat("A", 22)),
		"expiry without a form": swap(`2026-03-04T04:06:07.000008Z`, `9999-12-31T23:59:59-23:59`),
		"trailing":              good + "{}",
		"null":                  "null",
		"nothing":               "",
	} {
		var w identity.Workload
		if err := w.UnmarshalJSON([]byte(in)); !errors.Is(err, identity.ErrPrincipalInvalid) && !errors.Is(err, identity.ErrWorkloadID) || w.Valid() {
			t.Errorf("%s: %v", name, err)
		}
		if p, err := identity.DecodePrincipal([]byte(in)); err == nil || p != nil {
			t.Errorf("%s: decoded as %T, %v", name, p, err)
		}
	}
}

// PRN-014
func TestWorkload_LogValue_shows_ids_and_no_attributes(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := workload(t)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "who", identity.Principal(w))
	s := b.String()
	for _, want := range []string{"who.kind=workload", "who.tenant_id=" + w.Tenant().String(), "who.workload_id=" + w.ID().String(), "who.issuer=jwt_svid"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %s in %s", want, s)
		}
	}
	if strings.Contains(s, "region") || strings.Contains(s, "eu") || strings.Contains(s, w.Credential().String()) {
		t.Error(s)
	}
}

// PRN-012, PRN-013: whatever decodes encodes, to a form that decodes to the same.
func FuzzDecodePrincipal(f *testing.F) {
	src := entropy.Seeded(1)
	h, err := identity.NewHuman(identity.HumanFields{Subject: identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}})
	if err != nil {
		f.Fatal(err)
	}
	person, err := json.Marshal(h)
	if err != nil {
		f.Fatal(err)
	}
	tenant := identity.NewTenantID(src).String()
	f.Add(person)
	f.Add([]byte(`{"kind":"workload","workload_id":"spiffe://td/a","trust_domain":"td","issuer":"cli","tenant_id":"` + tenant +
		`","tenant_slug":"t","service_name":"s","credential_expiry":"2026-01-01T00:00:00+01:00","attributes":{"a":[1,2.50,{"b":"<"}]}}`))
	f.Add([]byte(`{"kind":"workload","KIND":"human"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := identity.DecodePrincipal(data)
		if err != nil {
			if p != nil {
				t.Fatalf("%v beside %v", p, err)
			}
			return
		}
		if !p.Valid() {
			t.Fatal("decoded and invalid")
		}
		first, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("decoded, not encoded: %v", err)
		}
		again, err := identity.DecodePrincipal(first)
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Fatalf("%s\n%+v\n%+v %v", first, p, again, err)
		}
	})
}
