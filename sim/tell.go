package sim

import (
	"fmt"
	"net/http/httptest"
	"time"
)

// book is what is told of a run: only who wants a story pays for one.
type book struct{ events []event }

// event is one thing that a story may tell.
type event struct {
	step int
	at   time.Duration
	turn string // in which it happened, as "p1.3"; empty: none
	from string // who does it
	to   string // to whom; empty: nobody
	what string
}

// tell notes what somebody did and what came of it, in plain words: the name and the
// words make one sentence, such as "p1" and "signs in with the wrong password".
func (w *World) tell(who, what string, a ...any) { w.tells(who, "", what, a...) }

// tells does so for what goes from one to another: a request, an answer, a call.
func (w *World) tells(from, to, what string, a ...any) {
	if w.book == nil {
		return
	}
	e := event{step: w.coro.Steps(), at: w.coro.Elapsed(), from: from, to: to, what: fmt.Sprintf(what, a...)}
	if t := w.turn(); t != nil {
		e.turn = fmt.Sprintf("%s.%d", t.actor, t.number)
	}
	w.book.events = append(w.book.events, e)
}

// said is an answer in a few words.
func said(rec *httptest.ResponseRecorder) string {
	if to := rec.Header().Get("Location"); to != "" {
		return fmt.Sprintf("%d, go to %s", rec.Code, to)
	}
	return fmt.Sprint(rec.Code)
}
