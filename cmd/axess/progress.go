package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

const (
	quietFor = 2 * time.Second  // work that is shorter needs no progress (CLI-026)
	redraw   = time.Second      // of a bar
	sayEvery = 10 * time.Second // where nobody looks at a bar
	barWidth = 20
)

// progress shows how far a work of several steps is: a bar on a terminal, a line
// now and then elsewhere, or JSON, one object a line.
type progress struct {
	w     io.Writer
	clock clock.Clock
	bar   bool
	json  bool
	total int
	next  func(done int) string // names the step that runs

	mu    sync.Mutex
	began time.Duration
	done  int
	drawn int // columns of the bar that is on the screen
}

// progressJSON is a line of --progress json.
type progressJSON struct {
	V          int     `json:"v"`
	Done       int     `json:"done"`
	Total      int     `json:"total"`
	Step       string  `json:"step,omitempty"` // that runs
	Seconds    float64 `json:"seconds"`
	PerSecond  float64 `json:"per_second,omitempty"`
	LeftSecond float64 `json:"left_seconds,omitempty"` // a guess from the steps so far
}

// during shows progress while do runs, which calls step after each of its steps.
func (p *progress) during(ctx context.Context, do func(step func(name string)) error) error {
	p.began = p.clock.Mono()
	side, stop := p.clock.WithCancel(ctx)
	shows := sched.Of(p.clock).Go(side, "progress", p.watch)
	err := do(p.step)
	stop(context.Canceled)
	if failed := shows.Wait(context.WithoutCancel(ctx)); err == nil {
		err = failed
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	return err
}

func (p *progress) watch(ctx context.Context) error {
	every := sayEvery
	if p.bar {
		every = redraw
	}
	for wait := quietFor; p.clock.Sleep(ctx, wait) == nil; wait = every {
		p.show()
	}
	return nil
}

// step says that one more is done.
func (p *progress) step(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.json {
		p.line(p.now())
		return
	}
	p.erase()
	fmt.Fprintf(p.w, "step %d of %d: %s: done\n", p.done, p.total, visible(name))
}

func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.now()
	if p.json {
		p.line(n)
		return
	}
	text := fmt.Sprintf("%d of %d steps, %.0f s", n.Done, n.Total, n.Seconds)
	if n.PerSecond > 0 {
		text += fmt.Sprintf(", %.2g/s, about %.0f s left", n.PerSecond, n.LeftSecond)
	}
	text += ": " + visible(n.Step)
	if !p.bar {
		fmt.Fprintln(p.w, text)
		return
	}
	full := barWidth * n.Done / max(1, n.Total)
	p.erase()
	text = "[" + strings.Repeat("#", full) + strings.Repeat("-", barWidth-full) + "] " + text
	if r := []rune(text); len(r) >= columns {
		text = string(r[:columns-1]) // a line that wraps cannot be drawn over
	}
	p.drawn = len([]rune(text))
	fmt.Fprint(p.w, text)
}

// erase takes the bar away, so that what is said next has a line of its own.
func (p *progress) erase() {
	if p.drawn > 0 {
		fmt.Fprint(p.w, "\r"+strings.Repeat(" ", p.drawn)+"\r")
		p.drawn = 0
	}
}

func (p *progress) now() progressJSON {
	n := progressJSON{V: 1, Done: p.done, Total: p.total, Seconds: (p.clock.Mono() - p.began).Seconds()}
	if p.done < p.total {
		n.Step = p.next(p.done)
	}
	if p.done > 0 && n.Seconds > 0 {
		n.PerSecond = float64(p.done) / n.Seconds
		n.LeftSecond = float64(p.total-p.done) / n.PerSecond
	}
	return n
}

func (p *progress) line(n progressJSON) {
	if text, err := json.Marshal(n); err == nil { // numbers and a name: it cannot fail
		fmt.Fprintf(p.w, "%s\n", text)
	}
}
