package session

import "time"

// Timeouts are how long things live. A zero field means the default.
type Timeouts struct {
	// Idle ends a login without activity, Absolute ends it in any case:
	// 24 h and 7 d; 1 min ≤ Idle ≤ Absolute ≤ 400 d (SES-228).
	Idle, Absolute time.Duration
	// GuestIdle and GuestAbsolute do the same for guests that hold data: 2 h and
	// 24 h.
	GuestIdle, GuestAbsolute time.Duration
	// Touch is how often activity is written down: Idle/20, at least 30 s, at
	// most 15 min.
	Touch time.Duration
	// Grace is how long a rotated id still reads: 10 s, at most 60 s, or
	// [WithoutGrace] (SES-106).
	Grace time.Duration
	// Load and Commit bound the calls to the store: 2 s and 5 s.
	Load, Commit time.Duration
}

// WithoutGrace as Timeouts.Grace ends a rotated id at once. Requests that the
// browser has in flight during a rotation are then signed out.
const WithoutGrace time.Duration = -1

const (
	minLifetime  = time.Minute
	maxLifetime  = 400 * 24 * time.Hour
	maxGrace     = time.Minute
	minTouch     = 30 * time.Second
	maxTouch     = 15 * time.Minute
	touchDivisor = 20
	// clockSkew is how far the clocks of two instances may lie apart (SES-230).
	clockSkew = 5 * time.Minute
)

// AAL1 are the limits of SP 800-63B-4 §2.1.3 for assurance level 1.
func AAL1() Timeouts { return Timeouts{Idle: 24 * time.Hour, Absolute: 30 * 24 * time.Hour} }

// AAL2 are the limits of SP 800-63B-4 §2.2.3 for assurance level 2.
func AAL2() Timeouts { return Timeouts{Idle: time.Hour, Absolute: 24 * time.Hour} }

// AAL3 are the limits of SP 800-63B-4 §2.3.3 for assurance level 3.
func AAL3() Timeouts { return Timeouts{Idle: 15 * time.Minute, Absolute: 12 * time.Hour} }

// Validate names the first field that is out of bounds.
func (t Timeouts) Validate() error { return t.complete() }

// Complete returns t with the defaults in place of zero fields: what a manager
// that is given t works with. The error names the first field that is out of
// bounds.
func (t Timeouts) Complete() (Timeouts, error) {
	whole := t
	err := whole.complete()
	whole.Touch = whole.touchEvery(whole.Idle)
	if t.Grace == WithoutGrace {
		whole.Grace = WithoutGrace // so that completing twice is completing once
	}
	return whole, err
}

// complete fills in the defaults and refuses what is out of bounds, by name.
func (t *Timeouts) complete() error {
	for _, f := range []struct {
		name     string
		d        *time.Duration
		standard time.Duration
		min, max time.Duration
	}{
		{"Idle", &t.Idle, 24 * time.Hour, minLifetime, maxLifetime},
		{"Absolute", &t.Absolute, 7 * 24 * time.Hour, minLifetime, maxLifetime},
		{"GuestIdle", &t.GuestIdle, 2 * time.Hour, minLifetime, maxLifetime},
		{"GuestAbsolute", &t.GuestAbsolute, 24 * time.Hour, minLifetime, maxLifetime},
		{"Load", &t.Load, 2 * time.Second, time.Millisecond, time.Minute},
		{"Commit", &t.Commit, 5 * time.Second, time.Millisecond, time.Minute},
	} {
		if *f.d == 0 {
			*f.d = f.standard
		}
		if *f.d < f.min || *f.d > f.max {
			return wrong("Timeouts."+f.name, "%v, want %v to %v", *f.d, f.min, f.max)
		}
	}
	if t.Idle > t.Absolute {
		return wrong("Timeouts.Idle", "%v is longer than Absolute, %v", t.Idle, t.Absolute)
	}
	if t.GuestIdle > t.GuestAbsolute {
		return wrong("Timeouts.GuestIdle", "%v is longer than GuestAbsolute, %v", t.GuestIdle, t.GuestAbsolute)
	}
	switch {
	case t.Grace == 0:
		t.Grace = 10 * time.Second
	case t.Grace == WithoutGrace:
		t.Grace = 0
	case t.Grace < 0 || t.Grace > maxGrace:
		return wrong("Timeouts.Grace", "%v, want 0 to %v or WithoutGrace", t.Grace, maxGrace)
	}
	if t.Touch < 0 || t.Touch > t.Idle {
		return wrong("Timeouts.Touch", "%v, want at most Idle, %v", t.Touch, t.Idle)
	}
	return nil
}

// touchEvery is the touch interval of a session that idles after idle.
func (t *Timeouts) touchEvery(idle time.Duration) time.Duration {
	if t.Touch > 0 {
		return min(t.Touch, idle)
	}
	return min(max(idle/touchDivisor, minTouch), maxTouch)
}
