package sim

import (
	"errors"
	"fmt"
	"slices"
)

// part is somebody who is there, by name.
type part struct {
	name  string
	mean  bool // they attack, and are not in every world
	enter func(w *World)
}

// cast are all who may be there, in the order in which they come.
func cast() []part {
	return []part{
		{"people", false, (*World).crowd},
		{"admin", false, func(w *World) {
			a := &admin{w.person("admin", Origin)}
			a.rules = true
			a.browsers = []*browser{w.browser("admin/1", "203.0.113.200:4000")}
			a.start(a.live)
		}},
		{"operator", false, func(w *World) {
			if w.cfg.Tenants == 1 {
				return // there is nothing to look after
			}
			o := &operator{w.actor("operator")}
			o.start(o.live)
		}},
		{"thief", true, func(w *World) {
			t := &thief{actor: w.actor("thief")}
			t.start(t.live)
		}},
		{"guesser", true, func(w *World) {
			g := &guesser{actor: w.actor("guesser"), b: w.browser("guesser", "198.51.100.1:4000")}
			g.start(g.live)
		}},
		{"hijacker", true, func(w *World) {
			h := &hijacker{actor: w.actor("hijacker"), b: w.browser("hijacker", "198.51.100.2:4000")}
			h.start(h.live)
		}},
		{"lure", true, func(w *World) {
			e := &lure{w.actor("lure")}
			e.start(e.live)
		}},
		{"stranger", true, func(w *World) {
			s := &stranger{w.actor("stranger")}
			s.start(s.live)
		}},
		{"replayer", true, func(w *World) {
			r := &replayer{w.actor("replayer")}
			r.start(r.live)
		}},
		{"snoop", true, func(w *World) {
			n := &snoop{w.actor("snoop")}
			n.start(n.live)
		}},
		{"phisher", true, func(w *World) {
			f := &phisher{w.actor("phisher")}
			f.start(f.live)
		}},
		{"squatter", true, func(w *World) {
			s := &squatter{w.actor("squatter")}
			s.start(s.live)
		}},
	}
}

// people puts everybody in front of the site who is to be there.
func (w *World) people() {
	for _, p := range cast() {
		if only := w.cfg.Actors; len(only) == 0 && !w.habits.never[p.name] || slices.Contains(only, p.name) {
			p.enter(w)
		}
	}
}

// crowd are those who use the site as it is meant, every fourth of them in the second
// tenant, if there is one.
func (w *World) crowd() {
	homes := []string{Origin, Origin, Origin, Second}
	if w.cfg.Tenants == 1 {
		homes = homes[:1]
	}
	for i := range w.cfg.People {
		p := w.person(fmt.Sprintf("p%d", i+1), homes[i%len(homes)])
		for j := range 2 {
			b := w.browser(fmt.Sprintf("%s/%d", p.name, j+1), fmt.Sprintf("203.0.113.%d:4000", 10*i+j+1))
			b.origin = p.origin
			p.browsers = append(p.browsers, b)
		}
		p.start(p.live)
	}
}

// Actors are the names of all who may be in front of the site.
func Actors() []string {
	var names []string
	for _, p := range cast() {
		names = append(names, p.name)
	}
	return names
}

// ErrActors answers a choice of actors that cannot be had.
var ErrActors = errors.New("sim: actors")

// CheckActors says whether a choice of actors can be had: each is one of [Actors], and
// people are among them, who all others live on. Error: [ErrActors], which names what was
// nearest.
func CheckActors(names []string) error {
	for _, n := range names {
		if !slices.Contains(Actors(), n) {
			return fmt.Errorf("%w: %.40q is nobody: did you mean %s?", ErrActors, n, nearest(n, Actors()))
		}
	}
	if len(names) > 0 && !slices.Contains(names, "people") {
		return fmt.Errorf("%w: without people there is nobody whom anything could befall", ErrActors)
	}
	return nil
}
