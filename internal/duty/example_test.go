package duty_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/duty"
	"github.com/axess-go/axess/store/memory"
)

func ExampleNew() {
	people, sessions := memory.New(memory.Config{}), memory.New(memory.Config{})
	duties, err := duty.New(duty.Config{
		Stores: people.Stores().WithSession(sessions.Stores()),
		Clock:  clock.System(), Entropy: entropy.System(), Logger: slog.Default(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(duties.Settle(context.Background(), 0), duties.Stores())
	// Output: <nil> memory, Session on memory
}
