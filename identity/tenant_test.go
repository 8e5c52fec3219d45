package identity_test

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func goodTenant() identity.Tenant {
	return identity.Tenant{
		ID: identity.NewTenantID(entropy.Seeded(1)), Slug: "acme", DisplayName: "Acme", Status: identity.TenantActive,
		Settings: identity.TenantSettings{
			Methods: identity.MethodsInherit, DeviceRetention: time.Hour, Friendly: true, HideStatus: true,
			Network: identity.NetworkPolicy{Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Deny: []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")}},
		},
	}
}

// IDN-030, IDN-036, IDN-038
func TestTenant_Validate(t *testing.T) {
	t.Parallel()
	if err := goodTenant().Validate(); err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]struct {
		edit  func(*identity.Tenant)
		field string
	}{
		"no slug":              {func(t *identity.Tenant) { t.Slug = "" }, "slug"},
		"upper case":           {func(t *identity.Tenant) { t.Slug = "Acme" }, "slug"},
		"hyphen first":         {func(t *identity.Tenant) { t.Slug = "-acme" }, "slug"},
		"hyphen last":          {func(t *identity.Tenant) { t.Slug = "acme-" }, "slug"},
		"dot":                  {func(t *identity.Tenant) { t.Slug = "ac.me" }, "slug"},
		"64 bytes":             {func(t *identity.Tenant) { t.Slug = strings.Repeat("a", 64) }, "slug"},
		"reserved":             {func(t *identity.Tenant) { t.Slug = "system" }, "slug"},
		"name":                 {func(t *identity.Tenant) { t.DisplayName = "\u202e" }, "display_name"},
		"no status":            {func(t *identity.Tenant) { t.Status = 0 }, "status"},
		"status too high":      {func(t *identity.Tenant) { t.Status = 4 }, "status"},
		"deletion without end": {func(t *identity.Tenant) { t.Status = identity.TenantDeleting }, "status"},
		"end without deletion": {func(t *identity.Tenant) { t.Detail.PurgeAt = time.Unix(1, 0) }, "status"},
		"secrets":              {func(t *identity.Tenant) { t.Secrets = make([]byte, 1025) }, "secrets"},
		"methods":              {func(t *identity.Tenant) { t.Settings.Methods = 2 }, "methods"},
		"retention":            {func(t *identity.Tenant) { t.Settings.DeviceRetention = -1 }, "device_retention"},
		"retention, finer":     {func(t *identity.Tenant) { t.Settings.DeviceRetention = time.Nanosecond }, "device_retention"},
		"invalid prefix":       {func(t *identity.Tenant) { t.Settings.Network.Deny = []netip.Prefix{{}} }, "deny"},
		"host bits": {func(t *identity.Tenant) {
			t.Settings.Network.Allow = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}
		}, "allow"},
		"mapped": {func(t *identity.Tenant) {
			t.Settings.Network.Deny = []netip.Prefix{netip.MustParsePrefix("::ffff:192.0.2.0/120")}
		}, "deny"},
		"twice": {func(t *identity.Tenant) {
			p := netip.MustParsePrefix("192.0.2.0/24")
			t.Settings.Network.Deny = []netip.Prefix{p, p}
		}, "deny"},
		"too many": {func(t *identity.Tenant) {
			for i := range identity.MaxPrefixes + 1 {
				t.Settings.Network.Allow = append(t.Settings.Network.Allow, netip.MustParsePrefix(fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)))
			}
		}, "allow"},
	} {
		tenant := goodTenant()
		bad.edit(&tenant)
		var invalid *identity.InvalidError
		if err := tenant.Validate(); !errors.As(err, &invalid) || invalid.Field != bad.field {
			t.Errorf("%s: %v, want the field %s", what, err, bad.field)
		}
	}
	system := goodTenant()
	system.ID = identity.SystemTenant
	if err := system.Validate(); !errors.Is(err, identity.ErrIDReserved) {
		t.Errorf("the system tenant: %v", err)
	}
	for _, slug := range []string{"a", "0", "a-b", strings.Repeat("a", 63)} {
		if err := identity.CheckSlug(slug); err != nil {
			t.Errorf("%q: %v", slug, err)
		}
	}
}

// IDN-038: what slips past a filter of prefixes elsewhere: an address of one family in
// the form of the other, a zone, and no address at all.
func TestNetworkPolicy_Allows(t *testing.T) {
	t.Parallel()
	prefixes := func(list ...string) (out []netip.Prefix) {
		for _, s := range list {
			out = append(out, netip.MustParsePrefix(s))
		}
		return out
	}
	for _, c := range []struct {
		allow, deny []netip.Prefix
		addr        string
		want        bool
	}{
		{nil, nil, "192.0.2.1", true},
		{nil, nil, "", true},
		{nil, prefixes("192.0.2.0/24"), "192.0.2.1", false},
		{nil, prefixes("192.0.2.0/24"), "::ffff:192.0.2.1", false},
		{nil, prefixes("192.0.2.0/24"), "192.0.3.1", true},
		{nil, prefixes("fe80::/10"), "fe80::1%eth0", false},
		{nil, prefixes("192.0.2.0/24"), "", false},
		{prefixes("192.0.2.0/24"), nil, "192.0.2.1", true},
		{prefixes("192.0.2.0/24"), nil, "::ffff:192.0.2.1", true},
		{prefixes("192.0.2.0/24"), nil, "198.51.100.1", false},
		{prefixes("192.0.2.0/24"), nil, "", false},
		{prefixes("2001:db8::/32"), nil, "2001:db8::1%eth0", true},
		{prefixes("192.0.2.0/24"), prefixes("192.0.2.7/32"), "192.0.2.7", false},
		{prefixes("192.0.2.7/32"), prefixes("192.0.2.0/24"), "192.0.2.7", false},
		{prefixes("0.0.0.0/0"), nil, "2001:db8::1", false},
	} {
		var a netip.Addr
		if c.addr != "" {
			a = netip.MustParseAddr(c.addr)
		}
		if got := (identity.NetworkPolicy{Allow: c.allow, Deny: c.deny}).Allows(a); got != c.want {
			t.Errorf("allow %v, deny %v: %q is let in: %t", c.allow, c.deny, c.addr, got)
		}
	}
}

// IDN-030: what is stored comes back, and what is not understood is not read as less.
func TestTenantSettings_come_back_as_they_were(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := identity.TenantSettings{
			Methods:         identity.Inheritance(rapid.IntRange(0, 1).Draw(t, "methods")),
			DeviceRetention: time.Duration(rapid.IntRange(0, 400).Draw(t, "days")) * 24 * time.Hour,
			Friendly:        rapid.Bool().Draw(t, "friendly"), HideStatus: rapid.Bool().Draw(t, "hide"),
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "prefixes") {
			s.Network.Deny = append(s.Network.Deny, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i)}), 16))
		}
		b, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := identity.DecodeTenantSettings(b); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%s: got %+v, %v, want %+v", b, got, err, s)
		}
	})
	if got, err := identity.DecodeTenantSettings(nil); err != nil || !reflect.DeepEqual(got, identity.TenantSettings{}) {
		t.Errorf("none: %+v, %v", got, err)
	}
	for _, b := range []string{`{"later":1}`, `{`, `{} {}`, `[]`, `{"methods":7}`, `{"network":{"deny":["10.0.0.1/8"]}}`, `{"network":{"deny":["ten"]}}`, "null null"} {
		if got, err := identity.DecodeTenantSettings([]byte(b)); !errors.Is(err, store.ErrCorrupt) || !reflect.DeepEqual(got, identity.TenantSettings{}) {
			t.Errorf("%s: %+v, %v, want it corrupt", b, got, err)
		}
	}
}

// IDN-034, IDN-035
func TestCanMoveTenant(t *testing.T) {
	t.Parallel()
	a, s, d := identity.TenantActive, identity.TenantSuspended, identity.TenantDeleting
	can := map[[2]identity.TenantStatus]bool{{a, s}: true, {a, d}: true, {s, a}: true, {s, d}: true, {d, s}: true}
	for from := range identity.TenantStatus(5) {
		for to := range identity.TenantStatus(5) {
			if got := identity.CanMoveTenant(from, to); got != can[[2]identity.TenantStatus{from, to}] {
				t.Errorf("%d to %d: %t", from, to, got)
			}
		}
	}
}

// IDN-031
func TestOperate_is_for_the_system_alone(t *testing.T) {
	t.Parallel()
	person, err := identity.NewHuman(identity.HumanFields{
		Subject:   identity.Subject{Tenant: identity.NewTenantID(entropy.Seeded(1)), User: identity.NewUserID(entropy.Seeded(2))},
		AuthnTime: time.Unix(1, 0), Evidence: []identity.Evidence{{Kind: "password", At: time.Unix(1, 0), Class: identity.Knowledge}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []identity.Human{person, {}} {
		if scope, err := identity.Operate(h); !errors.Is(err, identity.ErrPrincipalInvalid) || scope.Valid() {
			t.Errorf("%v: %v, %v", h, scope, err)
		}
	}
	system, err := identity.System("listing tenants for a backup")
	if err != nil {
		t.Fatal(err)
	}
	scope, err := identity.Operate(system)
	if err != nil || !scope.Valid() || scope.Reason() != "listing tenants for a backup" {
		t.Errorf("%v, %v", scope, err)
	}
}

func ExampleOperate() {
	system, _ := identity.System("nightly report")
	scope, err := identity.Operate(system)
	fmt.Println(scope.Reason(), err)
	// Output: nightly report <nil>
}

func ExampleCheckSlug() {
	fmt.Println(identity.CheckSlug("acme"), identity.CheckSlug("Acme"))
	// Output: <nil> identity: slug invalid: character
}

func ExampleCheckLink() {
	fmt.Println(identity.CheckLink("https://issuer.example", "248289761001"), identity.CheckLink("", "ada"))
	// Output: <nil> identity: issuer invalid: empty
}

func ExampleDecodeTenantSettings() {
	s, err := identity.DecodeTenantSettings([]byte(`{"network":{"deny":["192.0.2.0/24"]}}`))
	fmt.Println(s.Network.Allows(netip.MustParseAddr("::ffff:192.0.2.1")), err)
	// Output: false <nil>
}

func ExampleCanMoveTenant() {
	fmt.Println(identity.CanMoveTenant(identity.TenantDeleting, identity.TenantActive))
	// Output: false
}

func ExampleIsUnwritten() {
	fmt.Println(identity.IsUnwritten(identity.NoopAuthnLog(nil)))
	// Output: true
}
