package axess_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/session"
)

// PRD-042: what each profile runs with, in one file; what differs between them is
// the table of profiles and nothing else.
func TestProfiles_effective_configuration(t *testing.T) {
	t.Parallel()
	profiles := []axess.Profile{axess.Development, axess.Standard, axess.Regulated}
	dumps := make([]map[string]string, len(profiles))
	var golden strings.Builder
	for i, p := range profiles {
		cfg := production()
		cfg.PasswordCost = axess.Config{}.PasswordCost
		cfg.SingleNode = ""
		cfg.Stores = fronttest.Told(cfg.Stores, func(i *backend.Info) { i.Durable, i.Name = true, "durable" })
		cfg.Profile = p
		if p == axess.Development {
			cfg.Origin = "http://localhost:8080"
		}
		dumps[i] = axess.Effective(cfg)
		names := axess.EffectiveNames(cfg)
		fmt.Fprintf(&golden, "# %v\n", p)
		for _, name := range names {
			fmt.Fprintf(&golden, "%s = %s\n", name, dumps[i][name])
		}
	}
	const file = "testdata/profiles.golden"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(golden.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if golden.String() != string(want) {
		t.Errorf("the effective configuration changed; if that is meant, run with UPDATE_GOLDEN=1:\n%s", golden.String())
	}
	// Completing twice is completing once, also for what is switched off.
	whole, err := session.Timeouts{Grace: session.WithoutGrace}.Complete()
	if again, err2 := whole.Complete(); err != nil || err2 != nil || again != whole || again.Grace != session.WithoutGrace {
		t.Errorf("%+v became %+v (%v, %v)", whole, again, err, err2)
	}
	// The rows of the table of profiles.
	may := []string{
		"Profile", "Origin", "PasswordCost", "RequireRoutes", "Migrate", "secure cookies",
		"peers of other machines", "causes on error pages", "strict transport security",
		"opened sessions wait in memory",
	}
	for name := range dumps[0] {
		for i := range dumps {
			if dumps[i][name] != dumps[0][name] && !slices.Contains(may, name) {
				t.Errorf("%s differs: %q in %v, %q in %v", name, dumps[0][name], profiles[0], dumps[i][name], profiles[i])
			}
		}
	}
	// Every field that is a setting is shown.
	wiring := []string{"Terminal", "Logger", "Clock", "Entropy", "Metrics"}
	for field := range reflect.TypeFor[axess.Config]().Fields() {
		if _, ok := dumps[0][field.Name]; !ok && !slices.Contains(wiring, field.Name) {
			t.Errorf("Config.%s is not part of the effective configuration", field.Name)
		}
	}
}
