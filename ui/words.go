package ui

import (
	"strconv"
	"time"
)

// moments is what showing a time depends on.
type moments struct {
	zone *time.Location
	now  time.Time // zero: no relative text
}

// Moment is one point in time, ready for a <time> element: the machine's form
// in UTC and the reader's form in words (UIX-058).
type Moment struct{ Machine, Words string }

// duration says d in whole words: "24 hours", "10 minutes", "2 hours 30
// minutes". Parts of the smallest unit round up, so that a wait that is
// announced is never too short.
func (c *catalog) duration(d time.Duration) (string, error) {
	if d < time.Second {
		d = time.Second
	}
	if d < time.Minute {
		return c.count("duration.seconds", ceil(d, time.Second))
	}
	minutes := ceil(d, time.Minute)
	switch {
	case minutes < 60:
		return c.count("duration.minutes", minutes)
	case minutes < 48*60 && minutes%60 == 0:
		return c.count("duration.hours", minutes/60)
	case minutes < 24*60:
		hours, err := c.count("duration.hours", minutes/60)
		if err != nil {
			return "", err
		}
		rest, err := c.count("duration.minutes", minutes%60)
		if err != nil {
			return "", err
		}
		return hours + " " + rest, nil
	case minutes < 48*60:
		return c.count("duration.hours", (minutes+59)/60)
	default:
		return c.count("duration.days", (minutes+24*60-1)/(24*60))
	}
}

func (c *catalog) count(key string, n int) (string, error) {
	return c.say(Text{Key: key, Args: Args{"count": n}}, moments{})
}

func ceil(d, unit time.Duration) int { return int((d + unit - 1) / unit) }

// clock says a time inside a sentence: the time of day alone when it is
// today, else with its date. The zone is always named.
func (c *catalog) clock(t time.Time, when moments) (string, error) {
	local := t.In(when.place())
	if !when.now.IsZero() && sameDay(local, when.now.In(when.place())) {
		return c.say(Text{Key: "time.clock", Args: Args{"time": local.Format("15:04"), "zone": local.Format("MST")}}, moments{})
	}
	return c.date(local)
}

// date says day, time and zone in the order of the language. Day and year are
// names here, not numbers: no language groups the digits of a year.
func (c *catalog) date(local time.Time) (string, error) {
	return c.say(Text{Key: "time.date", Args: Args{
		"day": strconv.Itoa(local.Day()), "month": Text{Key: "month." + strconv.Itoa(int(local.Month()))},
		"year": strconv.Itoa(local.Year()), "time": local.Format("15:04"), "zone": local.Format("MST"),
	}}, moments{})
}

// day says a day, as a heading.
func (c *catalog) day(local time.Time) (string, error) {
	return c.say(Text{Key: "time.day", Args: Args{
		"day": strconv.Itoa(local.Day()), "month": Text{Key: "month." + strconv.Itoa(int(local.Month()))}, "year": strconv.Itoa(local.Year()),
	}}, moments{})
}

// moment says a time that stands alone: relative when it is less than a day
// old and the caller gave the present, else date, time and zone.
func (c *catalog) moment(t time.Time, when moments) (Moment, error) {
	if t.IsZero() {
		return Moment{}, nil
	}
	m := Moment{Machine: t.UTC().Format(time.RFC3339)}
	var err error
	age := when.now.Sub(t)
	switch {
	case when.now.IsZero() || age < 0 || age >= 24*time.Hour:
		m.Words, err = c.date(t.In(when.place()))
	case age < time.Minute:
		m.Words, err = c.say(Text{Key: "time.now"}, when)
	case age < time.Hour:
		m.Words, err = c.count("time.minutes_ago", int(age/time.Minute))
	default:
		m.Words, err = c.count("time.hours_ago", int(age/time.Hour))
	}
	return m, err
}

func (m moments) place() *time.Location {
	if m.zone == nil {
		return time.UTC
	}
	return m.zone
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}
