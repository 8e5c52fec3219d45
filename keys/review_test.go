package keys_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

const week = 7 * 24 * time.Hour

var reviewed = time.Date(2026, 7, 20, 12, 0, 0, 0, time.UTC)

// aged is a key that was created some time before the review; a retiring cookie
// key ends some time after it.
func aged(s seal.State, age time.Duration, ends ...time.Duration) seal.Key {
	k := seal.GenerateKey(entropy.System(), reviewed.Add(-age))
	k.State = s
	for _, d := range ends {
		k.NotAfter = reviewed.Add(d)
	}
	return k
}

// file is a set of rings of which one is given and the others are one old key.
func file(t *testing.T, p seal.Purpose, ring ...seal.Key) seal.Keys {
	t.Helper()
	k, err := keys.Generate(entropy.System(), reviewed.Add(-90*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	r, err := seal.NewRing(p, ring...)
	if err != nil {
		t.Fatal(err)
	}
	switch p {
	case seal.Cookie:
		k.Cookie = r
	case seal.Session:
		k.Session = r
	case seal.Data:
		k.Data = r
	case seal.Index:
		k.Index = r
	}
	return k
}

// SES-130: each step of a rotation is named when it is due, and what is out of
// the order is a warning, to the second.
func TestReview(t *testing.T) {
	t.Parallel()
	const day, life = 24 * time.Hour, week + keys.RetireMargin
	for name, tc := range map[string]struct {
		purpose seal.Purpose
		ring    []seal.Key
		want    string // level code, by ring key
	}{
		"one old key":                        {seal.Cookie, []seal.Key{aged(seal.Primary, 90*day)}, ""},
		"a file made a moment ago":           {seal.Cookie, []seal.Key{aged(seal.Primary, time.Second)}, ""},
		"published a moment ago":             {seal.Cookie, []seal.Key{aged(seal.Primary, 90*day), aged(seal.Pending, keys.SettleTime-time.Second)}, "step settling"},
		"published five minutes ago":         {seal.Session, []seal.Key{aged(seal.Primary, 90*day), aged(seal.Pending, keys.SettleTime)}, "step ready"},
		"promoted too young":                 {seal.Session, []seal.Key{aged(seal.Primary, keys.SettleTime-time.Second), aged(seal.Retiring, 90*day)}, "warning young_primary, step keep"},
		"promoted in order":                  {seal.Session, []seal.Key{aged(seal.Primary, keys.SettleTime), aged(seal.Retiring, 90*day)}, "step keep"},
		"sessions may live under it":         {seal.Session, []seal.Key{aged(seal.Primary, life-time.Second), aged(seal.Retiring, 90*day)}, "step keep"},
		"no session needs it":                {seal.Session, []seal.Key{aged(seal.Primary, life), aged(seal.Retiring, 90*day)}, "step count"},
		"two generations":                    {seal.Session, []seal.Key{aged(seal.Primary, day), aged(seal.Retiring, life), aged(seal.Retiring, 90*day)}, "step keep, step count"},
		"an older key took over again":       {seal.Session, []seal.Key{aged(seal.Primary, 90*day), aged(seal.Retiring, day)}, "step keep"},
		"a data key stays":                   {seal.Data, []seal.Key{aged(seal.Primary, 80*day), aged(seal.Retiring, 90*day)}, "step keep"},
		"an index key stays":                 {seal.Index, []seal.Key{aged(seal.Primary, 80*day), aged(seal.Retiring, 90*day)}, "step keep"},
		"a cookie key in its last days":      {seal.Cookie, []seal.Key{aged(seal.Primary, day), aged(seal.Retiring, 90*day, life-day)}, "step keep"},
		"a cookie key that ends early":       {seal.Cookie, []seal.Key{aged(seal.Primary, day), aged(seal.Retiring, 90*day, life-day-time.Second)}, "warning ends_early"},
		"a cookie key that ends as late":     {seal.Cookie, []seal.Key{aged(seal.Primary, day), aged(seal.Retiring, 90*day, life)}, "step keep"},
		"a cookie key that ends late":        {seal.Cookie, []seal.Key{aged(seal.Primary, day), aged(seal.Retiring, 90*day, life+time.Second)}, "warning ends_late"},
		"a cookie key that has ended":        {seal.Cookie, []seal.Key{aged(seal.Primary, 80*day), aged(seal.Retiring, 90*day, 0)}, "step over"},
		"a ring without room":                {seal.Cookie, []seal.Key{aged(seal.Primary, 80*day), aged(seal.Pending, day), aged(seal.Pending, day), aged(seal.Pending, day)}, "step ready, step ready, step ready, warning full"},
		"made by a clock of five min ahead":  {seal.Cookie, []seal.Key{aged(seal.Primary, -5*time.Minute)}, ""},
		"made by a clock far ahead":          {seal.Cookie, []seal.Key{aged(seal.Primary, -5*time.Minute-time.Second)}, "warning future"},
		"a pending key from a clock too far": {seal.Session, []seal.Key{aged(seal.Primary, 90*day), aged(seal.Pending, -day)}, "warning future"},
	} {
		var got []string
		for _, f := range keys.Review(file(t, tc.purpose, tc.ring...), reviewed, week) {
			got = append(got, fmt.Sprintf("%v %s", f.Level, f.Code))
			if f.Purpose != tc.purpose || !strings.HasSuffix(f.Cause, ".") || !strings.HasSuffix(f.Cure, ".") || f.Key.String() == "00000000" && f.Code != keys.CodeFull {
				t.Errorf("%s: %+v", name, f)
			}
			for _, k := range tc.ring {
				if strings.Contains(f.Cause+f.Cure, string(k.Master.Reveal())) {
					t.Errorf("%s: a key in the text", name)
				}
			}
			if f.Code == keys.CodeSettling && !f.From.Equal(reviewed.Add(time.Second)) || f.Code == keys.CodeReady && !f.From.IsZero() {
				t.Errorf("%s: from %v", name, f.From)
			}
		}
		if s := strings.Join(got, ", "); s != tc.want {
			t.Errorf("%s: %q, want %q", name, s, tc.want)
		}
	}
}

// SES-130: the life of a session decides, seven days unless said.
func TestReview_absolute(t *testing.T) {
	t.Parallel()
	k := file(t, seal.Session, aged(seal.Primary, 2*24*time.Hour), aged(seal.Retiring, 90*24*time.Hour))
	for absolute, want := range map[time.Duration]keys.Code{24 * time.Hour: keys.CodeCount, 0: keys.CodeKeep, week: keys.CodeKeep} {
		if f := keys.Review(k, reviewed, absolute); len(f) != 1 || f[0].Code != want {
			t.Errorf("%v: %+v", absolute, f)
		}
	}
	if f := keys.Review(seal.Keys{}, reviewed, week); f != nil {
		t.Error(f)
	}
}

func ExampleReview() {
	made := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	k, err := keys.Generate(entropy.Seeded(1), made)
	if err != nil {
		panic(err)
	}
	next := seal.GenerateKey(entropy.Seeded(2), made.Add(24*time.Hour))
	next.State = seal.Pending
	if k.Cookie, err = seal.NewRing(seal.Cookie, append(k.Cookie.Keys(), next)...); err != nil {
		panic(err)
	}
	for _, f := range keys.Review(k, made.Add(25*time.Hour), 0) {
		fmt.Println(f.Level, f.Code)
		fmt.Println(f.Cure)
	}
	// Output:
	// step ready
	// If every instance has loaded the file, make it primary and the present primary retiring.
}
