package sim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
)

// noSecretOut: what leaves the servers, and what lies in their stores, is searched for
// every secret that was ever made.
func noSecretOut() invariant {
	return invariant{Invariant: Invariant{
		ID: "I34", Name: "NoSecretOut",
		Statement: "No password, no key of an app and no link is in a log, an event, an answer that has no business with it, or readable in a store.",
		Covers:    []string{"SES-240", "SES-241", "FAC-I3", "AUN-171"},
	}, still: func(w *World) error {
		w.ghost.search()
		return nil
	}}
}

// secret is something that must not get out.
type secret struct {
	value string
	what  string
	shown bool // pages show it, to whom it belongs
}

// keeps adds a secret.
func (g *ghost) keeps(s secret) {
	if len(s.value) < 8 || g.kept[s.value] {
		return
	}
	g.kept[s.value] = true
	at := binary.BigEndian.Uint64([]byte(s.value))
	g.secrets[at] = append(g.secrets[at], s)
	g.hints[at>>48] = true
}

// leaks adds bytes to what is searched from time to time.
func (g *ghost) leaks(where string, b []byte) {
	buf := g.sinks[where]
	if buf == nil {
		buf = &bytes.Buffer{}
		g.sinks[where] = buf
		g.places = append(g.places, where)
	}
	buf.Write(b)
	buf.WriteByte(0)
	const most = 1 << 18
	if buf.Len() > most {
		g.searches(where, buf)
	}
}

func (g *ghost) search() {
	for _, where := range g.places {
		g.searches(where, g.sinks[where])
	}
}

func (g *ghost) searches(where string, buf *bytes.Buffer) {
	text := buf.Bytes()
	for i := 0; i+8 <= len(text); i++ {
		if !g.hints[binary.BigEndian.Uint16(text[i:])] {
			continue
		}
		for _, s := range g.secrets[binary.BigEndian.Uint64(text[i:])] {
			if bytes.HasPrefix(text[i:], []byte(s.value)) && (!s.shown || where != pages) {
				g.notice("I34", "%s is in %s: %q", s.what, where, fmt.Sprintf("%.60s", text[max(0, i-30):i]))
			}
		}
	}
	buf.Reset()
}

// pages is where pages go.
const pages = "an answer"

// logbook is where the servers log to.
type logbook struct{ w *World }

func (j logbook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// Write implements io.Writer.
func (j logbook) Write(b []byte) (int, error) {
	j.w.ghost.leaks("a log", b)
	if j.w.cfg.Log == nil {
		return len(b), nil
	}
	return j.w.cfg.Log.Write(b)
}
