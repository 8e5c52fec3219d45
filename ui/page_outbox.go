package ui

import (
	"strings"
	"time"
)

// OutboxMessage is one mail of the development outbox.
type OutboxMessage struct {
	To, Subject, Text string
	At                time.Time
}

// OutboxPage shows the mails a development server did not send (UIX-046),
// newest first as given. The clear button posts to the outbox's clear path.
// It shows links as links, so it must not exist outside the development
// profile.
type OutboxPage struct {
	Frame
	Messages []OutboxMessage
}

func (p OutboxPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "outbox.title"}, "")
	return "outbox", &p
}

// Segment is a piece of a mail's text: plain, or the address of a link.
type Segment struct{ Plain, Link string }

// Segments splits a mail's text at the links of the own origin. Any other
// address stays text: nothing on our pages leads away because a mail said so.
func (p OutboxPage) Segments(text string) []Segment {
	origin := p.bound.config.Origin
	if origin == "" {
		return []Segment{{Plain: text}}
	}
	var out []Segment
	for text != "" {
		at := strings.Index(text, origin+"/")
		if at < 0 {
			return append(out, Segment{Plain: text})
		}
		if at > 0 {
			out = append(out, Segment{Plain: text[:at]})
		}
		text = text[at:]
		end := strings.IndexAny(text, " \t\r\n<>\"")
		if end < 0 {
			end = len(text)
		}
		out = append(out, Segment{Link: text[:end]})
		text = text[end:]
	}
	return out
}
