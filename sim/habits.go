package sim

import (
	"time"

	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/session"
)

// habits are what is done in a world, and how long a login lives there. In half of the
// worlds everybody does all that they can; in the others nobody does some of it, so that
// what is left comes the more often, and what it would have covered up shows (SIM-012).
type habits struct {
	brief bool            // logins live for minutes
	never map[string]bool // deeds and actors, by their names
}

// habit is the stream of what they are drawn from. Zero is everything, and long lives.
const habit = coro.Stream("habits")

// drawHabits draws the habits of the world.
func (w *World) drawHabits() {
	w.habits = habits{brief: w.pick(habit, 3) == 2, never: map[string]bool{}}
	if w.habits.brief {
		// A clock that is minutes off would be off by the whole of such a life, and where
		// nothing can be written for a minute, nobody's activity is.
		w.cfg.Faults.Jump, w.cfg.Faults.Back, w.cfg.Faults.Pause, w.cfg.Faults.ReadOnly = 0, 0, 0, 0
	}
	if w.pick(habit, 2) == 0 {
		return
	}
	var names []string
	for _, p := range cast() {
		if p.mean {
			names = append(names, p.name)
		}
	}
	for _, d := range deeds() {
		names = append(names, d.name)
	}
	for _, name := range names {
		if w.pick(habit, 2) == 1 {
			w.habits.never[name] = true
		}
	}
}

// limits are how long a login lives: where clocks are set by minutes, longer.
func (w *World) limits() session.Timeouts {
	switch {
	case w.cfg.Faults.Jump > 0 || w.cfg.Faults.Back > 0:
		return session.Timeouts{Idle: time.Hour, Absolute: 4 * time.Hour}
	case w.habits.brief:
		return session.Timeouts{Idle: time.Minute, Absolute: 3 * time.Minute, Touch: 10 * time.Second}
	}
	return session.Timeouts{Idle: 5 * time.Minute, Absolute: 25 * time.Minute}
}

// done are the deeds of somebody, in this world.
func (p *person) done() (of []deed, all int) {
	for _, d := range deeds() {
		if p.w.habits.never[d.name] || p.quiet && !d.quiet {
			continue
		}
		of, all = append(of, d), all+d.weight
	}
	return of, all
}
