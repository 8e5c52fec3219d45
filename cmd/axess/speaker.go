package main

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/listen"
	"github.com/axess-go/axess/internal/sched"
)

// speaker tells the service manager how the server is, one word at a time. After
// the word that it stops there is no other: a manager that hears of readiness last
// believes that the server has come back (CLI-013).
type speaker struct {
	service listen.Service
	turn    *sched.Sem
	over    bool
}

func newSpeaker(s listen.Service) *speaker {
	return &speaker{service: s, turn: sched.Of(clock.System()).NewSem(1)}
}

// say sends a message, unless the end has been asked for.
func (s *speaker) say(ctx context.Context, message string) error {
	return s.inTurn(ctx, func() error {
		if s.over || ctx.Err() != nil {
			return nil //nolint:nilerr // that it is over is why nothing is said
		}
		return s.service.Tell(message)
	})
}

// stopping sends the last message.
func (s *speaker) stopping(ctx context.Context) error {
	return s.inTurn(ctx, func() error {
		s.over = true
		return s.service.Tell(listen.Stopping)
	})
}

func (s *speaker) inTurn(ctx context.Context, do func() error) error {
	if err := s.turn.Acquire(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("service manager: %w", err)
	}
	defer s.turn.Release()
	return do()
}
