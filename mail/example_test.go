package mail_test

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/store/memory"
)

// A mail is a row of the commit that it reports; a job delivers what waits.
func ExampleNewQueue() {
	ctx, src := context.Background(), entropy.Seeded(1)
	clk := clock.NewFake(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))
	rings, err := keys.Ephemeral(src).Load(ctx)
	if err != nil {
		panic(err)
	}
	stores, sent := memory.New(memory.Config{}).Stores(), &mail.Outbox{}
	queue, err := mail.NewQueue(mail.QueueConfig{Data: rings.Data, Outbox: stores.Identity, Sender: sent, Clock: clk})
	if err != nil {
		panic(err)
	}
	row, err := queue.Row(mail.Message{
		ID: entropy.Bytes16(src), To: "ada@example.com", Kind: "welcome", Subject: "Welcome", Text: "Hello.\n", At: clk.Now(),
	})
	if err != nil {
		panic(err)
	}
	// With a change it would be: identity.PutCredential{…}, identity.Append{Row: row}
	if err := stores.Identity.Apply(ctx, identity.Append{Row: row}); err != nil {
		panic(err)
	}
	fmt.Println("before:", len(sent.Messages()))
	err = queue.Deliver(ctx)
	fmt.Println("after: ", len(sent.Messages()), err)
	// Output:
	// before: 0
	// after:  1 <nil>
}
