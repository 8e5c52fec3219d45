package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
)

// scene is the world of a duel.
type scene struct {
	w           *World
	left, right *browser
	third       *browser
	address     string
	password    string
	user        identity.Subject
	phone       *app
	link        string
	form        [2]filled // that are ready to be sent
	answer      [2]answer
	done        [2]bool // an order was acknowledged
}

// filled is a form that is ready to be sent.
type filled struct {
	to     string
	fields url.Values
}

// scenery is a prepared scene, in which any number of runs begin: what the store keeps,
// the time, the mail, and what is in the browsers. Servers begin it anew.
type scenery struct {
	scene   *scene
	at      time.Time
	entries []entry
	letters []mail.Message
	keys    []byte
	acked   map[[16]byte]bool
	known   map[[16]byte]bool
	began   map[identity.LoginID]bool
	epochs  map[identity.Subject]identity.Epochs
}

const duelSteps = 50_000

// world makes one for a duel.
func (d Duel) world(b *bout, from *scenery, bounds Bounds, told *book) *World {
	cfg := Config{Source: b, Strategy: coro.Chosen(b.pick), Servers: 2, Steps: duelSteps, Within: bounds.Within, Invariants: bounds.Invariants, book: told}
	if d.limit {
		b.limit = 1
	}
	if from != nil {
		cfg.start = from.at
	}
	w := newWorld(cfg)
	b.w, w.bout = w, b
	return w
}

// set prepares the scene.
func (d Duel) set(bounds Bounds) (*scenery, []Bout) {
	b := &bout{}
	w := d.world(b, nil, bounds, nil)
	defer w.close()
	w.place.journal = &journal{w: w}
	s := &scene{w: w, address: "ada@example.org", password: "nine purple ducks cross the road"}
	s.left, s.right, s.third = s.browser("left", 1), s.browser("right", 2), s.browser("third", 3)
	w.play("scene", func(ctx context.Context) {
		w.awaits(ctx)
		if d.promotes {
			s.publishes(ctx)
		}
		d.prepare(ctx, s)
		w.outside.Sleep(ctx, 10*time.Second) //nolint:errcheck // so that what runs behind has come to its end
	})
	if findings := w.coro.Findings(); len(findings) > 0 {
		return nil, []Bout{{Duel: d.Name, Findings: findings, Within: bounds.Within}}
	}
	text, err := keys.Encode(w.safe.rings)
	if err != nil {
		return nil, []Bout{{Duel: d.Name, Findings: []error{fmt.Errorf("sim: %w", err)}, Within: bounds.Within}}
	}
	return &scenery{
		scene: s, at: w.coro.Time(), entries: w.place.journal.entries, letters: w.post.letters, keys: text,
		acked: w.ghost.acked, known: w.ghost.known, began: w.ghost.began, epochs: w.ghost.epochs,
	}, nil
}

// once is one run of it.
func (d Duel) once(from *scenery, b *bout, bounds Bounds, told *book) []error {
	w := d.world(b, from, bounds, told)
	defer w.close()
	s := from.open(w)
	if d.promotes && s != nil {
		b.ahead = from.promoted(w)
	}
	if len(w.coro.Findings()) > 0 {
		return w.coro.Findings()
	}
	b.jars = s.left.jar == s.right.jar
	w.play(d.Name, func(ctx context.Context) {
		w.awaits(ctx)
		b.open = true
		sides := []func(context.Context, *scene){d.left, d.right}
		done := w.outside.NewWaiter("both sides")
		running := len(sides)
		for by, act := range sides {
			a := w.actor(side(by).String())
			b.acts[by] = true
			a.start(func(ctx context.Context) {
				if a.begin() == nil {
					act(ctx, s)
				}
				b.acts[by] = false
				if running--; running == 0 {
					done.Wake()
				}
			})
		}
		if done.Wait(ctx) != nil || b.cut {
			return
		}
		b.open = false
		b.end = s.ended()
		w.calm()
		w.awaits(ctx)
		if err := d.judge(ctx, s); err != nil {
			w.coro.Report(fmt.Errorf("%s: %w", d.Statement, err))
		}
	})
	return w.coro.Findings()
}

// play runs the world until one task has come to its end.
func (w *World) play(name string, act func(context.Context)) {
	over := false
	w.outside.Go(context.Background(), name, func(ctx context.Context) {
		act(ctx)
		over = true
	})
	w.coro.Run(coro.Limits{Steps: duelSteps, Done: func() bool { return over || w.bout.cut }})
	if !over && !w.bout.cut && len(w.coro.Findings()) == 0 {
		w.coro.Report(fmt.Errorf("sim: %s does not come to its end", name))
	}
}

// awaits lets time pass until every server is up.
func (w *World) awaits(ctx context.Context) {
	for slices.ContainsFunc(w.servers, func(s *server) bool { return !s.up }) {
		if w.outside.Sleep(ctx, time.Millisecond) != nil {
			return
		}
	}
}

// open puts a scene into a world that has nothing.
func (from *scenery) open(w *World) *scene {
	rings, err := keys.Decode(from.keys)
	if err != nil {
		w.coro.Report(fmt.Errorf("sim: %w", err))
		return nil
	}
	w.safe.rings = rings
	(&journal{w: w, entries: from.entries}).play(w.place.memory, 0, len(from.entries))
	w.post.letters = slices.Clone(from.letters)
	w.ghost.known, w.ghost.began = maps.Clone(from.known), maps.Clone(from.began)
	w.ghost.acked, w.ghost.epochs = maps.Clone(from.acked), maps.Clone(from.epochs)
	for _, s := range w.servers {
		s.lives++ // ids are drawn anew in each life
	}
	s := *from.scene
	s.w = w
	jars := map[*jar]*jar{}
	for _, b := range []**browser{&s.left, &s.right, &s.third} {
		own := **b
		own.w = w
		if jars[own.jar] == nil {
			jars[own.jar] = &jar{cookies: slices.Clone(own.cookies), link: own.link}
		}
		own.jar = jars[own.jar]
		*b = &own
	}
	return &s
}

// publishes makes a new key known to everybody, and waits until it is.
func (s *scene) publishes(ctx context.Context) {
	if err := s.w.safe.turn(); err != nil {
		s.fails("%v", err)
	}
	s.w.outside.Sleep(ctx, keys.SettleTime) //nolint:errcheck // only time
}

// promoted are the keys with that one in use.
func (from *scenery) promoted(w *World) *safe {
	rings, err := keys.Decode(from.keys)
	next := &safe{w: w, rings: rings, phase: promote, since: -keys.SettleTime}
	if err == nil {
		err = next.turn()
	}
	if err != nil {
		w.coro.Report(fmt.Errorf("sim: %w", err))
	}
	return next
}

// ended is in short what the two were told.
func (s *scene) ended() string {
	return fmt.Sprint(s.answer[0].Code, s.answer[0].location(), s.done[0], s.answer[1].Code, s.answer[1].location(), s.done[1])
}

func (s *scene) browser(name string, host int) *browser {
	return s.w.browser(name, fmt.Sprintf("203.0.113.%d:4000", host))
}

// fails says that a scene is not as it was meant.
func (s *scene) fails(format string, a ...any) {
	s.w.coro.Report(fmt.Errorf("sim: the scene is not set: "+format, a...))
}

// ready fills in a form of the open page that one side sends in the duel.
func (s *scene) ready(by side, b *browser, action string, fields url.Values) {
	to, form, ok := b.fill(action, fields)
	if !ok {
		s.fails("%s has no form for %s", b.at, action)
	}
	s.form[by] = filled{to, form}
}

// posts sends it.
func posts(by side) func(context.Context, *scene) {
	return func(ctx context.Context, s *scene) {
		b := []*browser{s.left, s.right}[by]
		s.answer[by] = b.send(ctx, http.MethodPost, s.form[by].to, s.form[by].fields)
	}
}

// gets asks for a page.
func gets(by side, path string) func(context.Context, *scene) {
	return func(ctx context.Context, s *scene) {
		b := []*browser{s.left, s.right}[by]
		s.answer[by] = b.send(ctx, http.MethodGet, path, nil)
	}
}

var errDied = errors.New("sim: the server died")

// orders has a server carry out what a program asks of axess, in a task that ends with
// the server.
func (s *scene) orders(ctx context.Context, what string, do func(context.Context, *axess.Axess) error) error {
	w := s.w
	w.tell("program", "asks for: %s", what)
	err, heard := w.order(ctx, what, do)
	if !heard {
		err = errDied
	}
	w.tell("program", "is told of %s: %v", what, err)
	return err
}
