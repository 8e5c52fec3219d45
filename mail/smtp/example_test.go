package smtp_test

import (
	"errors"
	"fmt"

	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/mail/smtp"
	"github.com/axess-go/axess/seal"
)

func ExampleNew() {
	out, err := smtp.New(smtp.Config{
		Host: "smtp.example.com", From: "Example <no-reply@example.com>",
		Username: "no-reply", Password: seal.NewSecret([]byte("from your secret store")),
	})
	var _ mail.Sender = out // for axess.Config.Mail
	fmt.Println(err)

	_, err = smtp.New(smtp.Config{Host: "smtp.example.com", Port: 587, From: "Example <no-reply@example.com>"})
	fmt.Println(err)
	// Output:
	// <nil>
	// smtp: Config.Port: 587 is for STARTTLS; cure: set Mode: smtp.StartTLS(), or Port: 465
}

func ExampleStartTLS() {
	_, err := smtp.New(smtp.Config{
		Host: "smtp.example.com", Mode: smtp.StartTLS(), From: "no-reply@example.com",
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleInsecurePlaintext() {
	_, err := smtp.New(smtp.Config{
		Host: "mailcatcher.example.com", Port: 1025, From: "no-reply@example.com",
		Mode: smtp.InsecurePlaintext("mails of the test stage"),
	})
	fmt.Println(err)
	// Output: smtp: Config.Mode: InsecurePlaintext is for a server on this machine, and Host is not: mails hold links that sign in; cure: set Mode: smtp.ImplicitTLS() or smtp.StartTLS()
}

func ExampleError() {
	var err error = &smtp.Error{Step: smtp.StepRecipient, Code: 450, Status: "4.2.0"} // of Send
	if failed, ok := errors.AsType[*smtp.Error](err); ok {
		fmt.Println(failed.Step, failed.Code, errors.Is(err, mail.ErrRejected))
	}
	fmt.Println(err)
	// Output:
	// recipient 450 false
	// smtp: recipient: the server replied 450 4.2.0
}

// TLS from the first byte is what a zero Mode means.
func ExampleImplicitTLS() {
	_, err := smtp.New(smtp.Config{Host: "smtp.example.com", Mode: smtp.ImplicitTLS(), From: "no-reply@example.com"})
	fmt.Println(err)
	// Output: <nil>
}
