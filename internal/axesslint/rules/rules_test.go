package rules_test

import (
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/axess-go/axess/internal/axesslint/rules"
)

// FUZ-072: each rule is shown what it must find and what it must leave alone; the
// files say it on the lines themselves.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		analyzer *analysis.Analyzer
		packages []string
	}{
		{"time hits", rules.Time, []string{"timehit"}}, // FUZ-L01
		{"time misses", rules.Time, []string{"timemiss", "clock", "internal/sched"}},
		{"random hits", rules.Random, []string{"randomhit"}}, // FUZ-L02
		{"random misses", rules.Random, []string{"randommiss", "entropy"}},
		{"compare hits", rules.Compare, []string{"comparehit"}}, // FUZ-L05
		{"compare misses", rules.Compare, []string{"comparemiss"}},
		{"wait hits", rules.Wait, []string{"waithit"}}, // FUZ-L07
		{"wait misses", rules.Wait, []string{"waitmiss", "clock", "internal/sched", "store/storetest", "cmd/axess"}},
		{"held hits", rules.Held, []string{"heldhit"}}, // FUZ-L08
		{"held misses", rules.Held, []string{"heldmiss"}},
		{"order hits", rules.Order, []string{"orderhit"}}, // FUZ-L10
		{"order misses", rules.Order, []string{"ordermiss", "internal/sched", "cmd/axess"}},
		{"allowances", rules.Time, []string{"allowed"}},
		{"form of allowances", rules.Allow, []string{"allowform"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, p := range tc.packages {
				analysistest.Run(t, analysistest.TestData(), tc.analyzer, rules.Module+"/"+p)
			}
		})
	}
}

// What clock and sched are free to do ends where the other begins.
func TestRules_bind_clock_and_sched_too(t *testing.T) {
	t.Parallel()
	limits := analysistest.TestData() + "/limits"
	analysistest.Run(t, limits, rules.Wait, rules.Module+"/clock")
	analysistest.Run(t, limits, rules.Time, rules.Module+"/internal/sched")
}

func TestAll_are_valid_analyzers(t *testing.T) {
	t.Parallel()
	if err := analysis.Validate(rules.All()); err != nil {
		t.Error(err)
	}
}
