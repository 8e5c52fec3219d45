package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

// The test binary is also the second process of the tests that need one.
const (
	childVar = "AXESS_TEST_CHILD"
	fileVar  = "AXESS_TEST_FILE"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childVar) {
	case "":
		goleak.VerifyTestMain(m)
	case "write":
		os.Exit(exit(writeUntilKilled()))
	case "raise":
		os.Exit(exit(raiseOften(os.Getenv(fileVar))))
	case "hold":
		os.Exit(exit(holdUntilKilled(os.Getenv(fileVar))))
	default:
		if ran, err := limits(os.Getenv(childVar)); ran {
			os.Exit(exit(err))
		}
	}
}

func exit(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// child starts the test binary as another process on a file.
func child(t *testing.T, what, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childVar+"="+what, fileVar+"="+path)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil { // open until the child has ended
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

func at(d time.Duration) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(d)
}

func ref(n int) session.Ref { return identity.FromNamespaced[session.Ref]("test", strconv.Itoa(n)) }

func subject(n int) identity.Subject {
	return identity.Subject{
		Tenant: identity.FromNamespaced[identity.TenantID]("test", "tenant"),
		User:   identity.FromNamespaced[identity.UserID]("test", strconv.Itoa(n)),
	}
}

func record(n int) session.Record {
	return session.Record{
		Ref: ref(n), Rev: 1, Subject: subject(n), Login: identity.NewLoginID(entropy.Seeded(uint64(n))),
		AuthAt: at(0), CreatedAt: at(0), IdleUntil: at(time.Hour), AbsUntil: at(time.Hour),
		Sealed: []byte("sealed " + strconv.Itoa(n)),
	}
}

func row(n int) store.Row {
	id := ref(n).Bytes()
	return store.Row{ID: id, At: at(0), Topic: store.TopicAudit, Body: []byte("event")}
}

// writeUntilKilled signs in one subject after another, each with its event, ends
// every third session by a raise, and says so when it was acknowledged.
func writeUntilKilled() error {
	b, err := sqlite.Open(os.Getenv(fileVar))
	if err != nil {
		return err
	}
	s, ctx := b.Stores().Session, context.Background()
	for n := 0; ; n++ {
		r := record(n)
		if _, err := s.Create(ctx, r, session.Claim{Subject: r.Subject, Now: at(0)}, row(n)); err != nil {
			return err
		}
		if n%3 == 0 {
			if err := s.Raise(ctx, identity.UserScope(r.Subject)); err != nil {
				return err
			}
		}
		fmt.Println(n)
	}
}

const raises = 200

// raiseOften opens the file as where there is no lock to be had.
func raiseOften(path string) error {
	b, err := sqlite.OpenBeside(path)
	if err != nil {
		return err
	}
	for range raises {
		if err := b.Stores().Session.Raise(context.Background(), identity.GlobalScope()); err != nil {
			return err
		}
	}
	return b.Close()
}

// holdUntilKilled opens the file, says so, and keeps it until its standard input
// ends or it is killed.
func holdUntilKilled(path string) error {
	b, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	fmt.Println("open")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return b.Close()
}
