package session_test

import (
	"fmt"

	"github.com/axess-go/axess/session"
)

func ExampleDefaultBindings() {
	fmt.Println(session.DefaultBindings())
	// Output: [user_agent reject]
}

// A bank that hands out certificates, and wants to know of changed networks.
func ExampleCompleteBindings() {
	list, err := session.CompleteBindings([]session.Binding{
		{Component: session.BindClientKey},
		{Component: session.BindUserAgent, Action: session.Revoke},
		{Component: session.BindIPPrefix},
	})
	fmt.Println(list, err)
	_, err = session.CompleteBindings([]session.Binding{{Component: session.BindUserAgent}, {Component: session.BindUserAgentExact}})
	fmt.Println(err)
	// Output:
	// [client_key reject user_agent revoke ip_prefix observe] <nil>
	// 1: user_agent_exact: a second binding to the same trait
}
