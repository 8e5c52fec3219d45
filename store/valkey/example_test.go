package valkey_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"

	driver "github.com/valkey-io/valkey-go"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/store/valkey"
)

// A program that has nothing but a URL.
func ExampleOpen() {
	b, err := valkey.Open(context.Background(), "valkeys://app@cache.internal:6379",
		valkey.WithPrefix("shop"), // keys shop:…
		valkey.WithTLS(&tls.Config{MinVersion: tls.VersionTLS13}),
		valkey.WithCredentials(func() (user, password string, err error) {
			return "app", os.Getenv("CACHE_PASSWORD"), nil // asked for each connection
		}),
		valkey.WithLogger(slog.Default()),
		valkey.WithClock(clock.System()), // in tests a fake one, and seeded entropy
		valkey.WithEntropy(entropy.System()))
	if err != nil {
		fmt.Fprintln(os.Stderr, err) // what is wrong with the server, and what to do
		return
	}
	defer b.Close()
	_ = b.Stores() // for axess.Config.Stores
}

// A program that has a client already shares it, and closes it itself.
func ExampleOpenClient() {
	c, err := driver.NewClient(driver.ClientOption{InitAddress: []string{"127.0.0.1:6379"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer c.Close()
	b, err := valkey.OpenClient(context.Background(), c)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer b.Close()
	_ = b.Stores()
}

// A server of a test may forget everything, and a tunnel that encrypts already may
// carry a connection without TLS.
func ExampleWithoutPersistence() {
	_, err := valkey.Open(context.Background(), "valkey://cache.internal:port",
		valkey.WithoutPersistence("a test"),
		valkey.WithInsecureTransport("the mesh encrypts between the two machines"))
	fmt.Println(err)
	// Output: valkey: open: the URL has a port that is no number from 1 to 65535
}

// A server behind something that does not pass on what the server tells.
func ExampleWithoutLocalCache() {
	_, err := valkey.Open(context.Background(), "valkey://cache.internal:port",
		valkey.WithoutLocalCache("the service that runs it refuses CLIENT TRACKING"))
	fmt.Println(err)
	// Output: valkey: open: the URL has a port that is no number from 1 to 65535
}
